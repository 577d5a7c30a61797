"""Watch trips for what is due without a signal: kitchen start, lateness, silence, giving up.

Any number of processes may watch one store: each trip is checked again in the transaction that
records its alerts, so that each is recorded once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter

import msgspec

from bakureserve.domain.accounts.actor import Actor, system_actor
from bakureserve.domain.arrivals.review import ArrivalAlert
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.services.arrivals import trip_recorder
from bakureserve.services.arrivals.graces import Graces
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits
from bakureserve.store.arrivals import trips
from bakureserve.store.transaction import Transaction

WATCHER = system_actor("arrivals")
_AT_ONCE = 100


class WatchReport(msgspec.Struct, frozen=True):
    """How many trips were reviewed, and the alerts recorded, by kind."""

    trips: int
    counts: dict[ArrivalAlert, int]

    @property
    def told(self) -> int:
        return sum(self.counts.values())


class ArrivalWatch:
    """Reviews trips when they are due, and finds late parties that announced nothing."""

    def __init__(self, units: BookingUnits) -> None:
        self._units = units
        self._graces = Graces()
        self._missed_until: dt.datetime | None = None

    async def look(self, actor: Actor = WATCHER) -> WatchReport:
        """Review every trip that is due, and every party that has become late.

        A failure does not keep the others waiting; the first is raised at the end. Raises
        Unavailable.
        """
        counts: Counter[ArrivalAlert] = Counter()
        seen: set[str] = set()
        failed: list[BaseException] = []
        now = self._units.clock()
        while fresh := await self._units.database.read(
            lambda tx: [
                each for each in trips.due(tx, now, limit=_AT_ONCE + len(seen)) if each not in seen
            ]
        ):
            await self._look_at_all(actor, fresh, counts, failed)
            seen.update(fresh)
        missed = [each for each in await self._missed(now) if each not in seen]
        await self._look_at_all(actor, missed, counts, failed)
        if failed:
            raise failed[0]
        self._missed_until = now
        return WatchReport(len(seen) + len(missed), dict(counts))

    async def _missed(self, now: dt.datetime) -> list[str]:
        """The parties that announced nothing and have become late since the last look.

        Restaurants differ in how late a guest is still on time; for each such grace only the
        sittings that have just passed it are read.
        """
        since = self._missed_until or now - LONGEST_SITTING
        graces = self._graces

        def late(transaction: Transaction) -> list[str]:
            graces.renew(transaction)
            found = []
            for minutes in graces.all():
                grace = dt.timedelta(minutes=minutes)
                for missed, restaurant in trips.missed(
                    transaction, since - grace, now - grace, now
                ):
                    if graces.at(restaurant) == minutes:
                        found.append(missed)
            return found

        return await self._units.database.read_apart(late)

    async def _look_at_all(
        self,
        actor: Actor,
        found: list[str],
        counts: Counter[ArrivalAlert],
        failed: list[BaseException],
    ) -> None:
        looks = (self._look_at(actor, each) for each in found)
        for outcome in await asyncio.gather(*looks, return_exceptions=True):
            if isinstance(outcome, BaseException):
                failed.append(outcome)
            else:
                counts.update(outcome)

    async def _look_at(self, actor: Actor, reservation_id: str) -> tuple[ArrivalAlert, ...]:
        def look(unit: BookingUnit, reservation: Reservation) -> tuple[ArrivalAlert, ...]:
            trip = trips.get(unit.transaction, reservation)
            return trip_recorder.settle(unit, reservation, trip, trip, "arrival.retimed").alerts

        try:
            return await self._units.change(actor, reservation_id, look)
        except (NotFound, Conflict):  # gone, or another process reviewed it
            return ()
