"""Reading the list, one restaurant and a day's availability, beside aiohttp with the same bytes.

Run with `python -m bench.reading`. The server runs as guests meet it, with everything on: limiter
(at a limit that refuses none), metrics and access log. The other side is a bare aiohttp handler
that answers the very same bytes from memory. Both take turns on one machine; the ratio counts.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from bench import wrk
from bench.figures import ROUNDS, Figure, Found, main, sized
from bench.harness import bare_server, cpu_seconds, product_server, turn_about

SECONDS = sized(smoke=0.1, short=3.0, long=5.0)
WARMING = sized(smoke=0.1, short=1.0, long=1.0)
PAST_THE_FRONT: wrk.Headers = (("X-Request-ID", "bench-0000000000"),)
"""A header with which a read is not answered from the front cache, but on the ordinary path."""

Server = tuple[int, psutil.Process]


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        with product_server(folder, seed=True, dev=False) as ours:
            port, process = ours
            restaurants = json.loads(fetch(port, "/v1/restaurants"))
            paths = {
                f"the list of {len(restaurants)} restaurants": "/v1/restaurants",
                "one restaurant": f"/v1/restaurants/{restaurants[0]['slug']}",
                "a day's availability": longest_day(port, restaurants),
            }
            for what, path in paths.items():
                yield from beside_bare(folder, ours, what, path, goal="≥ 1.2 ×")
            for what, path in paths.items():
                told = f"{what}, on the ordinary path"
                yield from beside_bare(folder, ours, told, path, goal="≥ 0.5 ×", past=True)
            resident = process.memory_info().rss / 1e6
            yield Figure(what="resident after this", unit="MB", ours=[resident], goal="< 120 MB")


def beside_bare(
    folder: Path, ours: Server, what: str, path: str, *, goal: str, past: bool = False
) -> Iterator[Figure]:
    """Answers a second of both sides, and processor time of each server for one answer."""
    body = folder / "answer"
    body.write_bytes(fetch(ours[0], path))
    headers = PAST_THE_FRONT if past else ()
    with bare_server(folder / "bare.log", "bytes", str(body)) as bare:
        for server in (ours, bare):
            load(server, path, headers, seconds=WARMING)()  # to warm up
        measured = turn_about(
            {
                "ours": load(ours, path, headers),
                "bare": load(bare, path, headers),
            },
            ROUNDS,
        )
    rates, costs = (
        {side: [each[of] for each in rounds] for side, rounds in measured.items()} for of in (0, 1)
    )
    size = f"{body.stat().st_size / 1000:.1f} KB"
    yield Figure(
        what=f"{what} ({size})",
        unit="answers/s",
        ours=rates["ours"],
        beside="bare aiohttp",
        theirs=rates["bare"],
        goal=goal,
    )
    yield Figure(
        what=f"{what}: processor time of an answer",
        unit="µs",
        ours=costs["ours"],
        beside="bare aiohttp",
        theirs=costs["bare"],
    )


def load(
    server: Server, path: str, headers: wrk.Headers, seconds: float = SECONDS
) -> Callable[[], tuple[float, float]]:
    """A turn: answers a second, and the server's processor time for each in microseconds."""
    port, process = server

    def turn() -> tuple[float, float]:
        before = cpu_seconds(process)
        answers = wrk.read(port, path, seconds=seconds, headers=headers)
        return answers.rate, (cpu_seconds(process) - before) / answers.count * 1e6

    return turn


def fetch(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        body: bytes = answer.read()
        return body


def longest_day(port: int, restaurants: list[dict[str, str]]) -> str:
    """The path of the longest availability, a week ahead."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)
    paths = [
        f"/v1/restaurants/{restaurant['slug']}/availability?date={day}&party_size=2"
        for restaurant in restaurants
    ]
    return max(paths, key=lambda path: len(fetch(port, path)))


if __name__ == "__main__":
    main("reading", measure)
