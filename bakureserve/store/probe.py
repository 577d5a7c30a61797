"""Trying out a store: reads of its real tables, and a write as large as a booking."""

from __future__ import annotations

from bakureserve.domain.errors import StoreCorrupt
from bakureserve.store.transaction import Transaction

FILLING = 48 * 1024
"""Bytes that are written anew each time: at least what a booking adds to the write-ahead log, so
that a disk that takes this takes a booking. A test holds the two together."""

# In the order of the tables themselves: any other would be answered from an index.
_NEWEST = (
    "select (select name from restaurant order by rowid desc limit 1),"
    " (select name from dining_table order by rowid desc limit 1),"
    " (select guest_name from reservation order by rowid desc limit 1),"
    " (select reservation_id from table_occupancy order by table_key, starts_at limit 1),"
    " (select kind from event order by id desc limit 1),"
    " (select email from user_account order by rowid desc limit 1)"
)


def read_something(transaction: Transaction) -> None:
    """Read a row of each table that a booking needs."""
    transaction.one(_NEWEST)


def write_something(transaction: Transaction) -> int:
    """Write the probe's row anew, as durable as a booking; its number, which is one more each time.

    It takes the place of what was there: the file does not grow by it.
    """
    transaction.execute(
        "insert into probe (id, number, filling) values (1, 1, randomblob(?))"
        " on conflict (id) do update set number = number + 1, filling = excluded.filling",
        (FILLING,),
    )
    return _number(transaction)


def find_again(transaction: Transaction, written: int) -> None:
    """Raises StoreCorrupt unless the probe's row is there as it was written, or newer."""
    if _number(transaction) < written:
        raise StoreCorrupt("store_write_lost")


def _number(transaction: Transaction) -> int:
    row = transaction.one("select number, length(filling) from probe where id = 1")
    return row[0] if row and row[1] == FILLING else 0
