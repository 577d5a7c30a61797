"""What can be booked on a day: the offered sittings with the tables that are free for them."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.caching.cache import LruCache
from bakureserve.domain.reservations.seating import (
    REACH,
    Busy,
    Hold,
    busy_with,
    free_tables,
    next_reach,
    tables_that_fit,
)
from bakureserve.domain.reservations.sittings import Sitting, next_change, offered_on
from bakureserve.domain.restaurants.restaurant import Restaurant, Table
from bakureserve.services.clock import Clock
from bakureserve.services.reservations.seating import Seating
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store.database import Database
from bakureserve.store.reservations import occupancy
from bakureserve.store.transaction import Transaction

_REMEMBERED_DAYS = 4096
_REMEMBERED_BYTES = 32 * 1024 * 1024


class OfferedSitting(msgspec.Struct, frozen=True):
    """A sitting that the rules offer, and the tables still free for it, smallest first."""

    sitting: Sitting
    tables: tuple[Table, ...]


class DayAvailability(msgspec.Struct, frozen=True):
    """One restaurant's service day for one party size.

    `tag` identifies the answer: equal tags mean equal answers. `good_until` is when the passing of
    time alone will change it; None if never.
    """

    restaurant: Restaurant
    tag: str
    good_until: dt.datetime | None
    sittings: tuple[OfferedSitting, ...]


class _Remembered(msgspec.Struct):
    checked_at: int
    occupancy_revision: int
    day: DayAvailability


class Availability:
    """Computes availability, and caches it while nothing it depends on changes."""

    def __init__(
        self,
        database: Database,
        directory: Directory,
        clock: Clock,
        *,
        overstay: dt.timedelta,
    ) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock
        self._overstay = overstay
        self.cache: LruCache[tuple[str, dt.date, int], _Remembered] = LruCache(
            "availability",
            entries=_REMEMBERED_DAYS,
            largest_bytes=_REMEMBERED_BYTES,
            weigh=_weight,
        )

    async def on(self, id_or_slug: str, service_date: dt.date, party_size: int) -> DayAvailability:
        """What the restaurant offers a party that day; nothing if it does not take that party size.

        Raises NotFound, Invalid (a date beyond the calendar), Unavailable.
        """
        restaurant = await self._directory.restaurant(id_or_slug)
        checked_at = self._directory.checked_at
        key = (restaurant.id, service_date, party_size)
        held = self.cache.get(key)
        if held is not None and await self._still_good(held, restaurant, checked_at):
            held.checked_at = checked_at
            return held.day
        fresh = await self._compute(restaurant, service_date, party_size, checked_at)
        self.cache.put(key, fresh)
        return fresh.day

    async def _still_good(self, held: _Remembered, restaurant: Restaurant, checked_at: int) -> bool:
        if held.day.restaurant.revision != restaurant.revision:
            return False
        if held.day.good_until is not None and held.day.good_until <= self._clock():
            return False
        if held.checked_at == checked_at:
            return True
        current = await self._database.read(lambda tx: occupancy.revision(tx, restaurant.id))
        return current == held.occupancy_revision

    async def _compute(
        self, restaurant: Restaurant, service_date: dt.date, party_size: int, checked_at: int
    ) -> _Remembered:
        now = self._clock()
        offered = offered_on(restaurant, service_date, party_size, now)
        revision, busy, holds = await self._occupancy(restaurant, offered, now)
        fitting = tables_that_fit(restaurant, party_size)
        sittings = tuple(
            OfferedSitting(sitting, free_tables(fitting, busy, sitting.start, sitting.held_until))
            for sitting in offered
        )
        first = offered[0].start.isoformat() if offered else "none"
        last = offered[-1].start.isoformat() if offered else "none"
        version = f"{restaurant.id}.{restaurant.revision}.{revision}"
        tag = f"{version}.{service_date}.{party_size}.{first}.{last}"
        good_until = next_change(restaurant, service_date, party_size, now)
        if any(not hold.is_late for hold in holds) and (
            reached := next_reach(offered, now, self._overstay)
        ):
            tag = f"{tag}.{reached.isoformat()}"
            good_until = min(good_until or reached, reached)
        day = DayAvailability(restaurant, tag, good_until, sittings)
        return _Remembered(checked_at, revision, day)

    async def _occupancy(
        self, restaurant: Restaurant, offered: tuple[Sitting, ...], now: dt.datetime
    ) -> tuple[int, Busy, tuple[Hold, ...]]:
        """The occupancy revision, the busy intervals, and the holds among them."""
        if not offered:
            return 0, {}, ()
        start, until = offered[0].start, max(sitting.held_until for sitting in offered)

        def look(tx: Transaction) -> tuple[int, Busy, tuple[Hold, ...]]:
            revision = occupancy.revision(tx, restaurant.id)
            busy = occupancy.busy_between(tx, restaurant.id, start, until)
            if start >= now + REACH:
                return revision, busy, ()
            holds = Seating(tx, restaurant, now, overstay=self._overstay).holds()
            return revision, busy_with(busy, holds), holds

        return await self._database.read(look)


def _weight(remembered: _Remembered) -> int:
    """Bytes, roughly: the sittings, and references to tables that the directory holds."""
    sittings = remembered.day.sittings
    return 600 + sum(400 + 8 * len(offered.tables) for offered in sittings)
