"""Durable bookings a second, beside a bare aiohttp handler over raw sqlite3.

Run with `python -m bench.booking`. Both sides write the same rows with `synchronous=FULL`, answer
after the commit, commit once for all that wait, and get the same 64 clients from another process.
Then the server again, on a database that holds a million reservations.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import tempfile
import time
import uuid
from itertools import islice, product
from pathlib import Path

import uvloop

from bakureserve.domain.restaurants.restaurant import (
    Area,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    Table,
    TurnTime,
)
from bakureserve.store import migrator
from bakureserve.store.codec import from_us, to_us
from bakureserve.store.database import write_alone
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from bench.harness import bare_server, product_server
from bench.load import Load, request, run

CLIENTS = 64
SITTINGS = ("10:00", "12:00", "14:00", "16:00", "18:00", "20:00")
RESTAURANTS, TABLES = 50, 12
COUNT = int(os.environ.get("COUNT", "20000"))
STORED = int(os.environ.get("STORED", "1000000"))
ROUNDS = int(os.environ.get("ROUNDS", "3"))
OLD_SERVER = 139
"""Bookings a second of the server that this one replaces, to an empty store."""


def bench_restaurants() -> list[Restaurant]:
    """Restaurants whose every table can be booked six times a day."""
    week = ((Period(600, 1320),),) * 7
    policy = BookingPolicy(slot_minutes=120, turn_times=(TurnTime(12, 120),), horizon_days=365)
    hall = Area(
        id="hall",
        name="Hall",
        tables=tuple(
            Table(id=f"t{number}", name=f"T{number}", capacity=4) for number in range(TABLES)
        ),
    )
    return [
        Restaurant(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"bench-{number}")),
            slug=f"bench-{number}",
            name=f"Bench {number}",
            hours=OpeningHours(weekly=week),
            policy=policy,
            areas=(hall,),
        )
        for number in range(RESTAURANTS)
    ]


def prepare(path: Path, stored: int) -> None:
    """A database with the bench's restaurants and `stored` reservations of the past."""
    migrator.up(path, busy_timeout=5)
    now = dt.datetime.now(dt.UTC)

    def fill(transaction: Transaction) -> None:
        for restaurant in bench_restaurants():
            restaurants.insert(transaction, restaurant, source="operator", now=now)

    write_alone(path, fill, busy_timeout=5)
    _store_past(path, stored)


def _store_past(path: Path, stored: int) -> None:
    """Parties of past days, table by table; half of them were never marked as completed."""
    connection = sqlite3.connect(path, isolation_level=None)
    connection.executescript("pragma synchronous = off; pragma cache_size = -400000; begin")
    tables = connection.execute("select key, restaurant_id from dining_table").fetchall()
    newest = to_us(dt.datetime.now(dt.UTC)) - 86_400_000_000
    for number in range(stored):
        key, restaurant = tables[number % len(tables)]
        start = newest - (number // len(tables) + 1) * 7_200_000_000
        end = start + 7_000_000_000
        id_ = str(uuid.UUID(int=(start // 1000) << 80 | 7 << 76 | number | 1 << 63))
        live = number % 2 == 0
        connection.execute(
            "insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at,"
            " held_until, service_date, guest_name, guest_phone, status, owner_id, created_at,"
            " updated_at, version) values (?, ?, ?, 2, ?, ?, ?, ?, 'Guest', '', ?, ?, ?, ?, 1)",
            (
                id_, restaurant, key, start, end, end, from_us(start).date().isoformat(),
                "booked" if live else "completed", f"guest-{number % 5000}", start, start,
            ),
        )  # fmt: skip
        if live:
            connection.execute(
                "insert into table_occupancy values (?, ?, ?, ?)", (key, start, end, id_)
            )
    connection.execute("commit")
    connection.execute("pragma wal_checkpoint(truncate)")
    connection.close()


def booking_requests(count: int, *, name_tables: bool) -> list[bytes]:
    """`count` bookings that do not conflict, spread over restaurants, days and hours.

    The bare side cannot choose a table, so its requests name one.
    """
    first = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    days = [(first + dt.timedelta(days=day)).isoformat() for day in range(60)]
    ids = [restaurant.id for restaurant in bench_restaurants()]
    places = product(range(TABLES), days, SITTINGS, ids)
    return [_booking_request(*place, name_tables) for place in islice(places, count)]


def _booking_request(
    table: int, day: str, sitting: str, restaurant: str, name_table: bool
) -> bytes:
    body = {
        "restaurant_id": restaurant,
        "party_size": 2 + table % 3,
        "start": f"{day}T{sitting}:00+04:00",
        "guest_name": "Leyla Bench",
        "guest_phone": "+994 50 555 01 00",
    } | ({"table_id": f"t{table}"} if name_table else {})
    return request(
        "POST",
        "/v1/reservations",
        headers=(("Content-Type", "application/json"),),
        body=json.dumps(body).encode(),
    )


async def storm(port: int, messages: list[bytes]) -> Load:
    """Every message once, from `CLIENTS` connections."""
    rest = iter(messages)
    return await run(port, lambda: next(rest, None), connections=CLIENTS)


def measure(template: Path, folder: Path, *, bare: bool) -> tuple[Load, float]:
    """One storm on a fresh copy of the template, and the server's resident megabytes after it."""
    database = folder / "bakureserve.db"
    for leftover in folder.glob("bakureserve.db*"):
        leftover.unlink()
    shutil.copy(template, database)
    os.sync()  # or writing the copy out to disk would be counted against the first bookings
    messages = booking_requests(COUNT, name_tables=bare)
    if bare:
        with bare_server(folder / "bare.log", "booking", str(database)) as (port, _):
            load, resident = uvloop.run(storm(port, messages)), 0.0
    else:
        with product_server(folder) as (port, process):
            load = uvloop.run(storm(port, messages))
            resident = process.memory_info().rss / 1e6
    if set(load.statuses) != {201}:
        raise SystemExit(f"not every booking was taken: {load.statuses}")
    return load, resident


def main() -> None:
    sides = {
        "bare": ("small.db", True),
        "product, 1,000 stored": ("small.db", False),
        f"product, {STORED:,} stored": ("large.db", False),
    }
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        prepare(folder / "small.db", 1000)
        started = time.perf_counter()
        prepare(folder / "large.db", STORED)
        print(f"stored {STORED:,} reservations in {time.perf_counter() - started:.0f} s")
        best = dict.fromkeys(sides, 0.0)
        for _ in range(ROUNDS):
            for side, (template, bare) in sides.items():
                load, resident = measure(folder / template, folder, bare=bare)
                best[side] = max(best[side], load.requests_per_second)
                print(f"{side}: {load}" + (f", {resident:.0f} MB" if resident else ""))
    plain, few, many = best.values()
    print(f"best of {ROUNDS}: bare {plain:,.0f}/s, product {few:,.0f}/s: {few / plain:.0%} of it")
    print(f"{few / OLD_SERVER:.0f} times the old server's {OLD_SERVER}/s")
    print(f"with {STORED:,} stored {many:,.0f}/s: {few / many:.2f} times slower")


if __name__ == "__main__":
    main()
