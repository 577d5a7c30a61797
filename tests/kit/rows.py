"""Rows to start from, and the same store as another program would open it."""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store.engines.sqlite import SqliteConnection
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.builders import a_restaurant, utc

NOW = utc("2026-05-01 09:00")
RESTAURANT = a_restaurant()


def a_reservation(id_: str = "r1", **fields: Any) -> Reservation:
    """Two covers at the sample restaurant from 15:00 UTC for two hours; say what matters."""
    start = fields.get("start", utc("2026-05-01 15:00"))
    end = fields.get("end", start + dt.timedelta(hours=2))
    given: dict[str, Any] = {
        "id": id_,
        "restaurant_id": RESTAURANT.id,
        "table_id": "t1",
        "party_size": 2,
        "start": start,
        "end": end,
        "held_until": end,
        "service_date": start.date(),
        "guest_name": "Aysel",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return Reservation(**(given | fields))


def add_restaurant(transaction: Transaction, restaurant: Restaurant = RESTAURANT) -> Restaurant:
    """Store the restaurant; the same with its tables' keys."""
    restaurants.insert(transaction, restaurant, source="operator", now=NOW)
    return restaurants.find(transaction, restaurant.id)


def book(transaction: Transaction, reservation: Reservation) -> Reservation:
    """Store the reservation at its table, held if it is alive."""
    restaurant = restaurants.find(transaction, reservation.restaurant_id)
    key = restaurant.tables_by_id[reservation.table_id].key if reservation.table_id else None
    reservations.insert(transaction, reservation, key)
    if key is not None and reservation.status in {"booked", "seated"}:
        occupancy.hold(transaction, key, reservation.start, reservation.held_until, reservation.id)
    return reservation


def note(kind: str, *, size: int = 0) -> Callable[[Transaction], int]:
    """A unit that leaves an event of this kind, `size` characters heavy."""
    return lambda transaction: transaction.insert(
        "insert into event (at, kind, data) values (0, ?, ?)", (kind, "x" * size)
    )


def noted(transaction: Transaction) -> list[str]:
    """The kinds of all events, in order."""
    return [kind for (kind,) in transaction.all("select kind from event order by id")]


@contextmanager
def at_the_prompt(path: Path, *, foreign_keys: bool = True) -> Iterator[sqlite3.Connection]:
    """A connection as it is with nothing but the SQLite driver, in autocommit."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=5)
    connection.execute(f"pragma foreign_keys = {int(foreign_keys)}")
    try:
        yield connection
    finally:
        connection.close()


def in_transaction(connection: sqlite3.Connection) -> Transaction:
    """The connection as the store's modules want it."""
    return SqliteConnection(connection)


def spoil(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    with at_the_prompt(path) as other:
        ((page,),) = other.execute(
            "select rootpage from sqlite_master where name = ?", (table,)
        ).fetchall()
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
