"""One import: every file in one transaction, which lands whole or not at all."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Invalid
from bakureserve.store import audit, migrator
from bakureserve.store.accounts import users
from bakureserve.store.database import write_alone
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

    Every trouble with the files is in the report, whose `result` says whether they were taken.
    Raises Unavailable when the store cannot be used.
    """
    report = Report()
    with _store_for(path, dry_run=order.dry_run) as store:
        migrator.up(store, busy_timeout=busy_timeout)
        try:
            write_alone(
                store, lambda tx: _import(tx, order, report, advance), busy_timeout=busy_timeout
            )
        except _NothingTaken:
            return report
        except Invalid as error:
            return refused(error)
    report.result = "would_be_taken" if order.dry_run else "taken"
    return report


def refused(error: Invalid) -> Report:
    """The report of a run that found nothing it could take."""
    report = Report()
    report.refuse(error)
    return report


def _import(transaction: Transaction, order: Order, report: Report, advance: Advance) -> None:
    _refuse_homeless(transaction, order.files)
    writer = ImportWriter(transaction, order.now)
    for name, path in order.files.named().items():
        report.files[name] = FileReport(name, str(path) if path else None)
        if path is not None:
            _import_file(path, IMPORTERS[name](writer, report, order.now), advance)
    if order.strict and report.rejected:
        report.refuse(Invalid("old_rows_rejected", count=report.rejected))
        raise _NothingTaken
    if order.issuer:
        users.adopt_owners(transaction, order.issuer)
    if report.landed:
        _write_down(transaction, order, report)


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


def _write_down(transaction: Transaction, order: Order, report: Report) -> None:
    """The run's own row, event and audit entry.

    One for the whole run: an event for each old booking would tell everybody who follows a
    restaurant, or waits for mail, about bookings made long ago.
    """
    files = [file for file in report.files.values() if file.path]
    named = [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256} for file in files]
    counts = {str(file.file): file.counts() for file in files}
    run = audit.add_import(transaction, order.now, named, counts)
    audit.record(
        transaction,
        actor=order.actor,
        now=order.now,
        action="import.finished",
        noun_id=str(run),
        changes=counts,
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
