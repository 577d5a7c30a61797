"""`bakureserve backup`: verified copies of the database, and the list of them."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from bakureserve.cli.common import FirstVerb, noun
from bakureserve.cli.context import settings_from
from bakureserve.cli.output import AsJson, emit, emit_one, progress, say
from bakureserve.settings import Settings, pasteable

app = noun("Copies of the database. Without a verb: create.", cls=FirstVerb)

_COLUMNS = {
    "TAKEN": lambda backup: f"{backup.taken_at:%Y-%m-%d %H:%M:%S} UTC",
    "KIND": lambda backup: backup.kind,
    "BYTES": lambda backup: backup.bytes,
    "PATH": lambda backup: backup.path,
}


@app.command()
def create(
    ctx: typer.Context,
    target: Annotated[
        Path | None,
        typer.Argument(
            help="File to write, its folder, or - for a pipe.  [default: backups/ in DATA_DIR]",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace a file of that name.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Write a verified copy of the database, while the server runs or not.

    A file that is called like a verb, or help, is written as ./list or ./help.
    """
    from bakureserve.runtime import backup_command, refuse_lost_database
    from bakureserve.services.clock import system_clock
    from bakureserve.store.maintenance.backup import back_up
    from bakureserve.store.migrator import require_database

    settings = settings_from(ctx)
    refuse_lost_database(settings)
    require_database(settings.database_path)
    if target == Path("-"):
        _write_to_stdout(settings, system_clock())
        return
    chosen, is_named_by_us = _chosen(target, settings, system_clock())
    with progress(100, "Backing up") as advance:
        report = back_up(
            settings.database_path,
            chosen,
            overwrite=overwrite,
            numbered=is_named_by_us and not overwrite,
            progress=in_percent(advance),
        )
    emit_one(report, as_json=as_json)
    command = backup_command(settings)
    if command is not None:
        command.run(report.path)


@app.command("list")
def list_all(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the backups in DATA_DIR, the newest first."""
    from bakureserve.store.maintenance.backup_folder import kept_in

    settings = settings_from(ctx)
    found = kept_in(settings.backup_folder)
    emit(found, _COLUMNS, as_json=as_json)
    if not found:
        advice = pasteable("Take one: bakureserve backup", settings)
        say(f"There are no backups in {settings.backup_folder}. {advice}")


def in_percent(advance: Callable[[int], None]) -> Callable[[int, int], None]:
    """Advance a bar of 100 parts by the copied pages."""
    shown = 0

    def moved_on(done: int, total: int) -> None:
        nonlocal shown
        percent = 100 * done // total if total else 100
        advance(percent - shown)
        shown = percent

    return moved_on


def _chosen(target: Path | None, settings: Settings, now: dt.datetime) -> tuple[Path, bool]:
    """The file to write, and whether we chose its name: then a number is added if it is taken."""
    from bakureserve.store.maintenance.backup_folder import name_for

    if target is None:
        return _in_backup_folder(settings, now), True
    target = target.expanduser()
    return (target / name_for(now), True) if target.is_dir() else (target, False)


def _in_backup_folder(settings: Settings, now: dt.datetime) -> Path:
    from bakureserve.store.maintenance.backup_folder import clear_unfinished, make_folder, name_for

    make_folder(settings.backup_folder)
    clear_unfinished(settings.backup_folder)
    return settings.backup_folder / name_for(now)


def _write_to_stdout(settings: Settings, now: dt.datetime) -> None:
    """Write a copy to the pipe only when it is verified: half a copy must not look whole."""
    from bakureserve.store.maintenance.atomic_file import beside
    from bakureserve.store.maintenance.backup import verified_copy

    if sys.stdout.isatty():
        raise typer.BadParameter("A backup is not text: send it to a file or a pipe.")
    with beside(_in_backup_folder(settings, now)) as copy:
        with progress(100, "Backing up") as advance:
            held = verified_copy(settings.database_path, copy, in_percent(advance))
        with copy.open("rb") as file:
            shutil.copyfileobj(file, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    say(f"Sent {held.restaurants} restaurants and {held.reservations} reservations.")
