"""How well the kitchen's start is timed, over seeded drives through a real OSRM.

Run with `python -m bench.trips`. Every drive has its own pace; some meet a
jam, make a detour with a stop, or send nothing for minutes, and all locations have errors. The
right moment is 15 minutes before the true arrival (mains, 20 minutes, less 5 for seating). Beside
it the naive rule runs on the same pings: the last ETA counted from the last ping.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bench.figures import Figure, Found, main, sized
from tests.kit.roads.drives import Drive, Router, drives
from tests.kit.roads.firing import Outcome, outcome
from tests.kit.roads.grid import StreetGrid
from tests.kit.roads.osrm import Osrm, build_roads, osrm_home

TRIPS = sized(smoke=20, short=200, long=600)
FIRST_SEED = 10_000
"""The forecast's constants were chosen on drives 0 to 299, so those are not measured."""
TOWN = StreetGrid(rows=50, columns=50)
PERCENTILES = (5, 25, 50, 75, 95)

KINDS: dict[str, Callable[[Drive], bool]] = {
    "of all kinds": lambda _: True,
    "with neither jam nor detour": lambda drive: not (drive.jam_seconds or drive.detour),
    "with a jam": lambda drive: drive.jam_seconds > 0,
    "with a detour": lambda drive: drive.detour,
}


def percentile(values: Sequence[float], percent: float) -> float:
    """By nearest rank."""
    ascending = sorted(values)
    return ascending[max(0, -(-len(ascending) * int(percent) // 100) - 1)]


def measure() -> Iterator[Found]:
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
    for kind, belongs in KINDS.items():
        if chosen := [each for each in outcomes if belongs(each.drive)]:
            yield from errors(kind, chosen)
    twice = sum(each.starts != 1 for each in outcomes)
    yield Figure(
        what="drives of which the kitchen was not told once", unit="drives", ours=[float(twice)]
    )


def errors(kind: str, outcomes: Sequence[Outcome]) -> Iterator[Figure]:
    """Both rules' errors: how large half of them are, and nine tenths."""
    ours, theirs = [each.ours for each in outcomes], [each.last_eta for each in outcomes]
    for percent, said in ((50, "median error"), (90, "nine of ten errors")):
        yield Figure(
            what=f"{len(outcomes)} drives, {kind}: {said}",
            unit="s",
            ours=[percentile([abs(each) for each in ours], percent)],
            beside="the last ETA",
            theirs=[percentile([abs(each) for each in theirs], percent)],
            goal="< 1 ×",
            note=f"{distribution(ours)} beside {distribution(theirs)}" if percent == 50 else "",
        )


def distribution(seconds: Sequence[float]) -> str:
    """The percentiles of `PERCENTILES`, negative for too early."""
    return " / ".join(f"{percentile(seconds, each):+.0f}" for each in PERCENTILES)


if __name__ == "__main__":
    main("trips", measure)
