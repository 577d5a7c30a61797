"""Reading the directory and a day's availability, beside aiohttp answering the very same bytes.

Run with `python -m bench.reading`. The server runs with everything on: limiter, metrics, access
log. Both sides take turns in one run on one machine; the ratio counts, not the numbers.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import tempfile
import urllib.request
from pathlib import Path
from statistics import median

import uvloop

from bench.harness import bare_server, product_server
from bench.load import Load, request, run_for

ROUNDS = int(os.environ.get("ROUNDS", "3"))
SECONDS = float(os.environ.get("SECONDS", "3"))
CLIENTS = 32


def fetch(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        body: bytes = answer.read()
        return body


def turn(port: int, path: str) -> Load:
    load = uvloop.run(run_for(port, request("GET", path), seconds=SECONDS, connections=CLIENTS))
    if set(load.statuses) != {200}:
        raise SystemExit(f"{path} was not always answered: {load.statuses}")
    return load


def compare(folder: Path, port: int, path: str) -> None:
    """The server and the bare handler turn about on one path; their ratio."""
    bytes_file = folder / "answer"
    bytes_file.write_bytes(fetch(port, path))
    bare: list[float] = []
    product: list[float] = []
    with bare_server(folder / "bare.log", "bytes", str(bytes_file)) as bare_port:
        for _ in range(ROUNDS):
            bare.append(turn(bare_port, path).requests_per_second)
            product.append(turn(port, path).requests_per_second)
    limit, reached = median(bare), median(product)
    print(
        f"{path} ({bytes_file.stat().st_size:,} bytes): bare {limit:,.0f}/s,"
        f" product {reached:,.0f}/s: {reached / limit:.0%} of it"
    )


def _longest_day(port: int, restaurants: list[dict[str, str]]) -> str:
    """The day with the longest answer, a week ahead."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=7)
    paths = [
        f"/v1/restaurants/{restaurant['slug']}/availability?date={day}&party_size=2"
        for restaurant in restaurants
    ]
    return max(paths, key=lambda path: len(fetch(port, path)))


def main() -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        with product_server(folder, seed=True) as (port, process):
            restaurants = json.loads(fetch(port, "/v1/restaurants?limit=50"))
            compare(folder, port, "/v1/restaurants")
            compare(folder, port, _longest_day(port, restaurants))
            print(f"resident after the run: {process.memory_info().rss / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
