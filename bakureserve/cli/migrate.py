"""`bakureserve migrate`: the database's schema, step by step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.common import noun
from bakureserve.cli.context import settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import AsJson, counted, emit, emit_one, say
from bakureserve.cli.prompts import Yes, confirm
from bakureserve.settings import Settings, pasteable
from bakureserve.settings.commands import quoted

if TYPE_CHECKING:
    from bakureserve.store.maintenance.backup import BackupReport

app = noun("The database's schema.")

NoBackup = Annotated[
    bool, typer.Option("--no-backup", help="Take no backup first, where there is no room for one.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only show what would be done.")]


@app.command()
def status(ctx: typer.Context, as_json: AsJson = False) -> None:
    """List the migrations. Exits with 1 if some are still to be applied."""
    from bakureserve.domain.errors import SchemaMismatch
    from bakureserve.store import migrator

    found = migrator.status(settings_from(ctx).database_path)
    if found.unknown:
        raise SchemaMismatch("schema_newer", unknown=", ".join(found.unknown))
    _list({"applied": found.applied, "pending": found.pending}, as_json=as_json)
    if found.pending:
        raise typer.Exit(Status.FINDING)


@app.command()
def up(
    ctx: typer.Context,
    dry_run: DryRun = False,
    no_backup: NoBackup = False,
    as_json: AsJson = False,
) -> None:
    """Apply every migration that the database lacks. `serve` does the same when it starts.

    What is there is backed up before.
    """
    from bakureserve.runtime import refuse_lost_database
    from bakureserve.services.clock import system_clock
    from bakureserve.store import migrator
    from bakureserve.store.maintenance.backup_folder import back_up_if_pending

    settings = settings_from(ctx)
    refuse_lost_database(settings)
    way_back = None
    if not (dry_run or no_backup):
        way_back = back_up_if_pending(
            settings.database_path, settings.backup_folder, system_clock()
        )
    names = migrator.up(
        settings.database_path,
        busy_timeout=settings.store_busy_timeout_seconds,
        dry_run=dry_run,
    )
    _list({"pending" if dry_run else "applied": names}, as_json=as_json)
    tell_way_back(way_back, settings)
    if not names:
        say(f"Nothing to do: {settings.database_path} has every migration.")


@app.command()
def down(
    ctx: typer.Context,
    *,
    steps: Annotated[int, typer.Option(min=1, help="How many migrations to undo.")] = 1,
    yes: Yes = False,
    dry_run: DryRun = False,
    no_backup: NoBackup = False,
    as_json: AsJson = False,
) -> None:
    """Undo the newest migration, with the data that it made room for. A backup is taken before."""
    from bakureserve.runtime import refuse_lost_database
    from bakureserve.services.clock import system_clock
    from bakureserve.store import migrator
    from bakureserve.store.maintenance.backup_folder import back_up_before_migrating

    settings = settings_from(ctx)
    refuse_lost_database(settings)
    path, patience = settings.database_path, settings.store_busy_timeout_seconds
    names = migrator.down(path, steps=steps, busy_timeout=patience, dry_run=True)
    if names and not dry_run:
        confirm(_loss(settings, names), yes=yes)
        if not no_backup:
            kept = back_up_before_migrating(path, settings.backup_folder, system_clock())
            say(f"Backup from before: {kept.path}")
        names = migrator.down(path, steps=len(names), busy_timeout=patience)
    _list({"applied" if dry_run else "undone": names}, as_json=as_json)
    if not names:
        say(f"Nothing to undo: {path} has no migrations.")


@app.command()
def compact(ctx: typer.Context, as_json: AsJson = False) -> None:
    """Rewrite the database without free room. From then on it gives room back by itself.

    Once, for a database that is older than that and was too large to be rewritten when it was
    migrated. Bookings wait meanwhile, and the disk must have room for two more of it.
    """
    from bakureserve.store import migrator

    settings = settings_from(ctx)
    path, patience = settings.database_path, settings.store_busy_timeout_seconds
    before, after = migrator.compact(path, busy_timeout=patience)
    emit_one({"bytes_before": before, "bytes": after}, as_json=as_json)
    say(f"{path} gives free room back to the disk from now on.")


def tell_way_back(backup: BackupReport | None, settings: Settings) -> None:
    """Print how to go back, if a backup was taken."""
    if backup is not None:
        say(pasteable(way_back(backup), settings))


def way_back(backup: BackupReport) -> str:
    """How to get back to the database before the migrations."""
    return (
        f"Backup from before: {backup.path}. To go back: stop the server, install the previous "
        f"release, bakureserve restore {quoted(backup.path)}"
    )


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is about, such as waiting_list.")],
    as_json: AsJson = False,
) -> None:
    """Write a migration from what the models have and the migrations so far have not.

    For developers, in a checkout. Review the file: changed defaults, constraints and on_delete are
    not seen.
    """
    from bakureserve.store import migrator

    written = migrator.create(name)
    if as_json:
        emit_one({"written": str(written) if written else None}, as_json=True)
    elif written is not None:
        typer.echo(written)
    if written is None:
        say("Nothing to write: the migrations already match the models.")


def _loss(settings: Settings, names: tuple[str, ...]) -> str:
    from bakureserve.store.maintenance.backup import contents_of

    held = contents_of(settings.database_path)
    return (
        f"This undoes {', '.join(names)} in {settings.database_path} and destroys the data in "
        f"the tables and columns that they made. The database has "
        f"{counted(held.restaurants, 'restaurant')} and "
        f"{counted(held.reservations, 'reservation')}; "
        f"{pasteable('bakureserve backup', settings)} keeps a copy. Go on?"
    )


def _list(names: dict[str, Iterable[str]], *, as_json: bool) -> None:
    rows = [{"migration": name, "state": state} for state, group in names.items() for name in group]
    columns = {"MIGRATION": lambda row: row["migration"], "STATE": lambda row: row["state"]}
    emit(rows, columns, as_json=as_json)
