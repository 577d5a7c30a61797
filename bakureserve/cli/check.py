"""`bakureserve check`: is the database sound."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.context import settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import AsJson, emit, say
from bakureserve.settings import pasteable

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_COLUMNS = {
    "LEVEL": lambda finding: finding.level,
    "CODE": lambda finding: finding.code,
    "COUNT": lambda finding: finding.count,
    "WHAT": lambda finding: finding.what,
    "EXAMPLES": lambda finding: finding.examples,
    "REMEDY": lambda finding: finding.remedy,
}


@app.command()
def check(
    ctx: typer.Context,
    repair: Annotated[
        bool,
        typer.Option(
            "--repair",
            help="First repair what needs no judgement: guards, and who holds which table.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Look the database over, while the server runs or not. Exits with 1 if there is a fault."""
    from msgspec.structs import replace

    from bakureserve.runtime import refuse_lost_database
    from bakureserve.services.clock import system_clock
    from bakureserve.store.maintenance.check import check as look_over

    settings = settings_from(ctx)
    refuse_lost_database(settings)
    if repair:
        _repair(settings.database_path, settings.store_busy_timeout_seconds)
    found = [
        replace(finding, remedy=pasteable(finding.remedy, settings))
        for finding in look_over(settings.database_path, system_clock())
    ]
    if found or as_json:
        emit(found, _COLUMNS, as_json=as_json)
    if any(finding.level == "fault" for finding in found):
        raise typer.Exit(Status.FINDING)
    say("No faults found.")


def _repair(path: Path, busy_timeout: float) -> None:
    from bakureserve.store.maintenance.repair import repair

    done = repair(path, busy_timeout=busy_timeout)
    say(
        f"Guards put back: {len(done.guards)}. Tables freed: {done.freed}. "
        f"Reservations that hold their table again: {done.held}. "
        f"Seated parties noted at their tables: {done.seated}. "
        f"Not possible, their table is taken: {len(done.refused)}."
    )
