"""The database's schema, the room for it, and its backups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from bakureserve.cli.doctor_checks import Finding, fault, fine, note
from bakureserve.cli.output import span
from bakureserve.domain.errors import SchemaMismatch
from bakureserve.runtime import refuse_lost_database
from bakureserve.services.clock import system_clock
from bakureserve.services.health.database import FULL_BYTES, MEGABYTE, room_for
from bakureserve.settings import Settings
from bakureserve.store import migrator
from bakureserve.store.maintenance.backup_folder import kept_in
from bakureserve.store.maintenance.restore import is_missing

_LATE = 2
"""How many intervals old the newest backup may be."""


def check_store(settings: Settings) -> Iterator[Finding]:
    yield from _room(settings)
    if is_missing(settings.database_path):
        yield _missing(settings)
        return
    yield from _schema(settings)
    yield from _backups(settings)


def _missing(settings: Settings) -> Finding:
    try:
        refuse_lost_database(settings)
    except SchemaMismatch as error:
        return fault(
            "schema",
            f"{settings.database_path} is missing, but {error.params['proof']} belongs to it",
            "bakureserve restore BACKUP, or bakureserve serve --new for an empty one",
        )
    return note(
        "schema",
        f"there is no database at {settings.database_path}",
        "bakureserve serve makes it",
    )


def _schema(settings: Settings) -> Iterator[Finding]:
    found = migrator.status(settings.database_path)
    if found.unknown:
        yield fault(
            "schema",
            f"it was written by a newer version, with {', '.join(found.unknown)}",
            "install that version",
        )
    elif found.pending:
        yield fault("schema", f"it lacks {', '.join(found.pending)}", "bakureserve migrate up")
    else:
        yield fine("schema", f"{found.applied[-1]} is the newest there is")


def _room(settings: Settings) -> Iterator[Finding]:
    folders = {"database": settings.database_path, "backups": settings.backup_folder / "x"}
    for name, path in folders.items():
        try:
            room = room_for(path)
        except PermissionError:  # reported for the folder
            continue
        told = f"{room.free // MEGABYTE} MB are free for the {name}"
        if room.free < FULL_BYTES:
            yield fault("disk", told, "free some space now: bookings are about to fail")
        elif room.free < room.wanted:
            yield note("disk", told, f"{room.wanted // MEGABYTE} MB should be")
        else:
            yield fine("disk", told)


def _backups(settings: Settings) -> Iterator[Finding]:
    found = kept_in(settings.backup_folder)
    if not found:
        yield note("backups", f"there are none in {settings.backup_folder}", "bakureserve backup")
        return
    age = system_clock() - found[0].taken_at
    told = f"{len(found)}, the newest {span(age.total_seconds())} old"
    every = dt.timedelta(seconds=settings.backup_interval)
    if every and age > _LATE * every:
        yield fault(
            "backups", told, "check that the server runs, and what its log says about backups"
        )
    else:
        yield fine("backups", told)
    if settings.backup_folder.stat().st_dev == settings.database_path.stat().st_dev:
        yield note(
            "backups", "they are on the same disk as the database", "copy some to another machine"
        )
