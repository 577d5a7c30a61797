"""An estimate drawn: its legs on one axis of time, the choice between them, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import ceil

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from bakureserve.domain.estimate import Choice, Diagnosis, Leg, Outcome
from bakureserve.server.wire.maps import Explained

BESIDE_AXIS = 72
"""Characters that a leg's line takes beside the axis."""
SHORTEST_AXIS, LONGEST_AXIS = 10, 40
FILE_WIDTH = 110
"""Characters a line has where there is no terminal to say."""
MOST_DECIMALS = 6
"""Of seconds in a sum: what is behind them is what multiplication leaves."""

STYLE: Mapping[Outcome, str] = {
    "ok": "green",
    "cached": "cyan",
    "late": "yellow",
    "timeout": "red",
    "error": "red",
    "circuit_open": "magenta",
    "disabled": "bright_black",
}
BECAUSE: Mapping[Choice, str] = {
    "agreed": "GoMap and OSRM agree: GoMap's way, the mean of both times",
    "gomap_alone": "only GoMap came in time",
    "osrm_alone": "only OSRM came in time",
    "gomap_far_from_line": "GoMap's way strays too far from the straight line, OSRM's does not",
    "gomap_longer_than_osrm": "GoMap's way is too much longer than OSRM's",
    "last_known": "nobody came in time: the way that was last known",
    "nothing_came": "nobody came in time: the straight line at the fallback's speeds",
}


def draw(told: Explained) -> None:
    """Draw one estimate on stdout; in colours on a terminal."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=FILE_WIDTH)
    axis = min(max(console.width - BESIDE_AXIS, SHORTEST_AXIS), LONGEST_AXIS)
    diagnosis = told.diagnosis
    parts: list[RenderableType] = [
        Text(f"{told.origin.place_name} → {told.destination.place_name}", style="bold"),
        Text(f"{diagnosis.straight_line_km:.2f} km as the crow flies"),
        _legs(diagnosis, axis),
        _sum(told),
    ]
    console.print(Group(*parts))


def bar(leg: Leg, deadline_ms: float, axis: int) -> str:
    """The leg from its start to its end, up to the deadline; nothing for one that was not asked."""
    if leg.outcome in {"disabled", "circuit_open"}:
        return " " * axis
    scale = axis / max(deadline_ms, 1.0)
    start = min(int(leg.started_ms * scale), axis - 1)
    end = min(max(round((leg.started_ms + leg.took_ms) * scale), start + 1), axis)
    return (" " * start + "█" * (end - start)).ljust(axis)


def _legs(diagnosis: Diagnosis, axis: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    deadline = f"{diagnosis.deadline_ms:.0f} ms"
    table.add_column("LEG", no_wrap=True)
    table.add_column(f"0{deadline.rjust(axis - 1)}│", no_wrap=True)
    for title in ("START", "TOOK"):
        table.add_column(title, justify="right", no_wrap=True)
    for title in ("OUTCOME", "BREAKER"):
        table.add_column(title, no_wrap=True)
    table.add_column("FOUND")
    for leg in diagnosis.legs:
        style = STYLE[leg.outcome]
        table.add_row(
            leg.name,
            Text(bar(leg, diagnosis.deadline_ms, axis), style=style) + Text("│"),
            f"{leg.started_ms:.0f}",
            f"{leg.took_ms:.0f}",
            Text(leg.outcome, style=style),
            leg.breaker or "",
            _found(leg),
        )
    return table


def _found(leg: Leg) -> str:
    if leg.distance_km is not None and leg.seconds is not None:
        return f"{leg.distance_km:.2f} km, {clock(leg.seconds)}"
    return leg.condition or leg.detail


def _sum(told: Explained) -> Table:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    for name, value in _terms(told):
        table.add_row(name, value)
    return table


def _terms(told: Explained) -> Iterator[tuple[str, str]]:
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
    """The terms and the `answer` in seconds, so precise that whoever adds them up finds it."""
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
