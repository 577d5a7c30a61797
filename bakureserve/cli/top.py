"""`bakureserve top`: the servers here, live."""

from __future__ import annotations

import datetime as dt
import sys
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.context import settings_from
from bakureserve.cli.remote import Lookout, TokenFile, Url, lookout, together
from bakureserve.cli.status import PATIENCE_SECONDS, ask_server
from bakureserve.domain.errors import Invalid
from bakureserve.services.clock import system_clock

if TYPE_CHECKING:
    from bakureserve.cli.terminal import Draw
    from bakureserve.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def top(
    ctx: typer.Context,
    url: Url = None,
    token_file: TokenFile = None,
    every: Annotated[
        float, typer.Option(min=0.2, metavar="SECONDS", help="How often to refresh.")
    ] = 1.0,
) -> None:
    """Watch the servers until q or Ctrl-C: the verdicts first, then the rest of each.

    One that starts, or starts again, is found by itself.
    """
    from bakureserve.cli.terminal import keep_showing

    if not sys.stdout.isatty():
        raise Invalid("terminal_missing")
    here = None if url else settings_from(ctx)
    watch = _Watch(lookout(ctx, url, token_file, patience=PATIENCE_SECONDS), here)
    with suppress(KeyboardInterrupt):
        keep_showing(watch.look, every)


class _Watch:
    """Finds servers anew each time, and remembers the last ones."""

    def __init__(self, lookout: Lookout, here: Settings | None) -> None:
        self._lookout = lookout
        self._here = here
        self._last: tuple[str, dt.datetime] | None = None

    def look(self) -> Draw:
        from bakureserve.cli.screens import server

        with self._lookout.servers() as found:
            told = together(found, lambda each: ask_server(each, self._here))
        now = system_clock()
        if not told:
            return lambda _width: server.waiting(str(self._lookout.where), self._last, now)
        self._last = ", ".join(each.name for each in told), now
        return partial(server.draw, told, now)
