"""Durable bookings a second, beside a bare aiohttp handler over raw sqlite3.

Run with `python -m bench.booking`. Both sides write the same rows with `synchronous=FULL`, answer
after the commit, commit once for all that wait, and get the same 64 clients from another process.
The server also books on databases that hold ever more reservations.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import islice, product
from pathlib import Path
from statistics import median
from typing import NamedTuple

import psutil

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
from bench import wrk
from bench.figures import ROUNDS, Curve, Figure, Found, main, sized
from bench.harness import (
    bare_server,
    cpu_seconds,
    product_server,
    turn_about,
    wait_until_idle,
)

CLIENTS = 64
SITTINGS = ("10:00", "12:00", "14:00", "16:00", "18:00", "20:00")
RESTAURANTS, TABLES = 50, 12
SECONDS = sized(smoke=0.2, short=3.0, long=5.0)
ENOUGH = int(SECONDS * 20_000)
STORED = sized(smoke=[1000, 2000], short=[1000, 100_000], long=[1000, 10_000, 100_000, 1_000_000])
"""Reservations that the databases hold; the first is the one to compare with."""


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
    if stored:
        _settle(path)


def _settle(path: Path) -> None:
    """Let a server do what it does once about past parties that were never marked as gone.

    Else the bookings of its first seconds would seem dear: 100,000 stored keep it busy for four.
    """
    with tempfile.TemporaryDirectory(dir=path.parent) as name:
        fresh_copy(path, Path(name))
        with product_server(Path(name)) as (_, process):
            wait_until_idle(process)
        shutil.copy(Path(name, "bakureserve.db"), path)


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


class Storm(NamedTuple):
    """Bookings a second, the server's microseconds of processor time for each, the slow ones'
    milliseconds, and the server's resident megabytes afterwards."""

    rate: float
    cost: float
    p99: float
    resident: float


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        templates = {stored: folder / f"{stored}.db" for stored in STORED}
        for stored, template in templates.items():
            prepare(template, stored)
        few, *_, many = templates
        sides = {str(stored): storm(folder, template) for stored, template in templates.items()}
        rounds = turn_about(sides | {"bare": storm(folder, templates[few], bare=True)}, ROUNDS)
    ours, bare, full = rounds[str(few)], rounds["bare"], rounds[str(many)]
    yield from beside_bare(ours, bare)
    yield from grown(ours, full, many)
    yield Curve(
        what="A booking by what is stored",
        x="reservations stored",
        y="µs of processor time",
        lines={
            "ours": [
                (stored, median(each.cost for each in rounds[str(stored)])) for stored in STORED
            ]
        },
    )


def beside_bare(ours: list[Storm], bare: list[Storm]) -> Iterator[Figure]:
    yield Figure(
        what="durable bookings, 64 clients",
        unit="bookings/s",
        ours=[each.rate for each in ours],
        beside="raw sqlite3 behind bare aiohttp",
        theirs=[each.rate for each in bare],
        goal="≥ 0.5 ×",
    )
    yield Figure(
        what="processor time of a booking",
        unit="µs",
        ours=[each.cost for each in ours],
        beside="raw sqlite3 behind bare aiohttp",
        theirs=[each.cost for each in bare],
    )
    yield Figure(
        what="the same bookings a second",
        unit="bookings/s",
        ours=[each.rate for each in ours],
        goal="≥ 2,085 bookings/s",
        note="15 times the 139/s of the server that this one replaces",
    )
    yield Figure(
        what="a booking, of the slowest 1 %",
        unit="ms",
        ours=[each.p99 for each in ours],
        beside="raw sqlite3 behind bare aiohttp",
        theirs=[each.p99 for each in bare],
    )
    yield Figure(
        what="resident after this",
        unit="MB",
        ours=[each.resident for each in ours],
        goal="< 120 MB",
    )


def grown(few: list[Storm], many: list[Storm], stored: int) -> Iterator[Figure]:
    beside = f"with {STORED[0]:,} stored"
    yield Figure(
        what=f"time between two bookings with {stored:,} stored",
        unit="µs",
        ours=[1e6 / each.rate for each in many],
        beside=beside,
        theirs=[1e6 / each.rate for each in few],
        goal="≤ 1.1 ×",
    )
    yield Figure(
        what=f"processor time of a booking with {stored:,} stored",
        unit="µs",
        ours=[each.cost for each in many],
        beside=beside,
        theirs=[each.cost for each in few],
        goal="≤ 1.1 ×",
    )


def storm(folder: Path, template: Path, *, bare: bool = False) -> Callable[[], Storm]:
    """A turn: a server on a fresh copy of the template, and bookings for some seconds."""
    bodies = booking_bodies(ENOUGH, name_tables=bare)

    def turn() -> Storm:
        fresh_copy(template, folder)
        with server(folder, bare=bare) as (port, process):
            before = cpu_seconds(process)
            load = wrk.post_each(
                port, "/v1/reservations", bodies, seconds=SECONDS, connections=CLIENTS
            )
            spent = cpu_seconds(process) - before
            resident = process.memory_info().rss / 1e6
        return Storm(load.rate, spent / load.count * 1e6, load.p99, resident)

    return turn


def fresh_copy(template: Path, folder: Path) -> None:
    """The folder's database, anew as a copy of the template."""
    for leftover in folder.glob("bakureserve.db*"):
        leftover.unlink()
    shutil.copy(template, folder / "bakureserve.db")
    os.sync()  # or writing the copy out to disk would be counted against the first bookings


def server(folder: Path, *, bare: bool) -> AbstractContextManager[tuple[int, psutil.Process]]:
    if bare:
        return bare_server(folder / "bare.log", "booking", str(folder / "bakureserve.db"))
    return product_server(folder)


def booking_bodies(count: int, *, name_tables: bool) -> list[bytes]:
    """`count` bookings that do not conflict, spread over restaurants, days and hours.

    The bare side cannot choose a table, so its requests name one.
    """
    first = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    days = [(first + dt.timedelta(days=day)).isoformat() for day in range(90)]
    ids = [restaurant.id for restaurant in bench_restaurants()]
    places = product(range(TABLES), days, SITTINGS, ids)
    return [_booking_body(*place, name_tables) for place in islice(places, count)]


def _booking_body(table: int, day: str, sitting: str, restaurant: str, name_table: bool) -> bytes:
    body = {
        "restaurant_id": restaurant,
        "party_size": 2 + table % 3,
        "start": f"{day}T{sitting}:00+04:00",
        "guest_name": "Leyla Bench",
        "guest_phone": "+994 50 555 01 00",
    } | ({"table_id": f"t{table}"} if name_table else {})
    return json.dumps(body).encode()


if __name__ == "__main__":
    main("booking", measure)
