"""What today looks like, over all restaurants."""

from __future__ import annotations

from collections import Counter

import msgspec

from bakureserve.services.clock import Clock
from bakureserve.services.directory import Directory
from bakureserve.store.database import Database
from bakureserve.store.overview import days_around


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """Reservations for today, by each restaurant's own calendar. `covers` are those of parties that
    are to come, are seated, or have left."""

    booked: int
    seated: int
    completed: int
    cancelled: int
    no_show: int
    covers: int


_EATING = frozenset({"booked", "seated", "completed"})


class Overview:
    """Counts what the whole house is about to serve."""

    def __init__(self, database: Database, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock

    async def today(self) -> Today:
        """Today's reservations. Raises Unavailable."""
        now = self._clock()
        venues = (await self._directory.snapshot()).venues
        dates = {venue.id: f"{now.astimezone(venue.zone):%Y-%m-%d}" for venue in venues}
        found = await self._database.read(lambda tx: days_around(tx, now))
        by_status: Counter[str] = Counter()
        covers = 0
        for each in found:
            if dates.get(each.restaurant_id) == each.service_date:
                by_status[each.status] += each.reservations
                covers += each.covers if each.status in _EATING else 0
        return Today(
            booked=by_status["booked"],
            seated=by_status["seated"],
            completed=by_status["completed"],
            cancelled=by_status["cancelled"],
            no_show=by_status["no_show"],
            covers=covers,
        )
