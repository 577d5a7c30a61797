"""What a server did of late: each figure of the last minute beside its line over the last ten."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from bakureserve.cli.screens.charts import HEIGHTS, spark
from bakureserve.cli.screens.layout import GAP, Column, table, text
from bakureserve.cli.screens.marks import BAD, WARNING
from bakureserve.cli.sizes import size
from bakureserve.cli.spans import span

if TYPE_CHECKING:
    from rich.table import Table
    from rich.text import Text

Json = Mapping[str, Any]

_MINUTE, _HIGHEST = "LAST MIN", "HIGHEST"
_REQUESTS, _PROCESS = "cyan", "blue"
_FEWEST_CELLS = 8


class _Line(NamedTuple):
    """A figure: of the last minute, its points, the oldest first, and the highest of them."""

    name: str
    minute: str
    points: Sequence[float]
    highest: str
    style: str


def last_minutes(figures: Json, width: int) -> Table:
    """The lines of a status page, so long that the table is `width` characters wide."""
    lines = [*_requests(figures), *_process(figures)]
    beside = [(line.name, line.minute, line.highest) for line in lines]
    titles = ("", _MINUTE, _HIGHEST)
    taken = sum(max(map(len, column)) for column in zip(titles, *beside, strict=True))
    cells = max(width - taken - 4 * GAP, _FEWEST_CELLS)
    columns = (
        Column[_Line]("", lambda line: text(line.name, "bold")),
        Column[_Line](_MINUTE, lambda line: text(line.minute), justify="right"),
        Column[_Line](_period(figures["history"]), lambda line: _drawn(line, cells)),
        Column[_Line](_HIGHEST, lambda line: text(line.highest), justify="right"),
    )
    return table(lines, columns, width)


def _period(history: Json) -> str:
    seconds = history["every_seconds"] * len(history["p99_ms"])
    return f"LAST {span(seconds)}" if seconds else "NOT YET"


def _requests(figures: Json) -> Iterator[_Line]:
    history, minute = figures["history"], figures["requests"]
    rates, slowest = history["requests_per_second"], history["p99_ms"]
    yield _Line("requests", _rate(minute["per_second"]), rates, _rate(_most(rates)), _REQUESTS)
    nearly_all = milliseconds(minute["p99_ms"])
    yield _Line("99 % in", nearly_all, slowest, milliseconds(_most(slowest)), _REQUESTS)
    refused = sum(history["refused"][-round(60 / history["every_seconds"]) :])
    yield _counts("failed", minute["failed"], history, BAD.style)
    yield _counts("refused", refused, history, WARNING.style)


def _counts(name: str, minute: int, history: Json, style: str) -> _Line:
    points = history[name]
    highest = f"{_most(points):.0f} in {span(history['every_seconds'])}"
    return _Line(name, str(minute), points, highest, style)


def _process(figures: Json) -> Iterator[_Line]:
    history, process = figures["history"], figures["process"]
    busy, late, held = (history[n] for n in ("processor", "loop_lag_ms", "resident_bytes"))
    yield _Line("processor", _share(process["processor"]), busy, _share(_most(busy)), _PROCESS)
    worst = milliseconds(process["loop_lag"]["worst_ms"])
    yield _Line("loop lag", worst, late, milliseconds(_most(late)), _PROCESS)
    if process["resident_bytes"] is not None:
        yield _Line("memory", size(process["resident_bytes"]), held, size(_most(held)), _PROCESS)


def _drawn(line: _Line, cells: int) -> Text:
    """The line so many characters wide, with now at its right end."""
    points = peaks(line.points, cells)
    drawn = spark(points) or HEIGHTS[0] * len(points)
    return text(drawn.rjust(cells), line.style if any(points) else "dim")


def peaks(points: Sequence[float], most: int) -> list[float]:
    """All points or, of more than `most`, the highest of neighbours: no peak is lost."""
    if len(points) <= most:
        return list(points)
    bounds = [len(points) * each // most for each in range(most + 1)]
    return [max(points[begin:end]) for begin, end in pairwise(bounds)]


def milliseconds(length: float) -> str:
    """Three digits, in seconds from a thousand on."""
    return f"{length:.3g} ms" if length < 999.5 else f"{length / 1000:.3g} s"


def _most(points: Sequence[float]) -> float:
    return max(points, default=0)


def _rate(per_second: float) -> str:
    return f"{per_second:.3g}/s" if per_second < 999.5 else f"{per_second:.0f}/s"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
