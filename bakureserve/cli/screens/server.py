"""A running server: the verdict first, then what it did of late, and what each part of it does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from bakureserve.cli import server_facts
from bakureserve.cli.output import counted
from bakureserve.cli.screens.charts import bar
from bakureserve.cli.screens.last_minutes import last_minutes, milliseconds
from bakureserve.cli.screens.layout import FRAME, GAP, Column, Panel, facts, table, text
from bakureserve.cli.screens.marks import BAD, GOOD, OFF, WARNING, mark_of, marked
from bakureserve.cli.sizes import size
from bakureserve.cli.spans import span
from bakureserve.cli.verdict import NEARLY_ALL, Problem, Told, verdict_on

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

Json = Mapping[str, Any]

HEADLINES = {
    "healthy": "This box is fine",
    "degraded": "This box works, but needs a look",
    "unhealthy": "This box is in trouble",
}
BAR = 12
ROUTES = 5
"""So many with errors are named; `status` in a pipe names more."""
_CHECK_CELLS = 24


def draw(told: Sequence[Told], now: dt.datetime, width: int) -> RenderableType:
    """The servers: how each is, and then the rest of each, what matters most first."""
    from rich.console import Group

    verdicts = [_verdict(each) for each in told]
    rest = [part for each in told for part in _parts(each, now, width, named=len(told) > 1)]
    return Group(*verdicts, *rest)


def waiting(folder: str, last: tuple[str, dt.datetime] | None, now: dt.datetime) -> RenderableType:
    """That no server runs on the data folder; with when the `last` was seen, if any was."""
    said = "One that starts is shown here by itself: bakureserve serve"
    if last is not None:
        name, seen = last
        said = f"{name} was there until {span((now - seen).total_seconds())} ago. {said}"
    title = text(f"{OFF.sign} No server runs on {folder}", WARNING.style)
    return Panel(text(said), title=title, style=WARNING.style)


def _verdict(told: Told) -> Panel:
    verdict = verdict_on(told)
    mark = mark_of(verdict.state)
    return Panel(
        facts(map(_problem, verdict.problems)) if verdict.problems else _all_well(told),
        title=marked(verdict.state, HEADLINES[verdict.state]).append(f" · {told.name}"),
        aside=None if told.figures is None else _which(told.figures),
        style=mark.style,
    )


def _problem(problem: Problem) -> tuple[Text, Text]:
    return marked(problem.state, problem.part), text(problem.sentence)


def _all_well(told: Told) -> Text:
    looked = [each for each in (told.health or {})["checks"].values() if each["status"] == "ok"]
    answered = counted((told.figures or {})["requests"]["answered"], "request")
    return text(f"{counted(len(looked), 'check')} passed, {answered} in the last minute, 0 failed.")


def _which(figures: Json) -> Text:
    process = f"process {figures['pid']}"
    up = f"up {span(figures['uptime_seconds'])}"
    return text(" · ".join((figures["version"], process, up, *figures.get("addresses", ()))))


def _parts(told: Told, now: dt.datetime, width: int, *, named: bool) -> Iterator[Panel]:
    """All but the verdict, of a server that answered; where several are, `named` after it."""
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
    """The checks, as many in a line as there is room for, what is not well first."""
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
    """How much is taken of how much, and that in words; `short` where it runs out."""

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
    """What is remembered. That is no worse for being full: the oldest is forgotten then."""
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
