"""What a benchmark found: one way to declare it, print it and keep it for docs/performance.md.

A benchmark is a module with a generator that yields figures and curves, and ends like this:

    def measure() -> Iterator[Found]:
        yield Figure(
            what="`GET /v1/restaurants`, 30 KB",
            unit="requests/s",
            ours=[16_100, 16_300, 15_900],  # one value a round
            beside="bare aiohttp",
            theirs=[30_500, 30_700, 30_100],  # of the same rounds, turn about
            goal="≥ 0.5 ×",  # of the other side; or in the figure's own unit: "< 5 ms"
        )

    if __name__ == "__main__":
        main("reading", measure)

`python -m bench.reading` prints what it yields, and with `--out FOLDER` also keeps it there, as
`reading.json`. How much is measured follows from `BENCH=smoke`, `short` (the default) or `long`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import operator
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TypeVar

import msgspec

T = TypeVar("T")

SIZE = os.environ.get("BENCH", "short")
GOAL = re.compile(r"([<>≤≥]) ([\d.,]+) (\S.*)")
SIGNS = {"<": operator.lt, ">": operator.gt, "≤": operator.le, "≥": operator.ge}
TIMES = "×"
"""The unit of a goal that is about the ratio of both sides."""


def sized(*, smoke: T, short: T, long: T) -> T:
    """The one for this run. A smoke run only shows that a benchmark works."""
    return {"smoke": smoke, "short": short, "long": long}[SIZE]


ROUNDS = sized(smoke=1, short=3, long=5)


class Figure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One row of the page: what was measured, in every round, beside what, and what it should be.

    `goal` is a sign, a bound and a unit: `×` for the ratio to the other side, else the figure's
    own. Raises ValueError where the sides have not the same rounds, or the goal does not fit.
    """

    what: str
    unit: str
    ours: list[float]
    beside: str = ""
    theirs: list[float] = []
    goal: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.theirs and len(self.theirs) != len(self.ours):
            raise ValueError(f"{self.what}: the sides have not the same rounds")
        if bool(self.theirs) != bool(self.beside):
            raise ValueError(f"{self.what}: another side has a name and values")
        if self.goal:
            _, _, unit = self._parsed_goal()
            if unit not in ([self.unit, TIMES] if self.theirs else [self.unit]):
                raise ValueError(f"{self.what}: a goal in {unit}")

    @property
    def ratios(self) -> list[float]:
        """Ours of theirs, in each round: the machine's speed drifts, but hardly within one."""
        return [ours / theirs for ours, theirs in zip(self.ours, self.theirs, strict=False)]

    @property
    def met(self) -> bool | None:
        """Whether the median of the rounds meets the goal; None without one."""
        if not self.goal:
            return None
        sign, bound, unit = self._parsed_goal()
        return bool(SIGNS[sign](median(self.ratios if unit == TIMES else self.ours), bound))

    def _parsed_goal(self) -> tuple[str, float, str]:
        parsed = GOAL.fullmatch(self.goal)
        if parsed is None:
            raise ValueError(f"{self.what}: {self.goal!r} is no goal")
        return parsed[1], float(parsed[2].replace(",", "")), parsed[3]


class Curve(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How something grows: one line for each name, from points that need no order."""

    what: str
    x: str
    y: str
    lines: dict[str, list[tuple[float, float]]]


Found = Figure | Curve


class Results(msgspec.Struct, kw_only=True):
    """What one benchmark found, and where and when."""

    bench: str
    conditions: dict[str, str]
    figures: list[Figure] = []
    curves: list[Curve] = []


def main(bench: str, measure: Callable[[], Iterator[Found]]) -> None:
    """Measure, print each result as it comes, and keep all of them in `--out`, if it is given.

    A benchmark that fails half-way keeps nothing: its earlier results stay.
    """
    parser = argparse.ArgumentParser(description=f"Measure {bench}.")
    parser.add_argument("--out", type=Path, metavar="FOLDER", help="also keep the results there")
    found = run(bench, measure)
    if out := parser.parse_args().out:
        keep(found, out)


def run(bench: str, measure: Callable[[], Iterator[Found]]) -> Results:
    """Measure, and print each result as it comes."""
    results = Results(bench=bench, conditions=conditions())
    started = time.monotonic()
    for found in measure():
        if isinstance(found, Figure):
            results.figures.append(found)
        else:
            results.curves.append(found)
        print(told(found), flush=True)
    results.conditions["after"] = _load_average()
    results.conditions["took"] = f"{time.monotonic() - started:.0f} s"
    return results


def keep(results: Results, folder: Path) -> None:
    """Write them as the benchmark's file in `folder`, in the place of earlier ones."""
    folder.mkdir(parents=True, exist_ok=True)
    text = msgspec.json.format(msgspec.json.encode(results), indent=1)
    (folder / f"{results.bench}.json").write_bytes(text + b"\n")


def conditions() -> dict[str, str]:
    """What a figure depends on besides the code."""
    changed = _git("status", "--porcelain", "--", "bakureserve")
    return {
        "measured": f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC",
        "commit": _git("rev-parse", "--short", "HEAD") + (" with changes" if changed else ""),
        "size": SIZE,
        "processors": str(os.cpu_count()),
        "load average before": _load_average(),
        "Python": platform.python_version(),
        "aiohttp": version("aiohttp"),
        "load generator": "wrk" if shutil.which("wrk") else "our own",
    }


def _load_average() -> str:
    """Of the last minute: above what the benchmark itself makes, other work ran beside it."""
    return f"{os.getloadavg()[0]:.1f}"


def _git(*words: str) -> str:
    """What git says of the folder that is measured in; nothing outside a checkout."""
    ran = subprocess.run(["git", *words], capture_output=True, text=True, check=False)
    return ran.stdout.strip()


def told(found: Found) -> str:
    """A line for the terminal."""
    if isinstance(found, Curve):
        points = (f"{name} {x:g}: {number(y)}" for name, of in found.lines.items() for x, y in of)
        return f"{found.what} ({found.y} by {found.x}): {'; '.join(points)}"
    line = f"{found.what}: {spread(found.ours)} {found.unit}"
    if found.theirs:
        line += f"; {found.beside} {spread(found.theirs)}; {spread(found.ratios)} {TIMES}"
    if found.goal:
        line += f"; goal {found.goal}: {'met' if found.met else 'MISSED'}"
    return line + (f" ({found.note})" if found.note else "")


def spread(values: list[float]) -> str:
    """The median, and the least and the most of several rounds: `12,300 (11,900–12,500)`."""
    middle = number(median(values))
    least, most = number(min(values)), number(max(values))
    return middle if least == most else f"{middle} ({least}–{most})"


def number(value: float) -> str:
    """Three digits that count: 16,300, 97.5, 1.24, 0.042."""
    if abs(value) >= 100:
        digits = 3 - len(str(int(abs(value))))
        return f"{round(value, digits):,.0f}"
    return f"{value:.3g}"
