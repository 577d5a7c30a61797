"""The list, one restaurant, a day's availability and a booking, beside what others would write.

Run with `python -m bench.peers`. The peers have what a server of theirs needs for these four calls
and nothing else: no limiter, no metrics, no access log, no notices. Every answer is compared with
ours first. Versions are pinned in `bench/peers/*.txt`, and installed outside the checkout.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import psutil

from bench import wrk
from bench.booking import booking_bodies, prepare
from bench.figures import ROUNDS, Figure, Found, main, number, sized
from bench.harness import cpu_seconds, product_server, turn_about
from bench.peers.servers import PEERS, fill, serving, world
from bench.reading import Server, fetch, load, longest_day

SECONDS = sized(smoke=0.5, short=3.0, long=5.0)
A_SECONDS = 10_000
"""More bookings than any side takes in a second."""
WARMING = sized(smoke=2, short=30, long=30)
"""Bookings one after another, while a side does everything for the first time."""
PATH = "/v1/reservations"
OURS = "ours"
ITS_OWN = ("id", "created_at", "updated_at")
"""What two bookings of the same differ in."""

Turn = tuple[float, float]
"""Answers a second, and microseconds of the server's processor time for one."""


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        yield from read(Path(name))
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        yield from book(Path(name))


def read(folder: Path) -> Iterator[Figure]:
    with ExitStack() as stack:
        ours = stack.enter_context(product_server(folder, seed=True, dev=False))
        port, _ = ours
        world_file = folder / "world.json"
        world(port, folder / "bakureserve.db", world_file)
        servers = {OURS: ours}
        for place, peer in enumerate(PEERS):
            database = folder / f"peer{place}.db"
            fill(peer, world_file, database)
            started = serving(peer, database, folder / f"peer{place}.log")
            servers[peer.name] = stack.enter_context(started)
        restaurants = json.loads(fetch(port, "/v1/restaurants"))
        paths = {
            f"the list of {len(restaurants)} restaurants": "/v1/restaurants",
            "one restaurant": f"/v1/restaurants/{restaurants[0]['slug']}",
            "a day's availability": longest_day(port, restaurants),
        }
        for what, path in paths.items():
            expect_same(servers, path)
            for server in servers.values():
                load(server, path, (), seconds=1.0)()  # to warm up
            sides = {name: load(server, path, ()) for name, server in servers.items()}
            yield from beside_peers(what, "answers/s", turn_about(sides, ROUNDS))


def expect_same(servers: dict[str, Server], path: str) -> None:
    """Exits where a peer does not give our answer."""
    answers = {name: json.loads(fetch(port, path)) for name, (port, _) in servers.items()}
    for name, answer in answers.items():
        if answer != answers[OURS]:
            raise SystemExit(f"{path}: {name} answered {str(answer)[:2000]}")


def beside_peers(what: str, unit: str, rounds: dict[str, list[Turn]]) -> Iterator[Figure]:
    ours = rounds[OURS]
    for name, theirs in rounds.items():
        if name != OURS:
            mine, its = (number(min(cost for _, cost in side)) for side in (ours, theirs))
            yield Figure(
                what=what,
                unit=unit,
                ours=[rate for rate, _ in ours],
                beside=name,
                theirs=[rate for rate, _ in theirs],
                goal="> 1 ×",
                note=f"{mine} µs of processor time each, beside {its}",
            )


def book(folder: Path) -> Iterator[Figure]:
    template, world_file = folder / "ours.db", folder / "world.json"
    prepare(template, 0)
    sides = {OURS: Booked(template, lambda database, _: product_server(database.parent))}
    with sides[OURS].serving() as (port, _, database):
        world(port, database, world_file)
    for place, peer in enumerate(PEERS):
        empty = folder / f"peer{place}.db"
        fill(peer, world_file, empty)
        sides[peer.name] = Booked(empty, partial(serving, peer))
    answers = {name: side.one_answer() for name, side in sides.items()}
    for name, answer in answers.items():
        if answer != answers[OURS]:
            raise SystemExit(f"{name} answered {answer}, and not {answers[OURS]}")
    turns = {name: side.turn for name, side in sides.items()}
    yield from beside_peers("a durable booking", "bookings/s", turn_about(turns, ROUNDS))


@dataclass(frozen=True)
class Booked:
    """A side that books: from a fresh copy of its template each time."""

    template: Path
    serve: Callable[[Path, Path], AbstractContextManager[Server]]

    @contextmanager
    def serving(self) -> Iterator[tuple[int, psutil.Process, Path]]:
        with tempfile.TemporaryDirectory(dir=self.template.parent) as name:
            database = Path(name, "bakureserve.db")
            shutil.copy(self.template, database)
            os.sync()  # or writing the copy out to disk would be counted against the bookings
            with self.serve(database, Path(name, "server.log")) as (port, process):
                yield port, process, database

    def one_answer(self) -> dict[str, Any]:
        """What the first booking is answered with, but for what is its own."""
        with self.serving() as (port, _, _):
            (body,) = booking_bodies(1, name_tables=False)
            made = book_one(port, body)
        return {name: value for name, value in made.items() if name not in ITS_OWN}

    def turn(self) -> Turn:
        bodies = booking_bodies(WARMING + int(SECONDS * A_SECONDS), name_tables=False)
        with self.serving() as (port, process, _):
            for body in bodies[:WARMING]:
                book_one(port, body)
            before = cpu_seconds(process)
            answers = wrk.post_each(port, PATH, bodies[WARMING:], seconds=SECONDS)
            return answers.rate, (cpu_seconds(process) - before) / answers.count * 1e6


def book_one(port: int, body: bytes) -> dict[str, Any]:
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}{PATH}", data=body, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(sent) as answer:
        made: dict[str, Any] = json.load(answer)
        return made


if __name__ == "__main__":
    main("peers", measure)
