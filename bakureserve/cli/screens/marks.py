"""The sign and the colour of a state: each tells it without the other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from rich.text import Text


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
