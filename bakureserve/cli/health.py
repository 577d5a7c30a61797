"""`bakureserve health`: how the servers here are doing, or the one at a URL."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, NoReturn

import typer

from bakureserve.cli.context import settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, Columns, emit, say, working
from bakureserve.cli.remote import Server, Url, running, together
from bakureserve.cli.verdict import Check, Report, check_in_words, headline, with_pasteable_advice
from bakureserve.domain.errors import Unavailable

if TYPE_CHECKING:
    from rich.console import RenderableType

    from bakureserve.cli.terminal import Draw
    from bakureserve.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PATIENCE_SECONDS = 3.0
"""Seconds a server may take to answer: its checks have two."""

_EXITS = {"healthy": Status.OK, "degraded": Status.FINDING, "unhealthy": Status.REFUSED}
WITHOUT_A_SERVER = "without a server"

_COLUMNS: Columns[Line] = {
    "SERVER": lambda line: line.server,
    "CHECK": lambda line: line.name,
    "STATUS": lambda line: line.found["status"],
    "MS": lambda line: line.found["latency_ms"],
    "WHAT": lambda line: " ".join(filter(None, check_in_words(line.found))),
}


class Look(NamedTuple):
    """The reports of one round of checks; `note` when they come from no server."""

    reports: Sequence[Report]
    note: str = ""

    @property
    def exit_status(self) -> Status:
        return max((_EXITS[each["status"]] for each in self.reports), default=Status.OK)


class Line(NamedTuple):
    """One check of one server."""

    server: str
    name: str
    found: Check


@app.command()
def health(
    ctx: typer.Context,
    url: Url = None,
    watch: Annotated[
        bool, typer.Option("--watch", help="Repeat the checks until q or Ctrl-C.")
    ] = False,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How often --watch checks.")
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Check the server and the services it depends on.

    Exits with 0 when it is healthy, 1 when degraded, 2 when unhealthy or not to be reached. With
    no server on DATA_DIR the same checks are run here.
    """

    def look() -> Look:
        return _look(ctx, url)

    if not watch:
        with working("Asking"):
            last = look()
        _print(last, as_json=as_json)
    elif sys.stdout.isatty() and not as_json:
        last = _watch_on_screen(look, every)
    else:
        last = _print_repeatedly(look, every, as_json=as_json)
    raise typer.Exit(last.exit_status)


def _watch_on_screen(look: Callable[[], Look], every: float) -> Look:
    """Show reports until the operator quits; return the last."""
    from bakureserve.cli.terminal import keep_showing

    last = Look(())

    def look_again() -> Draw:
        nonlocal last
        last = look()
        return partial(_drawn, last)

    keep_showing(look_again, every)
    return last


def _print_repeatedly(look: Callable[[], Look], every: float, *, as_json: bool) -> NoReturn:
    while True:
        _print(look(), as_json=as_json)
        sys.stdout.flush()
        time.sleep(every)


def _look(ctx: typer.Context, url: str | None) -> Look:
    with running(ctx, url, patience=PATIENCE_SECONDS) as found:
        reports = together(found, _asked)
    if url:
        return Look(reports)
    settings = settings_from(ctx)
    if reports:
        return Look([with_pasteable_advice(each, settings) for each in reports])
    note = f"No server runs on {settings.data_dir}: the checks are run here."
    return Look([with_pasteable_advice(_examined_here(settings), settings)], note)


async def _asked(server: Server) -> Report:
    """The server's report with its name; one in the same form when it does not answer."""
    return {"server": server.name} | await _report_of(server)


async def _report_of(server: Server) -> Report:
    started = time.perf_counter()
    try:
        status, report = await server.answer("GET", "/health")
    except Unavailable as error:
        return _no_answer(sentence_of(error), time.perf_counter() - started)
    if status in {200, 503} and _is_report(report):
        told: Report = report
        return told
    sentence = f"It answers HTTP status {status}, and not like a Baku Reserve."
    return _no_answer(sentence, time.perf_counter() - started)


def _is_report(answer: Any) -> bool:
    """Whether an answer is a health report of ours, not of another program."""
    if not isinstance(answer, dict) or answer.get("status") not in [*_EXITS]:
        return False
    checks = answer.get("checks")
    return isinstance(checks, dict) and all(map(_is_check, checks.values()))


def _is_check(found: Any) -> bool:
    return isinstance(found, dict) and {"status", "latency_ms"} <= found.keys()


def _no_answer(sentence: str, seconds: float) -> Report:
    found = {"status": "error", "latency_ms": round(seconds * 1000, 1), "message": sentence}
    return {"status": "unhealthy", "checks": {"server": found}}


def _examined_here(settings: Settings) -> Report:
    """The report of checks run in this process."""
    import msgspec

    from bakureserve import __version__
    from bakureserve.cli.session import warnings_on_stderr
    from bakureserve.health_setup import examining_alone
    from bakureserve.server.shapes.health import health_out
    from bakureserve.services.clock import system_clock

    async def examine() -> Any:
        async with examining_alone(settings) as examiner:
            return await examiner.examine()

    with warnings_on_stderr():
        found = asyncio.run(examine())
    report = health_out(
        found,
        now=system_clock(),
        version=__version__,
        uptime=0,
        language="en",
        to_operator=True,
    )
    told: Report = msgspec.to_builtins(report)
    return {"server": WITHOUT_A_SERVER} | told


def _print(look: Look, *, as_json: bool) -> None:
    if sys.stdout.isatty() and not as_json:
        from bakureserve.cli.terminal import show

        show(lambda width: _drawn(look, width))
        return
    if look.note:
        say(look.note)
    if as_json:
        emit(look.reports, {}, as_json=True)
        return
    for report in look.reports:
        say(headline(report))
    several = len(look.reports) > 1
    columns = {name: cell for name, cell in _COLUMNS.items() if several or name != "SERVER"}
    emit(_lines(look.reports), columns)


def _drawn(look: Look, width: int) -> RenderableType:
    from bakureserve.cli.screens.health import draw

    return draw(look.reports, width, look.note)


def _lines(reports: Sequence[Report]) -> Iterator[Line]:
    for report in reports:
        for name, found in report["checks"].items():
            yield Line(report["server"], name, found)
