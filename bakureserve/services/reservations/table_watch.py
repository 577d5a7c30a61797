"""Watch tables: mark bookings when another party overstays at their table.

Any number of processes may watch one store: each booking is checked again in the transaction that
marks it, so that it is flagged once.
"""

from __future__ import annotations

import msgspec

from bakureserve.domain.accounts.actor import Actor, system_actor
from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.attention import TABLE_OVERSTAYED
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.services.reservations.unit import BookingUnit, BookingUnits
from bakureserve.store.reservations import occupancy

WATCHER = system_actor("tables")


class TableWatch:
    """Marks bookings that wait for a table. The unit that records the other party's departure
    clears the mark."""

    def __init__(self, units: BookingUnits) -> None:
        self._units = units

    async def look(self, actor: Actor = WATCHER) -> int:
        """Mark every booking due within `OVERSTAY_MINUTES` at a table where another party
        overstays; returns how many. Raises Unavailable."""
        reach = self._units.overstay
        if not reach:
            return 0
        now = self._units.clock()
        found = await self._units.database.read(lambda tx: occupancy.kept_waiting(tx, now, reach))
        marked = [await self._mark(actor, each) for each in found]
        return sum(marked)

    async def _mark(self, actor: Actor, reservation_id: str) -> bool:
        def mark(unit: BookingUnit, waiting: Reservation) -> bool:
            if waiting.id not in occupancy.kept_waiting(unit.transaction, unit.now, unit.overstay):
                return False
            attention = (*waiting.attention, TABLE_OVERSTAYED)
            unit.save(waiting, msgspec.structs.replace(waiting, attention=attention), "flagged")
            return True

        try:
            return await self._units.change(actor, reservation_id, mark)
        except (NotFound, Conflict):  # gone, or another process marked it
            return False
