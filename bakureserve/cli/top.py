"""`bakureserve top`: a running server, live."""

from __future__ import annotations

import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bakureserve.cli.exits import sentence_of
from bakureserve.cli.remote import Server, TokenFile, Url, servers
from bakureserve.cli.screens.charts import spark
from bakureserve.cli.server_facts import facts_of
from bakureserve.cli.server_status import asked
from bakureserve.domain.errors import Invalid, Unavailable
from bakureserve.services.clock import system_clock

if TYPE_CHECKING:
    from rich.console import RenderableType

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_SHOWN_RATES = 60
_STYLES = {"ok": "green", "degraded": "yellow", "error": "bold red", "disabled": "dim"}


@app.command()
def top(
    ctx: typer.Context,
    url: Url = None,
    token_file: TokenFile = None,
    every: Annotated[
        float, typer.Option(min=0.2, metavar="SECONDS", help="How often to look.")
    ] = 1.0,
) -> None:
    """Watch a running server until Ctrl-C. Of several, each has its part of the screen."""
    from rich.console import Group
    from rich.live import Live

    if not sys.stdout.isatty():
        raise Invalid("terminal_missing")
    with servers(ctx, url, token_file) as found:
        views = [_View(each) for each in found]
        with Live(screen=True, auto_refresh=False) as screen:
            try:
                while True:
                    screen.update(Group(*(view.drawn() for view in views)), refresh=True)
                    time.sleep(every)
            except KeyboardInterrupt:
                return


class _View:
    """One server's part of the screen. Remembers how many requests it had answered, and when."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._seen: tuple[float, int] | None = None
        self._rates: deque[float] = deque(maxlen=_SHOWN_RATES)

    def drawn(self) -> RenderableType:
        from rich.columns import Columns
        from rich.panel import Panel

        try:
            figures, health = asked(self._server)
        except Unavailable as error:
            return Panel(sentence_of(error), title=self._server.name, border_style="red")
        self._note(figures["requests"]["ever"])
        parts = [self._figures(figures, health), _checks(health)]
        return Panel(Columns(parts), title=f"{self._server.name} · {health['status']}")

    def _note(self, ever: int) -> None:
        now = time.monotonic()
        if self._seen is not None:
            then, before = self._seen
            self._rates.append((ever - before) / max(now - then, 0.001))
        self._seen = now, ever

    def _figures(self, figures: dict[str, Any], health: dict[str, Any]) -> RenderableType:
        from rich.table import Table
        from rich.text import Text

        table = Table.grid(padding=(0, 2))
        for field, value in facts_of(figures, health, system_clock()):
            table.add_row(Text(field, style="bold"), Text(value))
        table.add_row(Text("rate", style="bold"), Text(_drawn_rates(self._rates)))
        return table


def _checks(health: dict[str, Any]) -> RenderableType:
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2))
    for name, found in health["checks"].items():
        status = found["status"]
        table.add_row(name, Text(status, style=_STYLES[status]), f"{found['latency_ms']:g} ms")
    return table


def _drawn_rates(rates: deque[float]) -> str:
    """The rates as bars, the highest full; with that one in figures."""
    return f"{spark(rates)} {max(rates):.3g}/s at most" if any(rates) else ""
