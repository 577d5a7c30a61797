"""2,000 bookings a second for a minute, each sent when it is due, with notices and without.

Run with `python -m bench.sustained`. Latencies count from when a booking is due, however many wait.
Then how long until the notices of the last booking are written.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import uvloop

from bench.booking import booking_bodies, fresh_copy, prepare
from bench.figures import ROUNDS, Figure, Found, main, sized
from bench.harness import cpu_seconds, product_server, turn_about
from bench.load import Load, request, run_at
from bench.reading import fetch
from bench.wrk import JSON

RATE = 2000
SECONDS = sized(smoke=1, short=10, long=60)
STORED = 1000
CONNECTIONS = 512
PATIENCE = 120.0
UNREAD = re.compile(rb"^bakureserve_outbox_unread_seconds (\S+)$", re.MULTILINE)


class Storm(NamedTuple):
    """Bookings a second, the slow ones' milliseconds, the server's microseconds of processor time
    for each until nothing is left to do, and how many seconds that was after the last answer."""

    rate: float
    p99: float
    cost: float
    backlog: float


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        template = folder / "template.db"
        prepare(template, STORED)
        rounds = turn_about(
            {
                "with notices": storm(folder, template, notices=True),
                "without": storm(folder, template, notices=False),
            },
            ROUNDS,
        )
    ours, without = rounds["with notices"], rounds["without"]
    yield Figure(
        what=f"{RATE:,} bookings/s for {SECONDS} s: taken",
        unit="bookings/s",
        ours=[each.rate for each in ours],
        beside="without notices",
        theirs=[each.rate for each in without],
        goal=f"≥ {0.98 * RATE:,.0f} bookings/s",
    )
    yield Figure(
        what="a booking of these, of the slowest 1 %",
        unit="ms",
        ours=[each.p99 for each in ours],
        beside="without notices",
        theirs=[each.p99 for each in without],
    )
    yield Figure(
        what="processor time of a booking of these and its notices",
        unit="µs",
        ours=[each.cost for each in ours],
        beside="without notices",
        theirs=[each.cost for each in without],
    )
    yield Figure(
        what="until the last notices of these are written",
        unit="s",
        ours=[each.backlog for each in ours],
        goal="≤ 10 s",
    )


def storm(folder: Path, template: Path, *, notices: bool) -> Callable[[], Storm]:
    """A turn: a server on a fresh copy of the template, and bookings at the rate."""
    messages = [
        request("POST", "/v1/reservations", headers=JSON, body=body)
        for body in booking_bodies(RATE * SECONDS, name_tables=False)
    ]

    def turn() -> Storm:
        fresh_copy(template, folder)
        settings = {
            "NOTIFY_ENABLED": "on" if notices else "off",
            "MAX_CONNECTIONS_PER_CLIENT": str(CONNECTIONS),
        }
        with product_server(folder, **settings) as (port, process):
            before = cpu_seconds(process)
            load: Load = uvloop.run(run_at(port, messages, rate=RATE, most=CONNECTIONS))
            backlog = seconds_until_done(port)
            spent = cpu_seconds(process) - before
        if set(load.statuses) != {201}:
            raise SystemExit(f"not every booking was taken: {load.statuses}")
        taken = len(load.latencies)
        return Storm(taken / load.seconds, load.percentile(99) * 1e3, spent / taken * 1e6, backlog)

    return turn


def seconds_until_done(port: int) -> float:
    """How long the server needs from now until no event waits for its notices."""
    began = time.monotonic()
    while (waited := time.monotonic() - began) < PATIENCE:
        found = UNREAD.search(fetch(port, "/metrics"))
        if found and not float(found[1]):
            return waited
        time.sleep(0.1)
    raise SystemExit(f"notices are not written after {PATIENCE:.0f} s")


if __name__ == "__main__":
    main("sustained", measure)
