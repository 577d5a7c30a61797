"""Making deliveries from events, by the table in `domain.notifications`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import msgspec

from bakureserve.domain.accounts.account import User
from bakureserve.domain.notifications import (
    ACCOUNT_LETTERS,
    WAYS,
    AccountLetter,
    Delivery,
    Notice,
    Way,
    is_told,
    notice_of,
    worth_until,
)
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import outbox, reservations, users
from bakureserve.store.codec import new_id
from bakureserve.store.events import Event
from bakureserve.store.transaction import Transaction


class DeliveryPlanner:
    """One look at the events, in one transaction.

    `webhooks_for_all` makes them for restaurants without an address as well.
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
        """What the events lead to, in their order."""
        for event in found:
            if event.kind in ACCOUNT_LETTERS:
                yield from self._about_account(event)
        for event, ways in _told(found):
            restaurant = self._restaurants.get(event.restaurant_id or "")
            if restaurant is None or event.reservation_id is None:
                continue
            reservation = reservations.get(self._transaction, event.reservation_id)
            if reservation is not None:
                yield from self._of(event, ways, reservation, restaurant)
            elif event.kind == "reservation.removed":
                yield from self._last_words(event, ways)

    def _about_account(self, event: Event) -> Iterator[Delivery]:
        """The letter with a link, to a person who can log in to their account."""
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
            expires_at=worth_until(event.kind, event.at, event.at),
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
        self, event: Event, ways: Collection[Way], reservation: Reservation, restaurant: Restaurant
    ) -> Iterator[Delivery]:
        for way in ways:
            if not is_told(way[1], event.at, reservation.end):
                continue
            recipient, language = self._recipient(way, reservation, restaurant)
            if recipient:
                yield self._delivery(
                    way,
                    recipient,
                    reservation.owner_id,
                    notice_of(
                        event.kind, event.id, event.at, reservation, restaurant, language=language
                    ),
                )

    def _last_words(self, event: Event, ways: Collection[Way]) -> Iterator[Delivery]:
        """A removal goes to those who had notices of the reservation before."""
        for told in outbox.last_told(self._transaction, event.reservation_id or ""):
            way = (told.party, told.channel)
            if told.notice is None:
                continue
            if way in ways and is_told(told.channel, event.at, told.notice.end):
                notice = msgspec.structs.replace(
                    told.notice,
                    kind=event.kind,
                    event_id=event.id,
                    at=event.at,
                    status="cancelled",
                    sequence=told.notice.sequence + 1,
                )
                yield self._delivery(way, told.recipient, told.subject, notice)

    def _recipient(
        self, way: Way, reservation: Reservation, restaurant: Restaurant
    ) -> tuple[str, str]:
        """The recipients with their languages; none when there is no address."""
        match way:
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

    def _delivery(self, way: Way, recipient: str, subject: str | None, notice: Notice) -> Delivery:
        party, channel = way
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
            expires_at=worth_until(notice.kind, notice.at, notice.end),
            error="",
            created_at=self._now,
            settled_at=None,
            notice=notice,
            subject=subject,
        )


def _told(found: Sequence[Event]) -> Iterator[tuple[Event, list[Way]]]:
    """The events that are sent out, and how.

    Of several about one reservation that came between two looks people get one letter, about how
    things stand after the last; machines get every one.
    """
    last: dict[Any, int] = {}
    for event in found:
        for way in WAYS.get(event.kind, ()):
            last[event.reservation_id, way] = event.id
    for event in found:
        ways = [
            way
            for way in WAYS.get(event.kind, ())
            if way[1] == "webhook" or last[event.reservation_id, way] == event.id
        ]
        if ways:
            yield event, ways
