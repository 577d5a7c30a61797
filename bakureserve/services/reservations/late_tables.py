"""What becomes of a late guest's table, looked up in the book."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bakureserve.domain.arrivals.lateness import (
    Option,
    Sitting,
    TableOutlook,
    moved_sitting,
    shortened,
    table_can_wait,
)
from bakureserve.domain.reservations.holds import Hold, busy_with
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.seating import free_tables, tables_that_fit
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store import occupancy, reservations
from bakureserve.store.transaction import Transaction


def outlook(
    transaction: Transaction,
    restaurant: Restaurant,
    reservation: Reservation,
    arrival: dt.datetime,
    holds: Sequence[Hold],
) -> TableOutlook:
    """Whether the table can wait until the guest's `arrival` and their whole sitting after it.

    Where the next party is due before that, the options are in the order in which a host would
    think of them: a shorter sitting, another table for one of the two, giving the table up. `holds`
    are what keeps tables beyond the book.
    """
    table = restaurant.tables_by_id.get(reservation.table_id or "")
    if table is None:
        return TableOutlook(kept=True)
    sitting = moved_sitting(reservation, arrival)
    following = occupancy.next_after(transaction, table.key, reservation.start)
    if following is None:
        return TableOutlook(kept=True)
    next_start, next_id = following
    if table_can_wait(sitting, next_start):
        return TableOutlook(kept=True, next_start=next_start)
    options = (
        shortened(sitting, next_start),
        _other_table(transaction, restaurant, reservation, sitting, holds),
        _other_table_for_next(transaction, restaurant, next_id, holds),
        Option(kind="release_table"),
    )
    return TableOutlook(
        kept=False, next_start=next_start, options=tuple(each for each in options if each)
    )


def _other_table(
    transaction: Transaction,
    restaurant: Restaurant,
    reservation: Reservation,
    sitting: Sitting,
    holds: Sequence[Hold],
) -> Option | None:
    free = _free(transaction, restaurant, reservation, sitting, holds)
    return Option(kind="move_guest", tables=free) if free else None


def _other_table_for_next(
    transaction: Transaction, restaurant: Restaurant, next_id: str, holds: Sequence[Hold]
) -> Option | None:
    following = reservations.get(transaction, next_id)
    if following is None or following.status != "booked":
        return None
    sitting = moved_sitting(following, following.start)
    free = _free(transaction, restaurant, following, sitting, holds)
    return Option(kind="move_next", tables=free, reservation_id=next_id) if free else None


def _free(
    transaction: Transaction,
    restaurant: Restaurant,
    reservation: Reservation,
    sitting: Sitting,
    holds: Sequence[Hold],
) -> tuple[str, ...]:
    """Ids of the tables where the party could have this sitting, smallest first.

    The table in question is never among them: one of the two parties holds it.
    """
    start, until = sitting.start, sitting.held_until
    others = (hold for hold in holds if hold.reservation_id != reservation.id)
    busy = busy_with(occupancy.busy_between(transaction, restaurant.id, start, until), others)
    fitting = tables_that_fit(restaurant, reservation.party_size)
    return tuple(table.id for table in free_tables(fitting, busy, start, until))
