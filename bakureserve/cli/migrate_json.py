"""`bakureserve migrate-json`: import the old server's files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from bakureserve.cli.context import operator, settings_from
from bakureserve.cli.exit_status import Status
from bakureserve.cli.files import require_no_database
from bakureserve.cli.migrate import tell_way_back
from bakureserve.cli.output import AsJson, emit, progress, say, warn
from bakureserve.locale import say as worded

if TYPE_CHECKING:
    from bakureserve.settings import Settings
    from bakureserve.store.legacy.report import FileReport, Reason, ReasonGroup, Report, ReportEntry

app = typer.Typer(add_completion=False, rich_markup_mode=None)

_Shown = tuple["ReasonGroup", "ReportEntry", "Reason"]
_COUNTS: dict[str, Callable[[FileReport], object]] = {
    "FILE": lambda file: file.file,
    "READ": lambda file: file.read,
    "IMPORTED": lambda file: file.imported,
    "UNCHANGED": lambda file: file.unchanged,
    "ADJUSTED": lambda file: file.adjusted,
    "REJECTED": lambda file: file.rejected,
}
_REASONS: dict[str, Callable[[_Shown], object]] = {
    "OUTCOME": lambda shown: shown[0].outcome,
    "REASON": lambda shown: shown[0].code,
    "ROWS": lambda shown: shown[0].count,
    "FOR EXAMPLE": lambda shown: f"{shown[1].file}[{shown[1].position}]",
    "ID": lambda shown: shown[1].id,
    "WHAT": lambda shown: worded(shown[2].code, shown[2].params, "en"),
}


@app.command()
def migrate_json(
    ctx: typer.Context,
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="DIR",
            help="Folder of the old files.  [default: DATA_DIR]",
            show_default=False,
        ),
    ] = None,
    *,
    users: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where users.json is, if not in DIR.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Report what would be done, and change nothing.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Import nothing if a single row cannot be imported.")
    ] = False,
    as_json: AsJson = False,
    report_file: Annotated[
        Path | None,
        typer.Option("--report", metavar="FILE", help="Write the whole report to a file, as JSON."),
    ] = None,
) -> None:
    """Import restaurants, accounts and reservations of the old server.

    It is all or nothing, but for a crash or Ctrl-C beside a running server: run it again then.

    The old files are only read. It can be run again: what is there already is left alone. Exit
    status 0: all taken as it stood; 1: taken, with a report to read; 2: nothing taken.
    """
    settings = settings_from(ctx)
    with _report_file(report_file) as keep:
        report = _run(settings, folder or settings.data_dir, users, dry_run=dry_run, strict=strict)
        keep(report)
    if as_json:
        report.write_json(sys.stdout.buffer)
    else:
        _show(report)
    _tell_ending(report)
    raise typer.Exit(_status(report))


def _run(
    settings: Settings, folder: Path, users: Path | None, *, dry_run: bool, strict: bool
) -> Report:
    from bakureserve.domain.errors import Invalid
    from bakureserve.runtime import named_issuer, refuse_lost_database
    from bakureserve.services.clock import system_clock
    from bakureserve.store.legacy.files import find_old_files
    from bakureserve.store.legacy.run import Order, import_files, refused
    from bakureserve.store.maintenance.backup_folder import back_up_if_pending

    refuse_lost_database(settings)
    try:
        files = find_old_files(folder, users)
    except Invalid as error:
        return refused(error)
    order = Order(
        files=files,
        actor=operator(),
        now=system_clock(),
        strict=strict,
        dry_run=dry_run,
        issuer=named_issuer(settings),
    )
    busy_timeout = settings.store_busy_timeout_seconds
    if not dry_run:
        kept = back_up_if_pending(settings.database_path, settings.backup_folder, order.now)
        tell_way_back(kept, settings)
    with progress(files.bytes(), "Importing") as advance:
        return import_files(
            settings.database_path, order, busy_timeout=busy_timeout, advance=advance
        )


@contextmanager
def _report_file(path: Path | None) -> Iterator[Callable[[Report], None]]:
    """Writes the report atomically, readable only by its owner.

    The file is created first, so that an unwritable folder stops the import.
    """
    if path is None:
        yield lambda _: None
        return
    from bakureserve.store.maintenance.atomic_file import beside, replaceable, sync

    path = replaceable(path)
    require_no_database(path)
    with beside(path) as partial:

        def keep(report: Report) -> None:
            with partial.open("wb") as out:
                report.write_json(out)
            sync(partial)
            partial.replace(replaceable(path))

        yield keep


def _status(report: Report) -> Status:
    if report.result == "nothing_taken":
        return Status.REFUSED
    return Status.OK if report.is_clean else Status.FINDING


def _show(report: Report) -> None:
    if report.files:
        emit(report.files.values(), _COUNTS)
    groups = sorted(report.groups.values(), key=lambda group: (group.outcome, group.code))
    if groups:
        emit(((group, *shown) for group in groups for shown in group.examples), _REASONS)


def _tell_ending(report: Report) -> None:
    if report.error is not None:
        say(worded(report.error.code, report.error.params, "en"))
    for file in report.files.values():
        if file.path is None:
            hint = " If it lies elsewhere, name it with --users." if "users" in file.file else ""
            say(f"There is no {file.file}, so nothing of it was imported.{hint}")
        for key in file.unread:
            warn(f"{file.path} also holds {key!r}, which is not imported.")
    if any(group.count > len(group.examples) for group in report.groups.values()):
        say(
            "These are examples. Every row: --json, or --report FILE. "
            "What the reasons mean: bakureserve help migration."
        )
    if report.result == "would_be_taken":
        say("A dry run: nothing was written.")
