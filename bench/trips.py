"""How well the kitchen's start is timed, over seeded drives through a real OSRM.

Run with `python -m bench.trips` (`TRIPS=1000` for more). Every drive has its own pace; some meet a
jam, make a detour with a stop, or send nothing for minutes, and all locations have errors. The
right moment is 15 minutes before the true arrival (mains, 20 minutes, less 5 for seating). Beside
it the naive rule runs on the same pings: the last ETA counted from the last ping.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.kit.roads.drives import Drive, Router, drives
from tests.kit.roads.firing import Outcome, outcome
from tests.kit.roads.grid import StreetGrid
from tests.kit.roads.osrm import Osrm, build_roads, osrm_home

TRIPS = int(os.environ.get("TRIPS", "600"))
FIRST_SEED = 10_000
"""The forecast's constants were chosen on drives 0 to 299, so those are not measured."""
TOWN = StreetGrid(rows=50, columns=50)
PERCENTILES = (5, 10, 25, 50, 75, 90, 95)

KINDS: dict[str, Callable[[Drive], bool]] = {
    "all": lambda _: True,
    "neither jam nor detour": lambda drive: not (drive.jam_seconds or drive.detour),
    "with a jam": lambda drive: drive.jam_seconds > 0,
    "with a detour": lambda drive: drive.detour,
}


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank."""
    ascending = sorted(values)
    return ascending[max(0, -(-len(ascending) * int(percent) // 100) - 1)]


def main() -> None:
    home = osrm_home()
    if home is None:
        raise SystemExit("there is no OSRM: `make install` fetches it")
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as folder:
        osrm = Osrm(home, build_roads(home, TOWN, Path(folder)))
        osrm.start()
        try:
            router, seeds = Router(osrm), range(FIRST_SEED, FIRST_SEED + TRIPS)
            outcomes = [outcome(drive, router) for drive in drives(TOWN, router, seeds)]
        finally:
            osrm.stop()
    report(outcomes)


def report(outcomes: Sequence[Outcome]) -> None:
    """Print both rules' errors, as size and as distribution, in seconds."""
    for kind, belongs in KINDS.items():
        chosen = [each for each in outcomes if belongs(each.drive)]
        print(f"{kind}: {len(chosen)} drives, error in seconds")
        for name, errors in (
            ("ours", [each.ours for each in chosen]),
            ("last ETA", [each.last_eta for each in chosen]),
        ):
            sizes = [abs(each) for each in errors]
            spread = " ".join(f"{percentile(errors, each):+.0f}" for each in PERCENTILES)
            print(
                f"  {name:>8}: median {percentile(sizes, 50):.0f}, p90 {percentile(sizes, 90):.0f},"
                f" mean {sum(sizes) / len(sizes):.0f};"
                f" p{'/'.join(map(str, PERCENTILES))} {spread}"
            )
    print(f"starts told more than once: {sum(each.starts != 1 for each in outcomes)}")


if __name__ == "__main__":
    main()
