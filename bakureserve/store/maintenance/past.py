"""Whether a database that is missing has been there before: then a new one must not take its place.

A server that made a new one would look healthy, while every booking is gone, and its backups would
push out the last good ones.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

from bakureserve.domain.errors import Conflict, SchemaMismatch
from bakureserve.store.maintenance.backup_folder import kept_in
from bakureserve.store.maintenance.placing import companions, told_of
from bakureserve.store.maintenance.restore import set_aside


def refuse_loss(database: Path, *, backups: Path, outbox: Path) -> None:
    """Raises SchemaMismatch when there is no database, but what only one that was can have left.

    Signing keys and settings prove nothing: an operator may bring them before the first start.
    """
    if not is_missing(database):
        return
    proof = next(_traces(database, backups, outbox), None)
    if proof is not None and is_missing(database):  # else another server made it as we looked
        raise SchemaMismatch("database_lost", path=str(database), proof=str(proof))


def begin_anew(database: Path, now: dt.datetime) -> None:
    """Make room for a new database: what a lost one left under its name goes aside, and is kept.

    Raises Conflict when there is a database.
    """
    if not is_missing(database):
        raise Conflict("database_exists", path=str(database))
    if any(each.exists() for each in companions(database)):
        with told_of(database):
            set_aside(database, now)


def is_missing(database: Path) -> bool:
    """Whether there is no file, or one without a single byte, as a cut-off start leaves it."""
    return not database.exists() or (database.is_file() and database.stat().st_size == 0)


def _traces(database: Path, backups: Path, outbox: Path) -> Iterator[Path]:
    log = database.with_name(f"{database.name}-wal")
    with told_of(database.parent):
        if log.exists() and log.stat().st_size:
            yield log
        yield from sorted(database.parent.glob(f"{database.name}.replaced-*"))
    yield from (Path(kept.path) for kept in kept_in(backups))
    if outbox.is_dir():
        with told_of(outbox):
            yield from (each for each in outbox.iterdir() if _is_delivery(each))


def _is_delivery(file: Path) -> bool:
    """Whether it may be a letter or a message that was written out, rather than a `.gitkeep`."""
    return file.suffix in {".eml", ".json"} and not file.name.startswith(".")
