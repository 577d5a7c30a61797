"""What a scrape of `/metrics` takes of the server, by how many deliveries it keeps.

Run with `python -m bench.growth_scrape`.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from bench.figures import ROUNDS, Curve, Figure, Found, main, sized
from bench.growth_housekeeping import fill
from bench.harness import cpu_seconds, product_server

KEPT = sized(smoke=[100, 200], short=[1_000, 100_000], long=[1_000, 10_000, 100_000, 400_000])
SCRAPES = sized(smoke=3, short=50, long=200)
COUNTS = b"bakureserve_outbox_deliveries"


def scrapes(kept: int) -> list[float]:
    """Milliseconds of processor time of one, beyond that of reading its text."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder, kept, recent=True)
        with product_server(folder) as (port, process):
            address = f"http://127.0.0.1:{port}/metrics"
            time.sleep(1.0)  # what a start does beside
            if COUNTS not in urlopen(address).read():
                raise SystemExit("the scrape shows no deliveries")
            for _ in range(ROUNDS):
                before = cpu_seconds(process)
                for _ in range(SCRAPES):
                    urlopen(address).read()
                found.append((cpu_seconds(process) - before) / SCRAPES * 1e3)
    return found


def measure() -> Iterator[Found]:
    by_number = {kept: scrapes(kept) for kept in KEPT}
    few, *_, many = KEPT
    yield Figure(
        what=f"a scrape with {many:,} deliveries",
        unit="ms",
        ours=by_number[many],
        beside=f"with {few:,}",
        theirs=by_number[few],
        goal="< 2 ms",
    )
    yield Curve(
        what="A scrape by the deliveries that are kept",
        x="deliveries kept",
        y="ms of processor time",
        lines={"ours": [(kept, min(found)) for kept, found in by_number.items()]},
    )


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main("growth_scrape", measure)
