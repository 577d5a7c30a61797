"""A million reservations: their whole list, filters that match nothing, the start, and an import
beside guests who book.

Run with `python -m bench.reservations`. The databases are made once, and kept in `BENCH_DIR` or the
system's temporary folder.
"""

from __future__ import annotations

import datetime as dt
import http.client
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from statistics import median
from typing import NamedTuple

from bakureserve.store import migrator
from bakureserve.store.codec import to_us
from bakureserve.store.database import write_alone
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from bench.booking import SITTINGS, TABLES, bench_restaurants
from bench.figures import ROUNDS, Figure, Found, main, sized
from bench.harness import product_server, turn_about
from bench.import_json import write_files

FEW = 1000
MANY = sized(smoke=2000, short=1_000_000, long=1_000_000)
IMPORTED = sized(smoke=200, short=50_000, long=50_000)
ALONE_SECONDS = sized(smoke=0.2, short=3.0, long=10.0)
SMALL_READ = "/v1/restaurants?limit=10"
NO_MATCH = "/v1/reservations?status=seated"
JSON = {"Content-Type": "application/json"}
READ_ALL = """
import sys, urllib.request
with urllib.request.urlopen(sys.argv[1]) as answer:
    while answer.read(1 << 20): pass
"""
KEPT = Path(os.environ.get("BENCH_DIR", tempfile.gettempdir())) / "bakureserve-bench"

PAST = """
with recursive numbers(n) as (select 0 union all select n + 1 from numbers where n + 1 < :count),
tables(place, key, restaurant_id) as
    (select row_number() over (order by key) - 1, key, restaurant_id from dining_table),
starts as (select n, key, restaurant_id, :newest - n / :tables * 7200000000 as at
    from numbers join tables on place = n % :tables)
insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at, held_until,
    service_date, guest_name, guest_phone, status, owner_id, created_at, updated_at, version)
select printf('%08x-0000-7000-8000-%012x', :count - n, n), restaurant_id, key, 2, at,
    at + 7000000000, at + 7000000000, date(at / 1000000, 'unixepoch'), 'Guest', '',
    case when n % 10 then 'completed' else 'cancelled' end, 'guest-' || n % 5000, at, at, 1
from starts"""


def database_of(stored: int) -> Path:
    """A database of this schema with so many reservations of the past, all of them settled."""
    migrations = sorted(each.stem for each in migrator.MIGRATIONS.glob("[0-9]*.py"))
    path = KEPT / f"{stored}-{migrations[-1]}.db"
    if path.exists():
        return path
    KEPT.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    unfinished.unlink(missing_ok=True)
    migrator.up(unfinished, busy_timeout=5)
    now = dt.datetime.now(dt.UTC)
    houses = bench_restaurants()

    def furnish(transaction: Transaction) -> None:
        for house in houses:
            restaurants.insert(transaction, house, source="operator", now=now)

    write_alone(unfinished, furnish, busy_timeout=5)
    with closing(sqlite3.connect(unfinished)) as connection:
        connection.executescript("pragma synchronous = off; pragma cache_size = -400000")
        newest = to_us(now - dt.timedelta(days=2))
        tables = len(houses) * TABLES
        connection.execute(PAST, {"count": stored, "newest": newest, "tables": tables})
        connection.commit()
        connection.execute("pragma wal_checkpoint(truncate)")
    unfinished.rename(path)
    return path


def placed(folder: Path, stored: int) -> Path:
    """A data folder with that database."""
    data = folder / str(stored)
    data.mkdir()
    shutil.copy(database_of(stored), data / "bakureserve.db")
    return data


def timed(connection: http.client.HTTPConnection, path: str) -> float:
    """Milliseconds of one call, which must be answered."""
    started = time.perf_counter()
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path}: {answer.status}")
    return (time.perf_counter() - started) * 1e3


def while_it_holds(
    holds: Callable[[], bool], connection: http.client.HTTPConnection
) -> list[float]:
    """What small reads take, one after another with a pause, in milliseconds."""
    took = []
    while holds():
        took.append(timed(connection, SMALL_READ))
        time.sleep(0.002)
    return took


class WholeList(NamedTuple):
    """What small reads take, alone and beside the list, in milliseconds; the list's seconds; and
    the megabytes that it took at most."""

    alone: list[float]
    beside: list[float]
    seconds: float
    grown: float


def read_all(data: Path) -> WholeList:
    with product_server(data) as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        end = time.perf_counter() + ALONE_SECONDS
        alone = while_it_holds(lambda: time.perf_counter() < end, connection)
        resident = [process.memory_info().rss]
        started = time.perf_counter()
        address = f"http://127.0.0.1:{port}/v1/reservations"
        reading = subprocess.Popen([sys.executable, "-c", READ_ALL, address])

        def goes_on() -> bool:
            resident.append(process.memory_info().rss)
            return reading.poll() is None

        beside = while_it_holds(goes_on, connection)
        if reading.returncode:
            raise SystemExit("the list was not sent whole")
    seconds = time.perf_counter() - started
    return WholeList(alone, beside, seconds, (max(resident) - resident[0]) / 1e6)


def look_for_nothing(data: Path) -> float:
    """Milliseconds of a list by a status that no reservation has, the median of 21."""
    with product_server(data) as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        return median(timed(connection, NO_MATCH) for _ in range(21))


def start(data: Path) -> float:
    """Seconds from the command to the first answer."""
    started = time.perf_counter()
    with product_server(data) as (port, _):
        timed(http.client.HTTPConnection("127.0.0.1", port), SMALL_READ)
        return time.perf_counter() - started


class Import(NamedTuple):
    """Seconds of an import and of the same one again, the slowest booking beside each in
    milliseconds, and how many bookings were refused."""

    seconds: float
    slowest: float
    seconds_again: float
    slowest_again: float
    refused: int


def import_beside_guests(data: Path, old: Path) -> Import:
    wishes = all_wishes()
    with product_server(data, BOOKINGS_PER_GUEST="0") as (port, _):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        statuses: Counter[int] = Counter()
        found = []
        for _ in range(2):
            command = [sys.executable, "-m", "bakureserve", "migrate-json", str(old)]
            started = time.perf_counter()
            importing = subprocess.Popen(
                [*command, "--data-dir", str(data)],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            took = []
            while importing.poll() is None:
                asked = time.perf_counter()
                connection.request(
                    "POST", "/v1/reservations", next(wishes), {"Content-Type": "application/json"}
                )
                answer = connection.getresponse()
                answer.read()
                took.append((time.perf_counter() - asked) * 1e3)
                statuses[answer.status] += 1
                time.sleep(0.005)
            if importing.returncode not in {0, 1}:
                raise SystemExit("the import failed")
            found += [time.perf_counter() - started, max(took)]
    return Import(*found, refused=statuses.total() - statuses[201])


def all_wishes() -> Iterator[str]:
    """Bookings that the rules offer, each of a table and time of its own."""
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    for day, house, sitting, table in product(
        range(300), bench_restaurants(), SITTINGS, range(TABLES)
    ):
        yield json.dumps(
            {
                "restaurant_id": house.id,
                "party_size": 2,
                "start": f"{tomorrow + dt.timedelta(days=day)}T{sitting}",
                "guest_name": "Guest",
                "table_id": f"t{table}",
            }
        )


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        few, many = placed(folder, FEW), placed(folder, MANY)
        yield from of_the_list([read_all(many) for _ in range(ROUNDS)])
        found = turn_about(
            {"many": lambda: look_for_nothing(many), "few": lambda: look_for_nothing(few)}, ROUNDS
        )
        yield Figure(
            what=f"list by a status that none of {MANY:,} has",
            unit="ms",
            ours=found["many"],
            beside=f"of {FEW:,}",
            theirs=found["few"],
            goal="< 5 ms",
        )
        starts = turn_about({"many": lambda: start(many), "few": lambda: start(few)}, ROUNDS)
        yield Figure(
            what=f"to the first answer, with {MANY:,} reservations",
            unit="s",
            ours=starts["many"],
            beside=f"with {FEW:,}",
            theirs=starts["few"],
            goal="≤ 1.2 ×",
        )
        old = folder / "old"
        old.mkdir()
        write_files(old, IMPORTED)
        yield from of_the_import([import_afresh(folder, old) for _ in range(ROUNDS)])


def import_afresh(folder: Path, old: Path) -> Import:
    data = folder / "import"
    data.mkdir()
    shutil.copy(database_of(FEW), data / "bakureserve.db")
    try:
        return import_beside_guests(data, old)
    finally:
        shutil.rmtree(data)


def of_the_list(rounds: list[WholeList]) -> Iterator[Found]:
    for which, of in (("the slowest", max), ("p99 of a", p99)):
        yield Figure(
            what=f"{which} small read while all {MANY:,} reservations are listed",
            unit="ms",
            ours=[of(each.beside) for each in rounds],
            beside="with nothing beside it",
            theirs=[of(each.alone) for each in rounds],
            goal="< 20 ms",
        )
    yield Figure(
        what="memory that this list takes at most",
        unit="MB",
        ours=[each.grown for each in rounds],
        goal="< 100 MB",
    )
    yield Figure(what="until it is sent", unit="s", ours=[each.seconds for each in rounds])


def p99(took: list[float]) -> float:
    return sorted(took)[len(took) * 99 // 100]


def of_the_import(rounds: list[Import]) -> Iterator[Found]:
    yield Figure(
        what=f"the slowest booking while {IMPORTED:,} reservations are imported",
        unit="ms",
        ours=[each.slowest for each in rounds],
        beside="while the same are imported again",
        theirs=[each.slowest_again for each in rounds],
        goal="< 500 ms",
    )
    yield Figure(
        what="bookings refused meanwhile",
        unit="bookings",
        ours=[float(each.refused) for each in rounds],
        goal="< 1 bookings",
    )
    yield Figure(
        what="until the import has ended",
        unit="s",
        ours=[each.seconds for each in rounds],
        beside="again",
        theirs=[each.seconds_again for each in rounds],
    )


if __name__ == "__main__":
    main("reservations", measure)
