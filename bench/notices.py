"""What notices take after a booking, and whether they keep up with 2,000 bookings a second.

Run with `python -m bench.notices`. Notices are as a new user has them: there is no mail server, and
restaurants have no webhooks. A long run lasts a minute, a short one ten seconds.
"""

from __future__ import annotations

import datetime as dt
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import uvloop

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.runtime import open_runtime
from bakureserve.settings import Settings
from bakureserve.store import audit
from bakureserve.store.codec import new_id
from bakureserve.store.database import write_alone
from bakureserve.store.transaction import Transaction
from bench import wrk
from bench.booking import CLIENTS, bench_restaurants, booking_bodies, fresh_copy, prepare
from bench.figures import ROUNDS, Figure, Found, main, sized
from bench.harness import product_server

SECONDS = sized(smoke=0.2, short=10.0, long=60.0)
ENOUGH = int(SECONDS * 5_000)
EVENTS = sized(smoke=500, short=20_000, long=100_000)
BURSTS = sized(smoke=1, short=1, long=3)
LONGEST_WAIT = 120.0
BEHIND = (
    "select (select max(id) from event) - (select event_id from outbox_cursor)"
    " + (select count(*) from outbox_delivery where status in ('waiting', 'sending'))"
)


class Burst(NamedTuple):
    """Bookings a second that were answered, the slow ones' milliseconds, and the seconds after the
    last until every notice was written or sent."""

    rate: float
    p99: float
    lag: float


def later_work(folder: Path, template: Path) -> float:
    """Milliseconds of processor time for the notice of one booking."""
    fresh_copy(template, folder)
    settings = Settings(data_dir=folder, seed=False)
    houses, now = bench_restaurants(), dt.datetime.now(dt.UTC)

    def happen(transaction: Transaction) -> None:
        for number in range(EVENTS):
            reservation = new_id(now)
            audit.record(
                transaction,
                actor=cli_actor("bench"),
                now=now,
                action="reservation.booked",
                noun_id=reservation,
                restaurant_id=houses[number % len(houses)].id,
                reservation_id=reservation,
                event={"version": 1, "status": "booked"},
            )

    async def plan() -> float:
        async with open_runtime(settings) as runtime:
            await runtime.outbox.plan()  # what the template has left
            write_alone(settings.database_path, happen, busy_timeout=5)
            before = time.process_time()
            await runtime.outbox.plan()
            return time.process_time() - before

    spent = uvloop.run(plan())
    written = sum(len(file.read_bytes().splitlines()) for file in folder.glob("outbox/*.jsonl"))
    if written != EVENTS:
        raise SystemExit(f"{written} lines for {EVENTS} events")
    for file in folder.glob("outbox/*"):
        file.unlink()
    return spent / EVENTS * 1e3


def burst(folder: Path, template: Path) -> Callable[[], Burst]:
    bodies = booking_bodies(ENOUGH, name_tables=False)

    def turn() -> Burst:
        fresh_copy(template, folder)
        with product_server(folder) as (port, _):
            load = wrk.post_each(
                port, "/v1/reservations", bodies, seconds=SECONDS, connections=CLIENTS
            )
            return Burst(load.rate, load.p99, lag(folder))

    return turn


def lag(folder: Path) -> float:
    """The seconds until nothing is left to be told."""
    began = time.perf_counter()
    with closing(sqlite3.connect(folder / "bakureserve.db", timeout=5)) as store:
        while store.execute(BEHIND).fetchone()[0]:
            if time.perf_counter() - began > LONGEST_WAIT:
                raise SystemExit("notices do not catch up")
            time.sleep(0.02)
    return time.perf_counter() - began


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        template = folder / "template.db"
        prepare(template, 1000)
        work = [later_work(folder, template) for _ in range(ROUNDS)]
        yield Figure(
            what="processor time of a booking's notice", unit="ms", ours=work, goal="≤ 0.3 ms"
        )
        turn = burst(folder, template)
        bursts = [turn() for _ in range(BURSTS)]
    yield Figure(
        what=f"durable bookings with notices for {SECONDS:.0f} s, {CLIENTS} clients",
        unit="bookings/s",
        ours=[each.rate for each in bursts],
        goal="≥ 2,000 bookings/s",
    )
    yield Figure(
        what="a booking meanwhile, of the slowest 1 %",
        unit="ms",
        ours=[each.p99 for each in bursts],
    )
    yield Figure(
        what="until every notice of them was written",
        unit="s",
        ours=[each.lag for each in bursts],
        goal="≤ 10 s",
    )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main("notices", measure)
