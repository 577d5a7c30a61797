"""A running server: the verdict first, then what it did of late, and what each part of it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from bakureserve.cli import server_facts
from bakureserve.cli.output import counted, size, span
from bakureserve.cli.screens.layout import FRAME, GAP, Column, Panel, facts, table, text
from bakureserve.cli.screens.marks import (
    BAD,
    GOOD,
    HEIGHTS,
    OFF,
    WARNING,
    bar,
    mark_of,
    marked,
    spark,
)
from bakureserve.cli.verdict import NEARLY_ALL, ServerProblem, ServerReport, verdict_on

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.table import Table
    from rich.text import Text

Json = Mapping[str, Any]

HEADLINES = {
    "healthy": "This box is fine",
    "degraded": "This box works, but needs a look",
    "unhealthy": "This box is in trouble",
}
BAR = 12
ROUTES = 5
"""How many routes with errors are listed; `status` in a pipe lists more."""
_CHECK_CELLS = 24

_MINUTE, _HIGHEST = "LAST MIN", "HIGHEST"
_REQUESTS, _PROCESS = "cyan", "blue"
_FEWEST_CELLS = 8


def draw(told: Sequence[ServerReport], now: dt.datetime, width: int) -> RenderableType:
    """The servers: the verdict on each, then the rest, the most important first."""
    from rich.console import Group

    verdicts = [_verdict(each) for each in told]
    rest = [part for each in told for part in _parts(each, now, width, named=len(told) > 1)]
    return Group(*verdicts, *rest)


def waiting(folder: str, last: tuple[str, dt.datetime] | None, now: dt.datetime) -> RenderableType:
    """A screen without servers; it says when the `last` was seen."""
    said = "One that starts appears here: bakureserve serve"
    if last is not None:
        name, seen = last
        said = f"{name} was there until {span((now - seen).total_seconds())} ago. {said}"
    title = text(f"{OFF.sign} No server runs on {folder}", WARNING.style)
    return Panel(text(said), title=title, style=WARNING.style)


def _verdict(told: ServerReport) -> Panel:
    verdict = verdict_on(told)
    mark = mark_of(verdict.state)
    return Panel(
        facts(map(_problem, verdict.problems)) if verdict.problems else _all_well(told),
        title=marked(verdict.state, HEADLINES[verdict.state]).append(f" · {told.name}"),
        aside=None if told.figures is None else _which(told.figures),
        style=mark.style,
    )


def _problem(problem: ServerProblem) -> tuple[Text, Text]:
    return marked(problem.state, problem.part), text(problem.sentence)


def _all_well(told: ServerReport) -> Text:
    looked = [each for each in (told.health or {})["checks"].values() if each["status"] == "ok"]
    answered = counted((told.figures or {})["requests"]["answered"], "request")
    return text(f"{counted(len(looked), 'check')} passed, {answered} in the last minute, 0 failed.")


def _which(figures: Json) -> Text:
    process = f"process {figures['pid']}"
    up = f"up {span(figures['uptime_seconds'])}"
    return text(" · ".join((figures["version"], process, up, *figures.get("addresses", ()))))


def _parts(told: ServerReport, now: dt.datetime, width: int, *, named: bool) -> Iterator[Panel]:
    """A server's panels below the verdict; `named` after it when there are several."""
    figures, of = told.figures, f" · {told.name}" if named else ""
    if figures is None or told.health is None:
        return
    if "history" in figures:
        yield Panel(last_minutes(figures, width - FRAME), title=text(f"of late{of}"))
    yield Panel(_checks(told.health, width - FRAME), title=text(f"checks{of}"))
    yield Panel(facts(_today(figures)), title=text(f"today{of}"))
    if figures.get("errors", {}).get("routes"):
        yield _errors(figures["errors"], width - FRAME, of)
    yield Panel(facts(_room(figures)), title=text(f"room{of}"))
    yield Panel(facts(_upkeep(figures, now)), title=text(f"upkeep{of}"))


def _checks(health: Json, width: int) -> RenderableType:
    """The checks, several to a line, failures first."""
    from rich.table import Table

    order = ("error", "degraded", "ok", "disabled")
    checks = sorted(
        health["checks"].items(),
        key=lambda check: order.index(check[1]["status"]) if check[1]["status"] in order else -1,
    )
    in_a_line = max((width + GAP) // (_CHECK_CELLS + GAP), 1)
    made = Table.grid(padding=(0, GAP, 0, 0))
    for _ in range(in_a_line):
        made.add_column(min_width=_CHECK_CELLS, overflow="fold")
    shown = [_check(*check) for check in checks]
    for first in range(0, len(shown), in_a_line):
        made.add_row(*shown[first : first + in_a_line])
    return made


def _check(name: str, found: Json) -> Text:
    shown = marked(found["status"], name)
    told = "off" if found["status"] == "disabled" else milliseconds(found["latency_ms"])
    return shown.append(f" {told}", "dim")


def _today(figures: Json) -> Iterator[tuple[str, str]]:
    yield "tables", server_facts.about_today(figures["today"])
    if "guests" in figures:
        yield "on the way", server_facts.about_guests(figures["guests"])


def _errors(errors: Json, width: int, of: str) -> Panel:
    def count(name: str, style: str) -> Column[Json]:
        return Column(name.upper(), partial(_count, name, style), justify="right")

    columns = (
        count("failed", BAD.style),
        count("refused", WARNING.style),
        Column[Json]("METHOD", lambda each: text(each["method"])),
        Column[Json]("ROUTE", lambda each: text(each["route"])),
    )
    others = len(errors["routes"]) - ROUTES + errors["other_routes"]
    return Panel(
        table(errors["routes"][:ROUTES], columns, width),
        title=text(f"errors of the last {span(errors['seconds'])}{of}"),
        aside=text(f"and at {counted(others, 'more route')}") if others > 0 else None,
    )


def _count(name: str, style: str, each: Json) -> Text:
    return text(each[name], style if each[name] else "dim")


class _Taken(NamedTuple):
    """A resource: used, available, and in words; `short` when it runs out."""

    name: str
    taken: float
    bound: float
    told: str
    short: bool = False


def _room(figures: Json) -> Iterator[tuple[str, RenderableType]]:
    for each in (*_of_the_machine(figures), *_of_memory(figures)):
        style = WARNING.style if each.short else GOOD.style
        yield each.name, bar(each.taken, each.bound, BAR, style).append(f"  {each.told}", "none")


def _of_the_machine(figures: Json) -> Iterator[_Taken]:
    if disk := figures.get("disk"):
        free, total, wanted = (disk[f"{name}_bytes"] for name in ("free", "total", "wanted"))
        told = f"{size(free)} free, {size(wanted)} should be"
        yield _Taken("disk", total - free, total, told, free < wanted)
    if process := figures.get("process"):
        if process["descriptors"] is not None:
            yield _counted("open files", process["descriptors"], process["descriptors_allowed"])
        yield _counted(
            "connections", figures["connections"]["open"], figures["connections"]["allowed"]
        )


def _of_memory(figures: Json) -> Iterator[_Taken]:
    """The caches. A full one is no fault: it evicts the oldest."""
    limiter = figures["limiter"]
    told = f"{limiter['buckets']} of {limiter['bound']} remembered"
    yield _Taken("clients", limiter["buckets"], limiter["bound"], told)
    for cache in figures["caches"]:
        told = server_facts.about_cache(cache)
        yield _Taken(f"cache {cache['name']}", cache["entries"], cache["bound"], told)


def _counted(name: str, taken: int, allowed: int) -> _Taken:
    return _Taken(name, taken, allowed, f"{taken} of {allowed}", taken > NEARLY_ALL * allowed)


def _upkeep(figures: Json, now: dt.datetime) -> Iterator[tuple[str, RenderableType]]:
    yield "database", server_facts.about_store(figures["store"], now)
    yield "writer", server_facts.about_writer(figures["writer"])
    yield "backups", server_facts.about_backups(figures["backups"], now)
    yield "outbox", server_facts.about_outbox(figures["outbox"], now)
    yield "limiter", server_facts.about_limiter(figures["limiter"])
    yield "streams", server_facts.about_streams(figures["streams"])
    for breaker in figures["breakers"]:
        yield (
            f"breaker {breaker['name']}",
            marked(breaker["state"], server_facts.about_breaker(breaker)),
        )


class _Line(NamedTuple):
    """A figure of the last minute, with its points, the oldest first, and their maximum."""

    name: str
    minute: str
    points: Sequence[float]
    highest: str
    style: str


def last_minutes(figures: Json, width: int) -> Table:
    """The history of a status page as a table of `width` characters."""
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
    """The line's chart in so many characters, the latest at the right."""
    points = peaks(line.points, cells)
    drawn = spark(points) or HEIGHTS[0] * len(points)
    return text(drawn.rjust(cells), line.style if any(points) else "dim")


def peaks(points: Sequence[float], most: int) -> list[float]:
    """At most `most` points: maxima of neighbours, so that no peak is lost."""
    if len(points) <= most:
        return list(points)
    bounds = [len(points) * each // most for each in range(most + 1)]
    return [max(points[begin:end]) for begin, end in pairwise(bounds)]


def milliseconds(length: float) -> str:
    """Milliseconds in three digits; seconds from a thousand on."""
    return f"{length:.3g} ms" if length < 999.5 else f"{length / 1000:.3g} s"


def _most(points: Sequence[float]) -> float:
    return max(points, default=0)


def _rate(per_second: float) -> str:
    return f"{per_second:.3g}/s" if per_second < 999.5 else f"{per_second:.0f}/s"


def _share(share: float) -> str:
    return f"{100 * share:.3g} %"
