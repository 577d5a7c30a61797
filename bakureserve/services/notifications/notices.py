"""Make deliveries from events, by the table in `domain.notifications`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bakureserve.domain.accounts.account import User
from bakureserve.domain.notifications import (
    ACCOUNT_LETTERS,
    TARGETS,
    AccountLetter,
    Delivery,
    Notice,
    Target,
    expiry_of,
    is_sent_by,
    notice_of,
)
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import notifications
from bakureserve.store.accounts import users
from bakureserve.store.codec import new_id
from bakureserve.store.events import Event
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction


class DeliveryPlanner:
    """Plans the deliveries of events, in one transaction.

    With `webhooks_for_all`, also webhooks of restaurants without an address.
    """

    def __init__(
        self,
        transaction: Transaction,
        restaurants: Mapping[str, Restaurant],
        webhooks_for_all: bool,
        now: dt.datetime,
    ) -> None:
        self._transaction = transaction
        self._restaurants = restaurants
        self._webhooks_for_all = webhooks_for_all
        self._now = now

    def deliveries(self, found: Sequence[Event]) -> Iterator[Delivery]:
        """The deliveries of these events, in order."""
        for event in found:
            if event.kind in ACCOUNT_LETTERS:
                yield from self._about_account(event)
        for event, targets in _with_targets(found):
            restaurant = self._restaurants.get(event.restaurant_id or "")
            if restaurant is None or event.reservation_id is None:
                continue
            reservation = reservations.get(self._transaction, event.reservation_id)
            if reservation is not None:
                yield from self._of(event, targets, reservation, restaurant)
            elif event.kind == "reservation.removed":
                yield from self._about_removed(event, targets)

    def _about_account(self, event: Event) -> Iterator[Delivery]:
        """The e-mail with a link, to a person who can log in to their account."""
        user = users.get(self._transaction, event.data["user"])
        if user is None or user.disabled_at is not None:
            return
        yield Delivery(
            id=new_id(self._now),
            event_id=event.id,
            kind=event.kind,
            restaurant_id="",
            reservation_id="",
            party="guest",
            channel="email",
            recipient=user.email,
            status="waiting",
            attempts=0,
            next_at=self._now,
            expires_at=expiry_of(event.kind, event.at, event.at),
            error="",
            created_at=self._now,
            settled_at=None,
            notice=None,
            letter=AccountLetter(
                at=event.at,
                purpose=ACCOUNT_LETTERS[event.kind],
                language=event.data["language"] or self._language_of(user),
                unproved=user.may_be_a_strangers,
            ),
            subject=user.id,
        )

    def _of(
        self,
        event: Event,
        targets: Collection[Target],
        reservation: Reservation,
        restaurant: Restaurant,
    ) -> Iterator[Delivery]:
        for target in targets:
            if not is_sent_by(target[1], event.at, reservation.end):
                continue
            recipient, language = self._recipient(target, reservation, restaurant)
            if recipient:
                yield self._delivery(
                    target,
                    recipient,
                    reservation.owner_id,
                    notice_of(
                        event.kind, event.id, event.at, reservation, restaurant, language=language
                    ),
                )

    def _about_removed(self, event: Event, targets: Collection[Target]) -> Iterator[Delivery]:
        """A removal goes to the recipients of earlier notices about the reservation."""
        for told in notifications.last_told(self._transaction, event.reservation_id or ""):
            target = (told.party, told.channel)
            if told.notice is None:
                continue
            if target in targets and is_sent_by(told.channel, event.at, told.notice.end):
                notice = msgspec.structs.replace(
                    told.notice,
                    kind=event.kind,
                    event_id=event.id,
                    at=event.at,
                    status="cancelled",
                    sequence=told.notice.sequence + 1,
                )
                yield self._delivery(target, told.recipient, told.subject, notice)

    def _recipient(
        self, target: Target, reservation: Reservation, restaurant: Restaurant
    ) -> tuple[str, str]:
        """The recipients with their languages; none without an address."""
        match target:
            case ("guest", _):
                mailbox = users.mailbox_of(self._transaction, reservation.owner_id or "")
                if mailbox is None:
                    return "", ""
                return mailbox.email, reservation.language or mailbox.language
            case (_, "email"):
                return restaurant.notify_email, ""
            case _:
                told = restaurant.webhook_url or self._webhooks_for_all
                return (restaurant.id if told else ""), ""

    def _language_of(self, guest: User) -> str:
        """The language that the guest signed up in, or that an import brought."""
        return str(users.other_facts(self._transaction, guest.id).get("language", ""))

    def _delivery(
        self, target: Target, recipient: str, subject: str | None, notice: Notice
    ) -> Delivery:
        party, channel = target
        return Delivery(
            id=new_id(self._now),
            event_id=notice.event_id,
            kind=notice.kind,
            restaurant_id=notice.restaurant_id,
            reservation_id=notice.reservation_id,
            party=party,
            channel=channel,
            recipient=recipient,
            status="waiting",
            attempts=0,
            next_at=self._now,
            expires_at=expiry_of(notice.kind, notice.at, notice.end),
            error="",
            created_at=self._now,
            settled_at=None,
            notice=notice,
            subject=subject,
        )


def _with_targets(found: Sequence[Event]) -> Iterator[tuple[Event, list[Target]]]:
    """The events that are sent, and to which targets.

    People get one e-mail for all of a reservation's events since the last look, about the last of
    them; webhooks get every event.
    """
    last: dict[Any, int] = {}
    for event in found:
        for target in TARGETS.get(event.kind, ()):
            last[event.reservation_id, target] = event.id
    for event in found:
        targets = [
            target
            for target in TARGETS.get(event.kind, ())
            if target[1] == "webhook" or last[event.reservation_id, target] == event.id
        ]
        if targets:
            yield event, targets
