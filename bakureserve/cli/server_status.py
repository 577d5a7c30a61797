"""`bakureserve status`: a running server on one screen."""

from __future__ import annotations

from typing import Any

import typer

from bakureserve.cli.output import AsJson, Columns, emit
from bakureserve.cli.remote import Server, TokenFile, Url, servers
from bakureserve.cli.server_facts import facts_of
from bakureserve.services.clock import system_clock

app = typer.Typer(add_completion=False, rich_markup_mode=None)

Line = tuple[str, str, str]

_COLUMNS: Columns[Line] = {
    "SERVER": lambda line: line[0],
    "FIELD": lambda line: line[1],
    "VALUE": lambda line: line[2],
}


@app.command()
def status(
    ctx: typer.Context, url: Url = None, token_file: TokenFile = None, as_json: AsJson = False
) -> None:
    """Show requests, latency, today's reservations, outbox, caches, limiter, breakers, backups."""
    with servers(ctx, url, token_file) as found:
        told = [(each.name, *asked(each)) for each in found]
    if as_json:
        rows = [{"server": name} | figures | {"health": health} for name, figures, health in told]
        emit(rows, {}, as_json=True)
        return
    now = system_clock()
    lines = [
        (name, field, value)
        for name, figures, health in told
        for field, value in facts_of(figures, health, now)
    ]
    several = len(told) > 1
    columns = {name: cell for name, cell in _COLUMNS.items() if several or name != "SERVER"}
    emit(lines, columns)


def asked(server: Server) -> tuple[dict[str, Any], dict[str, Any]]:
    """The server's figures, and its health. Raises Unavailable, Unauthenticated, Forbidden."""
    figures: dict[str, Any] = server.get("/v1/admin/status")
    health: dict[str, Any] = server.answer("GET", "/health")[1]
    return figures, health
