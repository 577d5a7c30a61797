"""Make deliveries from events, by the table in `domain.notifications`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence

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
from bakureserve.notify.journal import JournalLine
from bakureserve.store import notifications
from bakureserve.store.accounts import users
from bakureserve.store.codec import new_id
from bakureserve.store.events import Event
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction


class WaysOut:
    """By which channels a notice about a booking can go out: by e-mail where there is a mail server
    (`mail`), by webhook to a restaurant that has an address."""

    def __init__(self, restaurants: Mapping[str, Restaurant], *, mail: bool) -> None:
        self.restaurants = restaurants
        self._mail = mail

    def for_event(self, event: Event, *, open_: bool = True) -> list[Target]:
        """To whom the event is to be told by a channel that is open; or by one that is not."""
        targets = TARGETS.get(event.kind)
        restaurant = self.restaurants.get(event.restaurant_id or "")
        if targets is None or restaurant is None or event.reservation_id is None:
            return []
        return [target for target in targets if self._is_open(target, restaurant) == open_]

    def _is_open(self, target: Target, restaurant: Restaurant) -> bool:
        return self._mail if target[1] == "email" else bool(restaurant.webhook_url)


def journal_lines(found: Sequence[Event], ways: WaysOut) -> list[JournalLine]:
    """A line for each event that is to be told by a channel without a way out."""
    return [
        JournalLine(
            event_id=event.id,
            at=event.at,
            type=event.kind,
            restaurant_id=event.restaurant_id or "",
            reservation_id=event.reservation_id or "",
            channels=tuple(dict.fromkeys(channel for _, channel in shut)),
            data=event.data,
        )
        for event in found
        if (shut := ways.for_event(event, open_=False))
    ]


class DeliveryPlanner:
    """Plans the deliveries of events, in one transaction."""

    def __init__(
        self,
        transaction: Transaction,
        restaurants: Mapping[str, Restaurant],
        now: dt.datetime,
    ) -> None:
        self._transaction = transaction
        self._restaurants = restaurants
        self._now = now

    def deliveries(self, event: Event, targets: Collection[Target]) -> Iterator[Delivery]:
        """What goes out about an event that `to_be_told` found."""
        if event.kind in ACCOUNT_LETTERS:
            yield from self._about_account(event)
            return
        restaurant = self._restaurants[event.restaurant_id or ""]
        reservation = reservations.get(self._transaction, event.reservation_id or "")
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
                return restaurant.id, ""

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


def to_be_told(found: Sequence[Event], ways: WaysOut) -> list[tuple[Event, list[Target]]]:
    """The events that are sent, and to which targets; letters about accounts have none.

    People get one e-mail for all of a reservation's events since the last look, about the last of
    them; webhooks get every event.
    """
    by_event = [(event, ways.for_event(event)) for event in found]
    last = {
        (event.reservation_id, target): event.id
        for event, targets in by_event
        for target in targets
    }
    told = (
        (
            event,
            [
                target
                for target in targets
                if target[1] == "webhook" or last[event.reservation_id, target] == event.id
            ],
        )
        for event, targets in by_event
    )
    return [(event, targets) for event, targets in told if targets or event.kind in ACCOUNT_LETTERS]
