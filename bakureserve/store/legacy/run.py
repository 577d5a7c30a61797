"""One import: every file in one transaction, or in many short ones beside a running server."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Invalid
from bakureserve.store import audit, migrator
from bakureserve.store.accounts import users
from bakureserve.store.database import Slices, is_in_use, write_alone, write_in_slices
from bakureserve.store.legacy.files import Advance, OldFiles, opened
from bakureserve.store.legacy.importer import IMPORTERS, FileImporter, ImportWriter
from bakureserve.store.legacy.json_rows import FORMS, Rows
from bakureserve.store.legacy.report import FileReport, Report
from bakureserve.store.maintenance import backup
from bakureserve.store.transaction import Transaction


class _NothingTaken(Exception):
    """Leaves the store as it was."""


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What to import, under which actor and how.

    `strict` takes nothing when one row is rejected; `dry_run` works on a copy of the store that is
    thrown away, so that nothing waits for it. `issuer` is the outside issuer, by its URL, whose
    subjects own bookings in the files; '' for none that is known yet.
    """

    files: OldFiles
    actor: Actor
    now: dt.datetime
    strict: bool = False
    dry_run: bool = False
    issuer: str = ""


def import_files(path: Path, order: Order, *, busy_timeout: float, advance: Advance) -> Report:
    """Bring the database at `path` up to date and import the files into it.

    While other processes have it open, the import is rehearsed on a copy, where it may be refused;
    then it lands in slices, so that guests wait for none of it. Otherwise it is one transaction.

    Every trouble with the files is in the report, whose `result` says whether they were taken.
    Raises Unavailable when the store cannot be used.
    """
    if not order.dry_run:
        migrator.up(path, busy_timeout=busy_timeout)
    if order.dry_run or not is_in_use(path):
        return _import_at_once(path, order, busy_timeout=busy_timeout, advance=advance)
    rehearsal = msgspec.structs.replace(order, dry_run=True)
    report = _import_at_once(path, rehearsal, busy_timeout=busy_timeout, advance=_tell_nothing)
    if report.result == "nothing_taken":
        return report
    if report.landed:
        report = _import_in_slices(path, order, report, busy_timeout=busy_timeout, advance=advance)
    report.result = "taken"
    return report


def _import_at_once(path: Path, order: Order, *, busy_timeout: float, advance: Advance) -> Report:
    report = Report()

    def work(transaction: Transaction) -> None:
        _import(ImportWriter(transaction, order.now), transaction, order, report, advance)
        if order.strict and report.rejected:
            report.refuse(Invalid("old_rows_rejected", count=report.rejected))
            raise _NothingTaken
        if order.issuer:
            users.adopt_owners(transaction, order.issuer)
        if report.landed:
            files, counts = _told(report)
            _record(
                transaction, order, audit.add_import(transaction, order.now, files, counts), report
            )

    with _store_for(path, dry_run=order.dry_run) as store:
        if order.dry_run:
            migrator.up(store, busy_timeout=busy_timeout)
        try:
            write_alone(store, work, busy_timeout=busy_timeout)
        except _NothingTaken:
            return report
        except Invalid as error:
            return refused(error)
    report.result = "would_be_taken" if order.dry_run else "taken"
    return report


def _import_in_slices(
    path: Path, order: Order, rehearsed: Report, *, busy_timeout: float, advance: Advance
) -> Report:
    """Land what was rehearsed, as far as what guests booked meanwhile allows."""
    report = Report()

    def work(transaction: Transaction, slices: Slices) -> None:
        # Before the first row: by this the close-out knows what was over when it was imported. The
        # counts come at the end, and are empty for an import that was stopped.
        run = audit.add_import(transaction, order.now, _told(rehearsed)[0], {})
        _import(ImportWriter(transaction, order.now, slices), transaction, order, report, advance)
        if order.issuer:
            users.adopt_owners(transaction, order.issuer)
        audit.finish_import(transaction, run, *_told(report))
        _record(transaction, order, run, report)

    write_in_slices(path, work, busy_timeout=busy_timeout)
    return report


def _tell_nothing(_: int) -> None:
    """For the rehearsal: what is told is the landing."""


def refused(error: Invalid) -> Report:
    """The report of a run that found nothing it could take."""
    report = Report()
    report.refuse(error)
    return report


def _import(
    writer: ImportWriter, transaction: Transaction, order: Order, report: Report, advance: Advance
) -> None:
    _refuse_homeless(transaction, order.files)
    for name, path in order.files.named().items():
        report.files[name] = FileReport(name, str(path) if path else None)
        if path is not None:
            _import_file(path, IMPORTERS[name](writer, report, order.now), advance)


def _import_file(path: Path, importer: FileImporter, advance: Advance) -> None:
    with opened(path, advance) as file:
        rows = Rows(file, FORMS[importer.file])
        for row in rows:
            importer.take(row)
        importer.finish()
        counts = importer.report.files[importer.file]
        counts.bytes, counts.sha256, counts.unread = file.consumed, file.sha256(), rows.unread


def _refuse_homeless(transaction: Transaction, files: OldFiles) -> None:
    """Reservations need restaurants, from their file or in the store already."""
    if files.restaurants or not files.reservations:
        return
    if transaction.one("select 1 from restaurant limit 1") is None:
        raise Invalid("old_restaurants_missing", path=str(files.reservations))


def _told(report: Report) -> tuple[list[dict[str, Any]], dict[str, dict[str, int]]]:
    """The files that were read, and what became of their rows, as the run's own row has them."""
    files = [file for file in report.files.values() if file.path]
    named = [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256} for file in files]
    return named, {str(file.file): file.counts() for file in files}


def _record(transaction: Transaction, order: Order, run: int, report: Report) -> None:
    """One event and audit entry for the whole run.

    An event for each old booking would tell everybody who follows a restaurant, or waits for mail,
    about bookings made long ago.
    """
    audit.record(
        transaction,
        actor=order.actor,
        now=order.now,
        action="import.finished",
        noun_id=str(run),
        changes=_told(report)[1],
        event={"landed": report.landed},
    )


@contextmanager
def _store_for(path: Path, *, dry_run: bool) -> Iterator[Path]:
    """The store itself, or a copy that goes away."""
    if not dry_run:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="bakureserve-dry-run-") as folder:
        copy = Path(folder) / "copy.db"
        if path.exists():
            copy.touch(mode=0o600)
            backup.verified_copy(path, copy)
        yield copy
