"""`bakureserve backup`: a copy of the database that can be trusted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.output import AsJson, emit_one, progress
from bakureserve.cli.run import settings_from
from bakureserve.settings import Settings

app = typer.Typer(add_completion=False, rich_markup_mode=None)


@app.command()
def backup(
    ctx: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(
            help="File to write, or a folder for it.  [default: backups/ in DATA_DIR]",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file of that name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a verified copy of the database, while the server runs or not."""
    from bakureserve.services.clock import system_clock
    from bakureserve.store.backup import back_up, require_database

    settings = settings_from(ctx)
    require_database(settings.database_path)
    chosen = _chosen(target, settings, system_clock())
    with progress(100, "Backing up") as advance:
        report = back_up(
            settings.database_path, chosen, overwrite=overwrite, progress=in_percent(advance)
        )
    emit_one(report, as_json=as_json)


def in_percent(advance: Callable[[int], None]) -> Callable[[int, int], None]:
    """Move a bar of 100 parts on as a copy tells how many of its pages are done."""
    shown = 0

    def moved_on(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total if total else 100
        advance(percent - shown)
        shown = percent

    return moved_on


def _chosen(target: Path | None, settings: Settings, now: dt.datetime) -> Path:
    name = f"bakureserve-{now:%Y%m%dT%H%M%SZ}.db"
    if target is None:
        folder = settings.data_dir / "backups"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / name
    target = target.expanduser()
    return target / name if target.is_dir() else target
