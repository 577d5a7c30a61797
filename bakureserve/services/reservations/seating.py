"""Which table a party gets, by the stored occupancy, and what becomes of a late party's table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.seating import (
    REACH,
    Hold,
    Option,
    TableOutlook,
    busy_with,
    chosen_table,
    free_tables,
    moved_sitting,
    seated_until,
    shortened,
    table_can_wait,
    tables_that_fit,
)
from bakureserve.domain.reservations.sittings import Sitting, sitting_of
from bakureserve.domain.restaurants.restaurant import Restaurant, Table
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.transaction import Transaction


class Seating:
    """A restaurant's tables at `now`, within one transaction.

    With `as_staff` a table may be taken from a late party that holds it beyond its booked time.
    """

    def __init__(
        self,
        transaction: Transaction,
        restaurant: Restaurant,
        now: dt.datetime,
        *,
        overstay: dt.timedelta,
        as_staff: bool = False,
    ) -> None:
        self._transaction = transaction
        self._restaurant = restaurant
        self._now = now
        self._overstay = overstay
        self._as_staff = as_staff
        self._holds: tuple[Hold, ...] | None = None
        self._released: dict[str, Reservation] = {}

    def table_for(
        self,
        party_size: int,
        sitting: Sitting,
        *,
        table_id: str | None = None,
        preferred: Table | None = None,
    ) -> Table:
        """The requested table; else the preferred one, or the smallest that fits and is free.

        The caller makes sure that the preferred table is large enough. Raises Invalid (no such
        table, or too small) and Conflict (table_taken, fully_booked).
        """
        if table_id is not None:
            asked = chosen_table(self._restaurant, table_id, party_size)
            if not self.is_free(asked, sitting):
                raise Conflict("table_taken", table=asked.name)
            return asked
        fitting = tables_that_fit(self._restaurant, party_size)
        if preferred is not None:
            fitting = (preferred, *(table for table in fitting if table.id != preferred.id))
        free = self._first_free(fitting, sitting, over_late=False)
        if free is None and self._as_staff:
            free = self._first_free(fitting, sitting, over_late=True)
        if free is None:
            raise Conflict("fully_booked", party_size=party_size)
        return free

    def own_table(self, reservation: Reservation) -> Table:
        """The reservation's table, whatever its size; any that fits when it has none.

        Raises Conflict when it is taken.
        """
        own = self._restaurant.tables_by_id.get(reservation.table_id or "")
        sitting = sitting_of(reservation)
        if own is None:
            return self.table_for(reservation.party_size, sitting)
        if not self.is_free(own, sitting):
            raise Conflict("table_taken", table=own.name)
        return own

    def free_tables(self, party_size: int, sitting: Sitting) -> list[str]:
        """The ids of all tables where the party could have this sitting, smallest first."""
        fitting = tables_that_fit(self._restaurant, party_size)
        return [table.id for table in fitting if self.is_free(table, sitting)]

    def is_free(self, table: Table, sitting: Sitting) -> bool:
        """Whether the table is free for the whole sitting."""
        return self._first_free([table], sitting, over_late=self._as_staff) is not None

    def take(self, reservation: Reservation, table: Table) -> None:
        """Occupy the table for the reservation. Raises Conflict when the schema refuses."""
        occupancy.hold(
            self._transaction,
            table.key,
            reservation.start,
            reservation.held_until,
            reservation.id,
        )

    def release(self, reservation: Reservation) -> None:
        """Free the reservation's table, and any hold beyond its booked time."""
        self._released[reservation.id] = reservation
        occupancy.release(self._transaction, reservation.id)

    def holds(self) -> tuple[Hold, ...]:
        """The tables that seated parties and late guests hold beyond their booked time, read once.

        None reaches farther than `REACH`, so that later sittings need not be compared with them.
        """
        if self._holds is None:
            found = occupancy.parties(self._transaction, self._restaurant.id, self._now)
            self._holds = tuple(map(self._hold, found))
        return self._holds

    def outlook(self, reservation: Reservation, arrival: dt.datetime) -> TableOutlook:
        """Whether the table can wait until the guest's `arrival` and their whole sitting after it.

        If the next party is due before that, the options come in the order a host would try them: a
        shorter sitting, another table for one of the two, releasing the table.
        """
        table = self._restaurant.tables_by_id.get(reservation.table_id or "")
        if table is None:
            return TableOutlook(kept=True)
        sitting = moved_sitting(reservation, arrival)
        following = occupancy.next_after(self._transaction, table.key, reservation.start)
        if following is None:
            return TableOutlook(kept=True)
        next_start, next_id = following
        if table_can_wait(sitting, next_start):
            return TableOutlook(kept=True, next_start=next_start)
        options = (
            shortened(sitting, next_start),
            self._other_table(reservation, sitting),
            self._other_table_for_next(next_id),
            Option(kind="release_table"),
        )
        return TableOutlook(
            kept=False, next_start=next_start, options=tuple(each for each in options if each)
        )

    def _first_free(
        self, tables: Sequence[Table], sitting: Sitting, *, over_late: bool
    ) -> Table | None:
        kept = {
            hold.table_key
            for hold in self._holds_against(sitting)
            if not (over_late and hold.is_late) and hold.reservation_id not in self._released
        }
        free = [t for t in tables if t.key not in kept or self._had(t, sitting)] if kept else tables
        return occupancy.first_free(self._transaction, free, sitting.start, sitting.held_until)

    def _had(self, table: Table, sitting: Sitting) -> bool:
        """Whether a reservation released here had the table for the whole sitting: its party may
        keep it, even while another still sits there."""
        return any(
            had.table_id == table.id
            and had.start <= sitting.start
            and sitting.held_until <= had.held_until
            for had in self._released.values()
        )

    def _holds_against(self, sitting: Sitting) -> list[Hold]:
        if sitting.start >= self._now + REACH:
            return []
        return [hold for hold in self.holds() if hold.blocks(sitting)]

    def _hold(self, party: occupancy.HoldingParty) -> Hold:
        if party.seated_at is None:
            until = party.holds_until or party.held_until
            return Hold(party.table_key, party.reservation_id, party.start, until, is_late=True)
        until = seated_until(
            self._restaurant, party.start, party.held_until, self._now, self._overstay
        )
        return Hold(party.table_key, party.reservation_id, party.seated_at, until, is_late=False)

    def _other_table(self, reservation: Reservation, sitting: Sitting) -> Option | None:
        free = self._tables_beside(reservation, sitting)
        return Option(kind="move_guest", tables=free) if free else None

    def _other_table_for_next(self, next_id: str) -> Option | None:
        following = reservations.get(self._transaction, next_id)
        if following is None or following.status != "booked":
            return None
        free = self._tables_beside(following, sitting_of(following))
        return Option(kind="move_next", tables=free, reservation_id=next_id) if free else None

    def _tables_beside(self, reservation: Reservation, sitting: Sitting) -> tuple[str, ...]:
        """Ids of the tables where the party could have this sitting, smallest first.

        The table in question is never among them: one of the two parties holds it.
        """
        start, until = sitting.start, sitting.held_until
        others = (hold for hold in self.holds() if hold.reservation_id != reservation.id)
        booked = occupancy.busy_between(self._transaction, self._restaurant.id, start, until)
        fitting = tables_that_fit(self._restaurant, reservation.party_size)
        free = free_tables(fitting, busy_with(booked, others), start, until)
        return tuple(table.id for table in free)
