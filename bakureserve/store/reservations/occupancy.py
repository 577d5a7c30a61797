"""Which table is held when, who sits there now, and who is late for one.

Intervals are half-open: [start, until). Triggers keep the rows of parties that sit in step with the
reservations.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.attention import TABLE_OVERSTAYED
from bakureserve.domain.reservations.seating import Busy
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING, Table
from bakureserve.store.codec import from_us, further, marked, to_us
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
_AT = (
    "select s.reservation_id, r.guest_name, s.seated_at from table_seating s"
    " join reservation r on r.id = s.reservation_id where s.table_key = ?"
)
_IS_BOOKED = further("r.status = 'booked'")
_PARTIES = (
    "select s.table_key, s.reservation_id, s.seated_at, r.starts_at, r.held_until, null"
    " from table_seating s join reservation r on r.id = s.reservation_id where s.restaurant_id = ?"
    " union all"
    " select r.table_key, r.id, null, r.starts_at, r.held_until, p.holds_until"
    " from arrival_trip p join reservation r on r.id = p.reservation_id"
    f" where p.restaurant_id = ? and p.due_at > 0 and p.holds_until > ? and {_IS_BOOKED}"
    " and r.table_key is not null"
)
_IS_MARKED = marked(TABLE_OVERSTAYED)
# Found from the parties that sit longer than they were told: few, and in the index.
_KEPT_WAITING = (
    "select n.reservation_id from table_seating s"
    " join table_occupancy n on n.table_key = s.table_key and n.starts_at > ? and n.starts_at < ?"
    " join reservation r on r.id = n.reservation_id"
    f" where s.ends_at < ? and {_IS_BOOKED} and r.ends_at > ? and not {_IS_MARKED}"
    " order by n.starts_at, n.reservation_id"
)
_MARKED = (
    "select r.id from table_occupancy n join reservation r on r.id = n.reservation_id"
    f" where n.table_key = ? and n.starts_at > ? and {_IS_BOOKED} and {_IS_MARKED}"
)


class Seated(msgspec.Struct, frozen=True):
    """A party at a table, and since when it sits there."""

    reservation_id: str
    guest_name: str
    since: dt.datetime


class HoldingParty(msgspec.Struct, frozen=True):
    """A party that sits at its table since `seated_at`, or is late and holds it until `holds_until`
    as estimated now. One of the two is None."""

    table_key: int
    reservation_id: str
    seated_at: dt.datetime | None
    start: dt.datetime
    held_until: dt.datetime
    holds_until: dt.datetime | None


def revision(transaction: Transaction, restaurant_id: str) -> int:
    """A number that rises, by triggers, when one of the restaurant's tables is taken or freed."""
    row = transaction.one(
        "select occupancy_revision from venue_ledger where restaurant_id = ?", (restaurant_id,)
    )
    return row[0] if row else 0


def first_free(
    transaction: Transaction, tables: Iterable[Table], start: dt.datetime, until: dt.datetime
) -> Table | None:
    """The first of `tables` that is free throughout [start, until)."""
    start_us, until_us = to_us(start), to_us(until)
    for table in tables:
        row = transaction.one(_LAST_BEFORE, (table.key, until_us))
        if row is None or row[0] <= start_us:
            return table
    return None


def next_after(
    transaction: Transaction, table_key: int, start: dt.datetime
) -> tuple[dt.datetime, str] | None:
    """The table's next sitting after `start`: its start and its reservation."""
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
    """When the restaurant's tables are held in [start, until), by table."""
    rows = transaction.rows(
        _BETWEEN, (to_us(start - LONGEST_SITTING), to_us(until), to_us(start), restaurant_id)
    )
    busy: dict[int, list[tuple[dt.datetime, dt.datetime]]] = defaultdict(list)
    for key, starts_at, ends_at in rows:
        busy[key].append((from_us(starts_at), from_us(ends_at)))
    return busy


def at_table(transaction: Transaction, table_key: int) -> Seated | None:
    """The party that sits at the table now."""
    row = transaction.one(_AT, (table_key,))
    return Seated(row[0], row[1], from_us(row[2])) if row else None


def parties(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> list[HoldingParty]:
    """The parties that sit at the restaurant's tables, or hold one although late."""
    rows = transaction.all(_PARTIES, (restaurant_id, restaurant_id, to_us(now)))
    return [
        HoldingParty(
            key, id_, _moment(seated_at), from_us(start), from_us(held), _moment(holds_until)
        )
        for key, id_, seated_at, start, held, holds_until in rows
    ]


def kept_waiting(transaction: Transaction, now: dt.datetime, reach: dt.timedelta) -> list[str]:
    """Unmarked bookings that begin within `reach` or have begun, at tables where another party has
    overstayed, the earliest first."""
    at = to_us(now)
    found = transaction.all(
        _KEPT_WAITING, (to_us(now - LONGEST_SITTING), to_us(now + reach), at, at)
    )
    return [row[0] for row in found]


def marked_at(transaction: Transaction, table_key: int, now: dt.datetime) -> list[str]:
    """The bookings marked because another party overstays at the table."""
    return [row[0] for row in transaction.all(_MARKED, (table_key, to_us(now - LONGEST_SITTING)))]


def _moment(stored: int | None) -> dt.datetime | None:
    return None if stored is None else from_us(stored)
