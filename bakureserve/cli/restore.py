"""`bakureserve restore`: replace the database with a backup."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.backup import in_percent
from bakureserve.cli.context import settings_from
from bakureserve.cli.output import AsJson, counted, emit_one, progress, say
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.settings import pasteable

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def restore(
    ctx: typer.Context,
    source: Annotated[Path, typer.Argument(help="The backup.", show_default=False)],
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Replace the database, which is kept, with a backup. The server must be stopped."""
    from bakureserve.services.clock import system_clock
    from bakureserve.store.maintenance.backup import contents_of, require_backup
    from bakureserve.store.maintenance.restore import restore as put_in_place

    settings = settings_from(ctx)
    path, source = settings.database_path, source.expanduser()
    require_backup(source)
    if path.exists():
        held = contents_of(source)
        confirm(
            f"This replaces {path}, which is kept beside the new one, with {source} "
            f"({counted(held.restaurants, 'restaurant')}, "
            f"{counted(held.reservations, 'reservation')}). Go on?",
            yes=yes,
        )
    with progress(100, "Restoring") as advance:
        report = put_in_place(path, source, now=system_clock(), progress=in_percent(advance))
    emit_one(report, as_json=as_json)
    if report.pending:
        advice = pasteable("bakureserve migrate up", settings)
        say(f"It lacks migrations ({', '.join(report.pending)}): serve applies them, or {advice}.")
