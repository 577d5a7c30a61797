"""A backup before the schema changes: with it the release of before can be installed again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from bakureserve.store import migrator
from bakureserve.store.maintenance import backup_folder
from bakureserve.store.maintenance.backup import BackupReport, back_up


def keep_before_up(database: Path, folder: Path, now: dt.datetime) -> BackupReport | None:
    """Back the database up if it lacks migrations; None when none would change anything in it.

    Raises the errors of `back_up`; SchemaMismatch for a stranger's database.
    """
    found = migrator.status(database)
    if not (found.applied and found.pending) or found.unknown:
        return None
    return keep(database, folder, now)


def keep(database: Path, folder: Path, now: dt.datetime) -> BackupReport:
    """Back the database up as it is before a migration. Raises the errors of `back_up`."""
    backup_folder.make_folder(folder)
    backup_folder.clear_unfinished(folder)
    return back_up(database, folder / backup_folder.name_for(now, "migration"), numbered=True)
