"""The sign and the colour of a state, each enough without the other; bars and lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text

HEIGHTS = "▁▂▃▄▅▆▇█"
_FULL, _HALF, _REST = "━", "╸", "─"


class Mark(NamedTuple):
    """A sign of one character, and a style of rich's."""

    sign: str
    style: str


GOOD = Mark("✓", "green")
WARNING = Mark("▲", "yellow")
BAD = Mark("✗", "bold red")
OFF = Mark("○", "dim")
UNKNOWN = Mark("?", "magenta")

MARKS: Mapping[str, Mark] = {
    # of a health check, and of the whole
    "ok": GOOD,
    "degraded": WARNING,
    "error": BAD,
    "disabled": OFF,
    "healthy": GOOD,
    "unhealthy": BAD,
    # of a finding
    "note": WARNING,
    "fault": BAD,
    # of a circuit breaker
    "closed": GOOD,
    "half_open": WARNING,
    "open": BAD,
    # of a question to a map service
    "cached": Mark("✓", "cyan"),
    "late": WARNING,
    "timeout": BAD,
    "circuit_open": Mark("○", "magenta"),
}


def mark_of(state: str) -> Mark:
    """The mark of a state; `UNKNOWN` for one that only a newer server knows."""
    return MARKS.get(state, UNKNOWN)


def marked(state: str, shown: str | None = None) -> Text:
    """The sign and the name of a state in its colour; `shown` stands in the name's place."""
    from bakureserve.cli.screens.layout import text

    mark = mark_of(state)
    return text(f"{mark.sign} {state if shown is None else shown}", mark.style)


def bar(value: float, bound: float, cells: int, style: str = "green") -> Text:
    """How much of its bound a value takes, `cells` characters wide.

    More than nothing shows, and less than all leaves a gap. Without a bound the bar
    is empty.
    """
    from rich.text import Text

    halves = _halves(value, bound, cells)
    filled = _FULL * (halves // 2) + _HALF * (halves % 2)
    return Text.assemble((filled, style), (_REST * (cells - len(filled)), "dim"))


def spark(values: Collection[float], *, highest: float | None = None) -> str:
    """The values as a line of bars, a character each; full is `highest`, or the highest of them.

    All zeros, or no values, give an empty text.
    """
    top = max(values, default=0.0) if highest is None else highest
    if top <= 0 or not any(values):
        return ""
    steps = len(HEIGHTS) - 1
    return "".join(HEIGHTS[round(min(max(value / top, 0.0), 1.0) * steps)] for value in values)


def _halves(value: float, bound: float, cells: int) -> int:
    most = 2 * cells
    if bound <= 0 or value <= 0:
        return 0
    if value >= bound:
        return most
    return min(max(round(value / bound * most), 1), most - 1)
