"""An estimate drawn: its legs on one axis of time, the choice between them, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil
from typing import TYPE_CHECKING

from bakureserve.cli.screens.layout import FRAME, GAP, Column, Panel, facts, table, text
from bakureserve.cli.screens.marks import GOOD, WARNING, mark_of, marked
from bakureserve.domain.places.estimate import Choice, Diagnosis, Leg

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

    from bakureserve.server.shapes.places import Explained

WIDE = 100
"""From here on each leg has its start and its breaker, too."""
SHORTEST_AXIS, LONGEST_AXIS = 10, 40
_END = "│"
"""Where the deadline is on the axis."""
MOST_DECIMALS = 6
"""Of seconds in a sum: further digits are rounding errors."""

BECAUSE: Mapping[Choice, str] = {
    "agreed": "GoMap and OSRM agree: GoMap's route, the mean of both times",
    "gomap_alone": "only GoMap answered in time",
    "osrm_alone": "only OSRM answered in time",
    "gomap_far_from_line": "GoMap's route strays too far from the straight line, OSRM's does not",
    "gomap_longer_than_osrm": "GoMap's route is too much longer than OSRM's",
    "last_known": "no map service answered in time: the last known route",
    "nothing_came": "no map service answered in time: the straight line at the fallback's speeds",
}


def draw(told: Explained, width: int) -> RenderableType:
    """One estimate: origin and destination, the services asked, and their results."""
    from rich.console import Group

    diagnosis = told.diagnosis
    is_routed = told.directions.provider != "fallback" and not told.directions.stale
    return Panel(
        Group(_legs(diagnosis, width), "", facts(_terms(told))),
        title=text(f"{told.origin.place_name} → {told.destination.place_name}", "bold"),
        aside=text(f"{diagnosis.straight_line_km:.2f} km as the crow flies"),
        style=(GOOD if is_routed else WARNING).style,
    )


def leg_bar(leg: Leg, deadline_ms: float, axis: int) -> str:
    """The leg's bar from start to end, up to the deadline; empty when it was not asked."""
    if leg.outcome in {"disabled", "circuit_open"}:
        return " " * axis
    scale = axis / max(deadline_ms, 1.0)
    start = min(int(leg.started_ms * scale), axis - 1)
    end = min(max(round((leg.started_ms + leg.took_ms) * scale), start + 1), axis)
    return (" " * start + "█" * (end - start)).ljust(axis)


def _legs(diagnosis: Diagnosis, width: int) -> RenderableType:
    """The legs, with a time axis when there is room for one."""
    name, *beside = (each for each in _COLUMNS if each.from_width <= width)
    taken = sum(GAP + _width(each, diagnosis.legs) for each in (name, *beside))
    axis = min(width - FRAME - taken - len(_END), LONGEST_AXIS)
    columns = [name, *beside] if axis < SHORTEST_AXIS else [name, _axis(diagnosis, axis), *beside]
    return table(diagnosis.legs, columns, width)


def _axis(diagnosis: Diagnosis, axis: int) -> Column[Leg]:
    deadline = f"{diagnosis.deadline_ms:.0f} ms"

    def drawn(leg: Leg) -> Text:
        line = text(leg_bar(leg, diagnosis.deadline_ms, axis), mark_of(leg.outcome).style)
        return text("").append_text(line).append(_END)

    return Column(f"0{deadline.rjust(axis - 1)}{_END}", drawn)


def _width(column: Column[Leg], legs: Sequence[Leg]) -> int:
    """The width of a column of text, in characters."""
    from rich.cells import cell_len

    return max(map(cell_len, (column.title, *(str(column.cell(leg)) for leg in legs))))


def _breaker(leg: Leg) -> Text:
    return text("") if leg.breaker is None else marked(leg.breaker)


def _found(leg: Leg) -> str:
    if leg.distance_km is not None and leg.seconds is not None:
        return f"{leg.distance_km:.2f} km, {clock(leg.seconds)}"
    return leg.condition or leg.detail


_COLUMNS: Sequence[Column[Leg]] = (
    Column("LEG", lambda leg: text(leg.name)),
    Column("START", lambda leg: text(f"{leg.started_ms:.0f}"), WIDE, "right"),
    Column("TOOK", lambda leg: text(f"{leg.took_ms:.0f}"), justify="right"),
    Column("OUTCOME", lambda leg: marked(leg.outcome)),
    Column("BREAKER", _breaker, WIDE),
    Column("FOUND", lambda leg: text(_found(leg))),
)


def _terms(told: Explained) -> Iterator[tuple[str, Text]]:
    *terms, (name, total) = _sum(told)
    yield from ((name, text(value)) for name, value in terms)
    yield name, text(total, "bold")


def _sum(told: Explained) -> Iterator[tuple[str, str]]:
    how, way = told.diagnosis, told.directions
    yield "base", f"{how.base}: {BECAUSE[how.choice]}"
    yield "way", f"{way.route_distance_km:.2f} km, {how.base_seconds:.0f} s without traffic"
    yield "traffic", f"{how.traffic}: × {how.traffic_factor:g}"
    yield "buffer", f"+ {how.buffer_seconds:.0f} s"
    yield "at least", f"{ceil(how.floor_seconds)} s"
    if way.stale:
        yield "stale", f"found {told.age_seconds} s ago"
    yield "deadline", f"{how.took_ms:.0f} of {how.deadline_ms:.0f} ms were taken"
    yield "sum", f"{sum_of(how, way.eta_seconds)} s, {way.eta_minutes} min"


def sum_of(how: Diagnosis, answer: int) -> str:
    """The terms and the `answer` in seconds, so precise that they add up."""
    made = how.base_seconds * how.traffic_factor + how.buffer_seconds
    base, shown = how.base_seconds, made
    for decimals in range(MOST_DECIMALS + 1):
        base = round(how.base_seconds, decimals)
        shown = round(base * how.traffic_factor + how.buffer_seconds, MOST_DECIMALS)
        if ceil(shown) == ceil(round(made, MOST_DECIMALS)):
            break
    terms = f"{base:.10g} × {how.traffic_factor:g} + {how.buffer_seconds:g}"
    if shown == answer:
        return f"{terms} = {answer}"
    bound = "at least" if ceil(shown) < answer else "rounded up"
    return f"{terms} = {shown:.10g}, {bound} {answer}"


def clock(seconds: float) -> str:
    """Seconds as m:ss."""
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"
