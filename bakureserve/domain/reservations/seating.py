"""Which table a party gets: the smallest that fits and is free."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter

from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.restaurant import Restaurant, Table

_capacity = attrgetter("capacity")

Busy = Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]
"""Table key → the half-open intervals [start, end) in which it is held, ascending and apart."""


def tables_that_fit(restaurant: Restaurant, party_size: int) -> tuple[Table, ...]:
    """The tables with room for a party, smallest first; equal ones in floor-plan order."""
    by_size = restaurant.tables_by_size
    return by_size[bisect_left(by_size, party_size, key=_capacity) :]


def chosen_table(restaurant: Restaurant, table_id: str, party_size: int) -> Table:
    """The table somebody asks for. Raises Invalid: table_of_another_venue, party_larger_than_table.

    Whether it is free is another question.
    """
    table = restaurant.tables_by_id.get(table_id)
    if table is None:
        raise Invalid("table_of_another_venue", field="table_id", table_id=table_id)
    if party_size > table.capacity:
        raise Invalid(
            "party_larger_than_table",
            field="table_id",
            table=table.name,
            capacity=table.capacity,
        )
    return table


def free_tables(
    tables: Iterable[Table], busy: Busy, start: dt.datetime, held_until: dt.datetime
) -> tuple[Table, ...]:
    """Those of `tables` that nobody holds at any time in [start, held_until), in their order."""
    return tuple(
        table
        for table in tables
        if not (held := busy.get(table.key)) or _free(held, start, held_until)
    )


def _free(
    held: Sequence[tuple[dt.datetime, dt.datetime]], start: dt.datetime, until: dt.datetime
) -> bool:
    """Of the intervals that begin before `until`, only the last can reach past `start`."""
    begun = bisect_left(held, (until,))
    return begun == 0 or held[begun - 1][1] <= start
