"""`bakureserve health`: how the servers here are doing, or the one at a URL."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, NamedTuple

import typer

from bakureserve.cli.exits import sentence_of
from bakureserve.cli.output import AsJson, Columns, emit, say
from bakureserve.cli.remote import Server, Url, running
from bakureserve.cli.run import settings_from
from bakureserve.cli.spans import span
from bakureserve.cli.status import Status
from bakureserve.domain.errors import Unavailable

app = typer.Typer(add_completion=False, rich_markup_mode=None)

PATIENCE_SECONDS = 3.0
"""How long a server may take to answer: what it looks at has two seconds."""

_EXITS = {"healthy": Status.OK, "degraded": Status.FINDING, "unhealthy": Status.REFUSED}
CLEARED = "\x1b[H\x1b[2J"
"""Moves to the top of a terminal and empties it (ECMA-48: CUP, ED)."""
NOBODY = "without a server"


class Line(NamedTuple):
    """One check of one server."""

    server: str
    name: str
    found: dict[str, Any]


_COLUMNS: Columns[Line] = {
    "SERVER": lambda line: line.server,
    "CHECK": lambda line: line.name,
    "STATUS": lambda line: line.found["status"],
    "MS": lambda line: line.found["latency_ms"],
    "WHAT": lambda line: " ".join(_what(line.found)),
}


@app.command()
def health(
    ctx: typer.Context,
    url: Url = None,
    watch: Annotated[bool, typer.Option("--watch", help="Look again and again.")] = False,
    every: Annotated[
        float, typer.Option(min=0.1, metavar="SECONDS", help="How often --watch looks.")
    ] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Tell how the server and what it leans on are doing.

    Exits with 0 when it is healthy, 1 when degraded, 2 when unhealthy or not to be reached. With
    no server on DATA_DIR the same checks are run here.
    """
    while True:
        reports = _reports(ctx, url)
        if watch and sys.stdout.isatty():
            sys.stdout.write(CLEARED)
        _print(reports, as_json=as_json)
        if not watch:
            raise typer.Exit(max(_EXITS[report["status"]] for report in reports))
        sys.stdout.flush()
        time.sleep(every)


def _reports(ctx: typer.Context, url: str | None) -> list[dict[str, Any]]:
    with running(ctx, url, patience=PATIENCE_SECONDS) as found:
        reports = [{"server": each.name} | _asked(each) for each in found]
    return reports or [_examined_here(ctx)]


def _asked(server: Server) -> dict[str, Any]:
    """What the server says; or that it says nothing, in the same form."""
    started = time.perf_counter()
    try:
        status, report = server.answer("GET", "/health")
    except Unavailable as error:
        return _silent(sentence_of(error), time.perf_counter() - started)
    if status not in {200, 503} or "checks" not in report:
        return _silent(f"It answers HTTP status {status}.", time.perf_counter() - started)
    told: dict[str, Any] = report
    return told


def _silent(sentence: str, seconds: float) -> dict[str, Any]:
    found = {"status": "error", "latency_ms": round(seconds * 1000, 1), "message": sentence}
    return {"status": "unhealthy", "checks": {"server": found}}


def _examined_here(ctx: typer.Context) -> dict[str, Any]:
    """What the checks find when they are run in this process."""
    import msgspec

    from bakureserve import __version__
    from bakureserve.cli.session import warnings_on_stderr
    from bakureserve.examination import examining_alone
    from bakureserve.server.wire.health import health_out
    from bakureserve.services.clock import system_clock

    settings = settings_from(ctx)
    say(f"No server runs on {settings.data_dir}: the checks are run here.")

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
    told: dict[str, Any] = msgspec.to_builtins(report)
    return {"server": NOBODY} | told


def _print(reports: list[dict[str, Any]], *, as_json: bool) -> None:
    if as_json:
        emit(reports, {}, as_json=True)
        return
    for report in reports:
        say(_headline(report))
    several = len(reports) > 1
    columns = {name: cell for name, cell in _COLUMNS.items() if several or name != "SERVER"}
    emit(_lines(reports), columns)


def _headline(report: dict[str, Any]) -> str:
    told = f"{report['status']}: {report['server']}"
    if report.get("uptime_seconds"):
        told += f", version {report['version']}, up for {span(report['uptime_seconds'])}"
    return told


def _lines(reports: Iterable[dict[str, Any]]) -> Iterator[Line]:
    for report in reports:
        for name, found in report["checks"].items():
            yield Line(report["server"], name, found)


def _what(found: dict[str, Any]) -> Iterator[str]:
    """What is wrong, what still works and why; of what is well, its figures."""
    yield from (found[part] for part in ("message", "effect", "reason") if found.get(part))
    if not found.get("message"):
        details = found.get("details", {}).items()
        yield ", ".join(f"{name.replace('_', ' ')} {_figure(value)}" for name, value in details)


def _figure(value: object) -> str:
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
