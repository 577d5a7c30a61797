"""`bakureserve status`: a running server on one screen."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import typer

from bakureserve.cli.context import settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, Columns, emit
from bakureserve.cli.remote import Server, TokenFile, Url, servers, together
from bakureserve.cli.server_facts import facts_of
from bakureserve.cli.verdict import ServerReport, verdict_on, with_pasteable_advice
from bakureserve.domain.errors import Unavailable
from bakureserve.services.clock import system_clock
from bakureserve.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PATIENCE_SECONDS = 3.0
"""Seconds a server may take to answer: its health checks have two."""

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
    """Show whether a server works well, its load and use, and which guests are on the way.

    Requests and latency are those of the last minute, lines and errors those of the last ten.
    """
    here = None if url else settings_from(ctx)
    with servers(ctx, url, token_file, patience=PATIENCE_SECONDS) as found:
        ask = ask_server if len(found) > 1 else _ask_or_raise
        told = together(found, lambda each: ask(each, here))
    if as_json:
        emit(map(_row, told), {}, as_json=True)
    elif sys.stdout.isatty():
        _show(told)
    else:
        _print(told)
    if any(each.silence for each in told):
        raise typer.Exit(Status.UNAVAILABLE)


async def ask_server(server: Server, here: Settings | None) -> ServerReport:
    """The server's figures and its health, or why there are none.

    With `here`, the settings of a server on this machine, its advice can be pasted.
    Raises Unauthenticated, Forbidden.
    """
    try:
        return await _ask_or_raise(server, here)
    except Unavailable as error:
        return ServerReport(server.name, silence=sentence_of(error))


async def _ask_or_raise(server: Server, here: Settings | None) -> ServerReport:
    figures, health = await asyncio.gather(
        server.read("/v1/admin/status"), server.answer("GET", "/health"), return_exceptions=True
    )
    _raise_what_failed({"figures": figures, "health": health})
    health = health[1]
    if not (isinstance(figures, dict) and isinstance(health, dict) and "checks" in health):
        reason = "what answers there is not a Baku Reserve"
        raise Unavailable("server_unreachable", server=server.name, reason=reason)
    if here is not None:
        health = with_pasteable_advice(health, here)
    return ServerReport(server.name, figures, health)


def _raise_what_failed(answers: Mapping[str, Any]) -> None:
    """Raise an error that is among the answers, a refusal first. Where others came, it says which
    did not."""
    failed = {part: each for part, each in answers.items() if isinstance(each, BaseException)}
    for part, error in sorted(failed.items(), key=lambda each: isinstance(each[1], Unavailable)):
        if isinstance(error, Unavailable) and "reason" in error.params and len(failed) == 1:
            reason = f"{part}: {error.params['reason']}"
            raise Unavailable(error.code, **{**error.params, "reason": reason}) from error
        raise error


def _row(told: ServerReport) -> dict[str, Any]:
    row: dict[str, Any] = {"server": told.name, "verdict": verdict_on(told)._asdict()}
    row["verdict"]["problems"] = [each._asdict() for each in row["verdict"]["problems"]]
    return row | ({} if told.figures is None else {**told.figures, "health": told.health})


def _print(told: Sequence[ServerReport]) -> None:
    now = system_clock()
    lines = [(each.name, *fact) for each in told for fact in facts_of(each, now)]
    several = len(told) > 1
    emit(lines, {name: cell for name, cell in _COLUMNS.items() if several or name != "SERVER"})


def _show(told: Sequence[ServerReport]) -> None:
    from functools import partial

    from bakureserve.cli.screens.server import draw
    from bakureserve.cli.terminal import show

    show(partial(draw, told, system_clock()))
