"""What time alone brings about on guests' ways: the kitchen's start, lateness, silence, giving up.

Any number of processes may watch one store: each trip is looked at again in the transaction that
writes what is told of it, so whatever is told is told by one of them.
"""

from __future__ import annotations

import asyncio
from collections import Counter

import msgspec

from bakureserve.domain.actor import Actor, system_actor
from bakureserve.domain.arrival.review import Telling
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.services import doorstep
from bakureserve.services.booking import Booking
from bakureserve.services.clock import Clock
from bakureserve.services.desk import Desk, visible
from bakureserve.store import trips
from bakureserve.store.database import Database

WATCHER = system_actor("arrivals")
_AT_ONCE = 100


class Seen(msgspec.Struct, frozen=True):
    """How many trips were due, and how often each thing had to be told."""

    trips: int
    counts: dict[Telling, int]

    @property
    def told(self) -> int:
        return sum(self.counts.values())


class ArrivalWatch:
    """Looks at trips when they are due."""

    def __init__(self, database: Database, booking: Booking, clock: Clock) -> None:
        self._database = database
        self._booking = booking
        self._clock = clock

    async def look(self, actor: Actor = WATCHER) -> Seen:
        """See to every trip that is due by now. Raises Unavailable.

        One that cannot be seen to keeps none of the others waiting; what was wrong is raised then.
        """
        counts: Counter[Telling] = Counter()
        seen: set[str] = set()
        failed: list[BaseException] = []
        now = self._clock()
        while fresh := await self._database.read(
            lambda tx: [
                each for each in trips.due(tx, now, limit=_AT_ONCE + len(seen)) if each not in seen
            ]
        ):
            looks = (self._look_at(actor, each) for each in fresh)
            for outcome in await asyncio.gather(*looks, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    failed.append(outcome)
                else:
                    counts.update(outcome)
            seen.update(fresh)
        if failed:
            raise failed[0]
        return Seen(len(seen), dict(counts))

    async def _look_at(self, actor: Actor, reservation_id: str) -> tuple[Telling, ...]:
        def look(desk: Desk) -> tuple[Telling, ...]:
            reservation = visible(desk.transaction, actor, reservation_id)
            trip = trips.get(desk.transaction, reservation)
            return doorstep.settle(desk, reservation, trip, trip, "arrival.retimed").tellings

        try:
            return await self._booking.at_desk_of(actor, reservation_id, look)
        except (NotFound, Conflict):  # gone, or another saw to it
            return ()
