"""Who sits at which table now, and who is late for one. Triggers keep the rows of those that sit in
step with the reservations."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.reservations.attention import TABLE_OVERSTAYED
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.codec import from_us, marked, to_us
from bakureserve.store.transaction import Transaction

_AT = (
    "select s.reservation_id, r.guest_name, s.seated_at from table_seating s"
    " join reservation r on r.id = s.reservation_id where s.table_key = ?"
)
_PARTIES = (
    "select s.table_key, s.reservation_id, s.seated_at, r.starts_at, r.held_until, null"
    " from table_seating s join reservation r on r.id = s.reservation_id where s.restaurant_id = ?"
    " union all"
    " select r.table_key, r.id, null, r.starts_at, r.held_until, p.holds_until"
    " from arrival_trip p join reservation r on r.id = p.reservation_id"
    " where p.restaurant_id = ? and p.due_at > 0 and p.holds_until > ? and r.status = 'booked'"
    " and r.table_key is not null"
)
_IS_MARKED = marked(TABLE_OVERSTAYED)
# Found from the parties that sit longer than they were told: few, and in the index.
_KEPT_WAITING = (
    "select n.reservation_id from table_seating s"
    " join table_occupancy n on n.table_key = s.table_key and n.starts_at > ? and n.starts_at < ?"
    " join reservation r on r.id = n.reservation_id"
    f" where s.ends_at < ? and r.status = 'booked' and r.ends_at > ? and not {_IS_MARKED}"
    " order by n.starts_at, n.reservation_id"
)
_MARKED = (
    "select r.id from table_occupancy n join reservation r on r.id = n.reservation_id"
    f" where n.table_key = ? and n.starts_at > ? and r.status = 'booked' and {_IS_MARKED}"
)


class Seated(msgspec.Struct, frozen=True):
    """A party at a table, and since when it sits there."""

    reservation_id: str
    guest_name: str
    since: dt.datetime


class Party(msgspec.Struct, frozen=True):
    """A party that sits at its table since `seated_at`, or is late for it and holds it, as far as
    that is known by now, until `holds_until`. One of the two is None."""

    table_key: int
    reservation_id: str
    seated_at: dt.datetime | None
    start: dt.datetime
    held_until: dt.datetime
    holds_until: dt.datetime | None


def at_table(transaction: Transaction, table_key: int) -> Seated | None:
    """The party that sits at the table now."""
    row = transaction.one(_AT, (table_key,))
    return Seated(row[0], row[1], from_us(row[2])) if row else None


def parties(transaction: Transaction, restaurant_id: str, now: dt.datetime) -> list[Party]:
    """Who sits at the restaurant's tables, and who is late for one of them."""
    rows = transaction.all(_PARTIES, (restaurant_id, restaurant_id, to_us(now)))
    return [
        Party(key, id_, _moment(seated_at), from_us(start), from_us(held), _moment(holds_until))
        for key, id_, seated_at, start, held, holds_until in rows
    ]


def kept_waiting(transaction: Transaction, now: dt.datetime, reach: dt.timedelta) -> list[str]:
    """The bookings that begin within `reach` or have begun, at tables where other parties still sit
    that were to be gone by now, and that are not marked for it, the earliest first."""
    at = to_us(now)
    found = transaction.all(
        _KEPT_WAITING, (to_us(now - LONGEST_SITTING), to_us(now + reach), at, at)
    )
    return [row[0] for row in found]


def marked_at(transaction: Transaction, table_key: int, now: dt.datetime) -> list[str]:
    """The bookings that are marked since another party sat at the table."""
    return [row[0] for row in transaction.all(_MARKED, (table_key, to_us(now - LONGEST_SITTING)))]


def _moment(stored: int | None) -> dt.datetime | None:
    return None if stored is None else from_us(stored)
