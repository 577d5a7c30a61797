"""The health of servers: a panel for each, a line for each check."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bakureserve.cli.screens.layout import FRAME, Column, Panel, table, text
from bakureserve.cli.screens.marks import bar, mark_of, marked
from bakureserve.cli.verdict import Check, Report, check_in_words, running_since
from bakureserve.services.health.check import LIMIT_SECONDS

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

Named = tuple[str, Check]

BAR = 8
_COLUMNS: Sequence[Column[Named]] = (
    Column("CHECK", lambda check: marked(check[1]["status"], check[0])),
    Column("STATUS", lambda check: _status(check[1]), from_width=60),
    Column("LATENCY", lambda check: _latency(check[1]), justify="right"),
    Column(f"OF {LIMIT_SECONDS:g} s", lambda check: _share(check[1]), from_width=70),
    Column("WHAT", lambda check: _what(check[1])),
)


def draw(reports: Sequence[Report], width: int, note: str = "") -> RenderableType:
    """The reports, as `/health` answers them with the server's name. `note` stands above all."""
    from rich.console import Group

    panels = [_panel(report, width) for report in reports]
    return Group(text(note), *panels) if note else Group(*panels)


def _panel(report: Report, width: int) -> Panel:
    mark = mark_of(report["status"])
    since = running_since(report, " · ")
    return Panel(
        table(report["checks"].items(), _COLUMNS, width - FRAME),
        title=marked(report["status"]).append(f" · {report['server']}"),
        aside=text(since) if since else None,
        style=mark.style,
    )


def _status(found: Check) -> Text:
    return text(found["status"], mark_of(found["status"]).style)


def _latency(found: Check) -> Text:
    return text("" if found["status"] == "disabled" else f"{found['latency_ms']:.1f} ms")


def _share(found: Check) -> Text:
    """The share of its allowed time that a check took."""
    if found["status"] == "disabled":
        return text("")
    style = mark_of(found["status"]).style
    return bar(found["latency_ms"], LIMIT_SECONDS * 1000, BAR, style)


def _what(found: Check) -> Text:
    told = check_in_words(found)
    said = (text(told.message, "bold"), text(told.effect), text(told.reason), text(told.figures))
    return text(" ").join(each for each in said if each)
