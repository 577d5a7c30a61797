"""How long `--help` takes, and how soon the server answers.

Run with `python -m bench.startup`. The first start creates, migrates and fills the database.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, Found, main, sized
from bench.harness import product_server

ROUNDS = sized(smoke=1, short=5, long=9)


def time_help() -> float:
    """Seconds of `bakureserve --help`, with the console script's own interpreter."""
    program = Path(sys.executable).with_name("bakureserve")
    started = time.perf_counter()
    subprocess.run([program, "--help"], check=True, capture_output=True)
    return time.perf_counter() - started


def time_start(folder: Path) -> tuple[float, float]:
    """Seconds from the command to the first answer, and the server's resident megabytes."""
    started = time.perf_counter()
    with product_server(folder, seed=True) as (port, process):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/restaurants").read()
        return time.perf_counter() - started, process.memory_info().rss / 1e6


def measure() -> Iterator[Found]:
    yield Figure(
        what="`bakureserve --help`",
        unit="s",
        ours=[time_help() for _ in range(ROUNDS)],
        goal="< 0.3 s",
    )
    first, again = [], []
    for _ in range(ROUNDS):
        with tempfile.TemporaryDirectory() as name:
            first.append(time_start(Path(name)))
            again.append(time_start(Path(name)))
    yield Figure(
        what="to the first answer, with migrations and sample restaurants",
        unit="s",
        ours=[seconds for seconds, _ in first],
        goal="< 1.5 s",
    )
    yield Figure(
        what="to the first answer, on that database", unit="s", ours=[each for each, _ in again]
    )
    yield Figure(what="resident then", unit="MB", ours=[resident for _, resident in again])


if __name__ == "__main__":
    main("startup", measure)
