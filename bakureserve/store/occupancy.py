"""Which table is held when. Intervals are half-open: [start, until)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.seating import Busy
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING, Table
from bakureserve.store.codec import from_us, to_us
from bakureserve.store.transaction import TABLE_TAKEN, BrokenRule, Transaction

# Held intervals of one table never overlap: of those that start before `until`, only the last can
# reach past `start`.
_LAST_BEFORE = (
    "select ends_at from table_occupancy where table_key = ? and starts_at < ?"
    " order by starts_at desc limit 1"
)
_NEXT_AFTER = (
    "select starts_at, reservation_id from table_occupancy where table_key = ? and starts_at > ?"
    " order by starts_at limit 1"
)
_HOLD = (
    "insert into table_occupancy (table_key, starts_at, ends_at, reservation_id)"
    " values (?, ?, ?, ?)"
)
_RELEASE = "delete from table_occupancy where reservation_id = ?"
# Both ends of the range are in the index, so that a table's past costs nothing.
_BETWEEN = (
    "select t.key, o.starts_at, o.ends_at from dining_table t"
    " join table_occupancy o on o.table_key = t.key"
    " and o.starts_at > ? and o.starts_at < ? and o.ends_at > ?"
    " where t.restaurant_id = ? order by t.key, o.starts_at"
)


def first_free(
    transaction: Transaction, tables: Iterable[Table], start: dt.datetime, until: dt.datetime
) -> Table | None:
    """The first of `tables` that nobody holds at any time in [start, until)."""
    start_us, until_us = to_us(start), to_us(until)
    for table in tables:
        row = transaction.one(_LAST_BEFORE, (table.key, until_us))
        if row is None or row[0] <= start_us:
            return table
    return None


def next_after(
    transaction: Transaction, table_key: int, start: dt.datetime
) -> tuple[dt.datetime, str] | None:
    """The table's next sitting that starts after `start`: when that is, and whose reservation."""
    row = transaction.one(_NEXT_AFTER, (table_key, to_us(start)))
    return (from_us(row[0]), row[1]) if row else None


def hold(
    transaction: Transaction,
    table_key: int,
    start: dt.datetime,
    until: dt.datetime,
    reservation_id: str,
) -> None:
    """Take the table for the reservation. Raises Conflict when the schema refuses the overlap."""
    try:
        transaction.execute(_HOLD, (table_key, to_us(start), to_us(until), reservation_id))
    except BrokenRule as error:
        if error.rule == TABLE_TAKEN:
            raise Conflict("table_taken") from error
        raise


def release(transaction: Transaction, reservation_id: str) -> None:
    """Free whatever the reservation holds."""
    transaction.execute(_RELEASE, (reservation_id,))


def busy_between(
    transaction: Transaction, restaurant_id: str, start: dt.datetime, until: dt.datetime
) -> Busy:
    """What is held of the restaurant's tables at any time in [start, until)."""
    rows = transaction.rows(
        _BETWEEN, (to_us(start - LONGEST_SITTING), to_us(until), to_us(start), restaurant_id)
    )
    busy: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for key, starts_at, ends_at in rows:
        busy[key].append((from_us(starts_at), from_us(ends_at)))
    return busy
