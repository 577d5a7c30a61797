"""Follow reservations: the present state or what was missed, then every change.

Changes are read from the event log, so it does not matter which process made them.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Hashable, Iterable

import msgspec

from bakureserve.broker import Broker
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.board import may_be_expected
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.services.clock import Clock
from bakureserve.services.reservations.unit import visible
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store import events
from bakureserve.store.arrivals import trips
from bakureserve.store.database import Database
from bakureserve.store.events import Event
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Transaction

READ_AT_ONCE = 100
"""Events read at once: fewer than a reader's queue holds, which is sent before the next read."""
BREATH_SECONDS = 0.01
"""The pause between two reads, in which a reader that keeps up sends its queue."""
LONGEST_GAP = 5_000
"""The most events that are replayed to a reader that reconnects; beyond, a snapshot costs less."""

_TAKES_OFF_THE_BOARD = frozenset({"arrival.cleared", "arrival.taken_back"})
"""Events after which the reservation no longer shows that the guest was expected."""


class Update:
    """Event `event_id` changed this reservation; `reservation` is None once it is removed.

    It has the state when it is sent, which may be later than the event. Its bytes are made once for
    each audience, however many readers that has.
    """

    __slots__ = ("_frames", "event_id", "reservation", "reservation_id")

    def __init__(self, event_id: int, reservation_id: str, reservation: Reservation | None) -> None:
        self.event_id = event_id
        self.reservation_id = reservation_id
        self.reservation = reservation
        self._frames: dict[Hashable, bytes] = {}

    def frame(self, audience: Hashable, render: Callable[[Update], bytes]) -> bytes:
        """The bytes for this audience; `render` makes them for the first reader."""
        frame = self._frames.get(audience)
        if frame is None:
            frame = self._frames[audience] = render(self)
        return frame


class Beat:
    """A sign of life between updates: everything up to event `position` has been published."""

    __slots__ = ("position",)

    def __init__(self, position: int) -> None:
        self.position = position


Message = Update | Beat
"""What is queued for a follower."""


def of_reservation(reservation_id: str) -> tuple[str, str]:
    """The topic of one reservation."""
    return "reservation", reservation_id


def of_restaurant(restaurant_id: str) -> tuple[str, str]:
    """The topic of the parties that a restaurant expects."""
    return "restaurant", restaurant_id


class Beginning(msgspec.Struct, frozen=True):
    """What a follower gets first: everything up to event `position`.

    `missed` has the updates since the follower's last event; None when that is unknown or too old,
    and the follower needs `current`, the present state.
    """

    position: int
    current: tuple[Reservation, ...]
    missed: tuple[Update, ...] | None


class Live:
    """Publishes each change to its followers once it is committed.

    `position` is the newest event that was published.
    """

    def __init__(
        self, database: Database, directory: Directory, clock: Clock, broker: Broker[Message]
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self.broker = broker
        self.position = 0

    async def start(self) -> None:
        """Begin with what is committed from now on. Raises Unavailable."""
        self.position = await self._database.read(events.newest)

    async def catch_up(self) -> None:
        """Publish everything committed since the last call. Raises Unavailable."""
        more = True
        while more:
            more = await self._database.read(self._hand_out) == READ_AT_ONCE
            await asyncio.sleep(BREATH_SECONDS if more else 0)

    async def of_reservation(
        self, actor: Actor, reservation_id: str, after: int | None = None
    ) -> Beginning:
        """One reservation, or its changes after an event. Raises NotFound, Unavailable."""

        def unit(transaction: Transaction) -> Beginning:
            found = visible(transaction, actor, reservation_id)
            missed = None
            if after is not None and _is_resumable(transaction, after):
                missed = events.of_reservation(transaction, reservation_id, after)
            return _beginning(transaction, (found,), missed)

        return await self._database.read(unit)

    async def of_restaurant(
        self, actor: Actor, id_or_slug: str, after: int | None = None
    ) -> Beginning:
        """The parties that a restaurant expects, by booked time, or their changes after an event.

        They are those of its board. Raises NotFound, Forbidden (for its staff only), Unavailable.
        """
        restaurant = await self._directory.restaurant(id_or_slug)
        actor.require_staff_of(restaurant.id)
        now = self._clock()

        def unit(transaction: Transaction) -> Beginning:
            current = [each for each, _ in trips.expected_at(transaction, restaurant.id, now)]
            missed = None
            if after is not None and _is_resumable(transaction, after):
                missed = events.of_restaurant(transaction, restaurant.id, after)
            return _beginning(transaction, current, missed, arrivals_at=now)

        return await self._database.read(unit)

    def _hand_out(self, transaction: Transaction) -> int:
        """Publish the next events and return how many. Without readers none are read."""
        if not self.broker.has_readers():
            self.position = events.newest(transaction)
            return 0
        found = events.after(transaction, self.position, limit=READ_AT_ONCE)
        followed = [event for event in found if self._is_followed(event)]
        now = self._clock()
        for event, update in _updates(transaction, followed):
            self.broker.publish(of_reservation(update.reservation_id), update)
            if event.restaurant_id is not None and _may_change_board(event, update, now):
                self.broker.publish(of_restaurant(event.restaurant_id), update)
        if found:
            self.position = found[-1].id
        return len(found)

    def _is_followed(self, event: Event) -> bool:
        return event.reservation_id is not None and (
            self.broker.is_followed(of_reservation(event.reservation_id))
            or self.broker.is_followed(of_restaurant(event.restaurant_id or ""))
        )


def _is_resumable(transaction: Transaction, after: int) -> bool:
    """Whether all events since that one are still stored, and not too many."""
    newest = events.newest(transaction)
    return events.oldest(transaction) - 1 <= after <= newest <= after + LONGEST_GAP


def _beginning(
    transaction: Transaction,
    current: Iterable[Reservation],
    missed: list[Event] | None,
    *,
    arrivals_at: dt.datetime | None = None,
) -> Beginning:
    updates = None
    if missed is not None:
        updates = tuple(
            update
            for event, update in _updates(transaction, missed)
            if arrivals_at is None or _may_change_board(event, update, arrivals_at)
        )
    return Beginning(events.newest(transaction), tuple(current), updates)


def _updates(transaction: Transaction, found: Iterable[Event]) -> list[tuple[Event, Update]]:
    """Each event with its update, each reservation read once."""
    read: dict[str, Reservation | None] = {}
    updates = []
    for event in found:
        reservation_id = event.reservation_id
        if reservation_id is None:
            continue
        if reservation_id not in read:
            read[reservation_id] = reservations.get(transaction, reservation_id)
        updates.append((event, Update(event.id, reservation_id, read[reservation_id])))
    return updates


def _may_change_board(event: Event, update: Update, now: dt.datetime) -> bool:
    """Whether the restaurant's board may have changed: the party may be on it, or may just have
    left it. A removed reservation counts, since it can no longer be known."""
    reservation = update.reservation
    return (
        reservation is None
        or may_be_expected(reservation, now)
        or event.kind in _TAKES_OFF_THE_BOARD
    )
