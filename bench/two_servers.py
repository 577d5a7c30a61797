"""Bookings through two servers on one file, beside as many clients of one server.

Run with `python -m bench.two_servers`. The servers share the file's one write lock; each commits
for all of its own that wait.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from bench import wrk
from bench.booking import CLIENTS, ENOUGH, SECONDS, booking_bodies, fresh_copy, prepare
from bench.figures import ROUNDS, Figure, Found, main
from bench.harness import cpu_seconds, product_server, turn_about

STORED = 1000


class Storm(NamedTuple):
    """Bookings a second of all servers, their microseconds of processor time for each, and the slow
    ones' milliseconds, of the slower server."""

    rate: float
    cost: float
    p99: float


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        template = folder / "template.db"
        prepare(template, STORED)
        rounds = turn_about(
            {"two": storm(folder, template, 2), "one": storm(folder, template, 1)}, ROUNDS
        )
    two, one = rounds["two"], rounds["one"]
    yield Figure(
        what=f"durable bookings through two servers, {CLIENTS} clients in all",
        unit="bookings/s",
        ours=[each.rate for each in two],
        beside="one server",
        theirs=[each.rate for each in one],
        goal="≥ 0.95 ×",
    )
    yield Figure(
        what="a booking through two servers, of the slowest 1 %",
        unit="ms",
        ours=[each.p99 for each in two],
        beside="one server",
        theirs=[each.p99 for each in one],
        goal="≤ 1.5 ×",
    )
    yield Figure(
        what="processor time of a booking through two servers",
        unit="µs",
        ours=[each.cost for each in two],
        beside="one server",
        theirs=[each.cost for each in one],
    )


def storm(folder: Path, template: Path, servers: int) -> Callable[[], Storm]:
    """A turn: as many servers on a fresh copy of the template, and each client at one of them."""
    bodies = booking_bodies(ENOUGH, name_tables=False)
    shares = [bodies[number::servers] for number in range(servers)]

    def turn() -> Storm:
        fresh_copy(template, folder)
        with ExitStack() as opened:
            ports, processes = zip(
                *(
                    opened.enter_context(product_server(folder, log=f"server-{number}.log"))
                    for number in range(servers)
                ),
                strict=True,
            )
            before = sum(map(cpu_seconds, processes))
            with ThreadPoolExecutor(servers) as clients:
                loads = list(clients.map(book, ports, shares))
            spent = sum(map(cpu_seconds, processes)) - before
        taken = sum(load.count for load in loads)
        return Storm(
            sum(load.rate for load in loads),
            spent / taken * 1e6,
            max(load.p99 for load in loads),
        )

    def book(port: int, share: list[bytes]) -> wrk.Answers:
        return wrk.post_each(
            port, "/v1/reservations", share, seconds=SECONDS, connections=CLIENTS // servers
        )

    return turn


if __name__ == "__main__":
    main("two_servers", measure)
