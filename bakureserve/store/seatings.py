"""Who sits at which table now, and who is late for one. Triggers keep the rows of those that sit in
step with the reservations."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.store.codec import from_us, to_us
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


def _moment(stored: int | None) -> dt.datetime | None:
    return None if stored is None else from_us(stored)
