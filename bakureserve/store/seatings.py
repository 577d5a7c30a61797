"""Who sits at which table now. Triggers keep the rows in step with the reservations."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.store.codec import from_us
from bakureserve.store.transaction import Transaction

_AT = (
    "select s.reservation_id, r.guest_name, s.seated_at from table_seating s"
    " join reservation r on r.id = s.reservation_id where s.table_key = ?"
)


class Seated(msgspec.Struct, frozen=True):
    """A party at a table, and since when it sits there."""

    reservation_id: str
    guest_name: str
    since: dt.datetime


def at_table(transaction: Transaction, table_key: int) -> Seated | None:
    """The party that sits at the table now."""
    row = transaction.one(_AT, (table_key,))
    return Seated(row[0], row[1], from_us(row[2])) if row else None
