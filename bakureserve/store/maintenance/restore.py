"""Putting a backup, or a new database, in the place of one; never a new one in that of a lost one.

A restore leaves the old database or the new one whole, whatever crashes.

The steps, and what a crash after each of them leaves under the database's name:

1. A verified copy of the backup is made beside the database, and it is written down in that copy
   that it was restored. Left: the old one, untouched.
2. The old one's write-ahead log is folded into it, and it is locked. Left: the old one, one file.
3. It gets a second name, `<name>.replaced-<time>`. Left: the old one, under both names.
4. A log of a database that is gone, if one lies there, goes aside. Left: as before.
5. The copy takes the database's name, atomically. Left: the new one.

The folder is synced before step 5, so that not even a loss of power brings back an old log beside
the new database: SQLite would apply it.
"""

from __future__ import annotations

import datetime as dt
import fcntl
import itertools
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import msgspec

from bakureserve.domain.errors import Conflict, SchemaMismatch, StoreBusy, StoreCorrupt
from bakureserve.store.codec import to_us
from bakureserve.store.engines import sqlite
from bakureserve.store.engines.sqlite_files import held_alone
from bakureserve.store.maintenance.atomic_file import (
    as_store_errors,
    beside,
    companions,
    replaceable,
    sync,
)
from bakureserve.store.maintenance.backup import (
    Progress,
    refuse_same_file,
    require_backup,
    verified_copy,
)
from bakureserve.store.maintenance.backup_folder import kept_in
from bakureserve.store.maintenance.peek import newest_event_id

# Where everyone who has a database open in WAL mode keeps a shared lock, for as long as it is open.
# https://www.sqlite.org/fileformat2.html#the_lock_byte_page
_SHARED_LOCK_START, _SHARED_LOCK_LENGTH = 0x40000002, 510

_LEAP = 1_000_000
"""By how much event ids go on beyond the greatest that may have been given out."""


class RestoreReport(msgspec.Struct, frozen=True):
    """A backup that was restored. `replaced` is where the old database is kept, if there was one;
    `pending` are migrations that the restored one lacks."""

    path: str
    source: str
    replaced: str | None
    bytes: int
    migration: str
    pending: tuple[str, ...]
    restaurants: int
    reservations: int


def restore(
    path: Path, source: Path, *, now: dt.datetime, progress: Progress | None = None
) -> RestoreReport:
    """Make the database at `path` a copy of `source`; the old one is kept beside it.

    Raises NotFound (no source), Conflict (a process has the database open), SchemaMismatch (the
    source is not ours, or newer than the program), StoreCorrupt (it is damaged), StoreFull,
    StoreReadOnly.
    """
    require_backup(source)
    path = replaceable(path)
    refuse_same_file(path, source)
    with as_store_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    given_out = newest_event_id(path)
    with beside(path) as copy:
        contents = verified_copy(source, copy, progress)
        _record_restore(copy, given_out, now)
        with _locked(path), as_store_errors(path):
            replaced = set_aside(path, now)
            sync(path.parent)
            copy.replace(path)
            sync(path.parent)
    return RestoreReport(
        path=str(path),
        source=str(source),
        replaced=str(replaced) if replaced else None,
        bytes=path.stat().st_size,
        migration=contents.migration,
        pending=contents.pending,
        restaurants=contents.restaurants,
        reservations=contents.reservations,
    )


def _record_restore(copy: Path, given_out: int, now: dt.datetime) -> None:
    """Record the restore as an event with an id beyond all that were ever given out.

    Followers and receivers of webhooks know ids of events after the backup: never reuse them.
    `given_out` is the newest of the database that is replaced. Where that is lost, the clock's
    milliseconds are beyond it: events come more slowly, and go on from there after every restore.
    """
    beyond = max(newest_event_id(copy), given_out, int(now.timestamp() * 1000)) + _LEAP
    with closing(sqlite.connect(copy, "alter")) as connection:
        connection.begin_writing()
        connection.execute(
            "insert into event (id, at, kind, data) values (?, ?, 'store.restored', '{}')",
            (beyond, to_us(now)),
        )
        connection.commit()
    with as_store_errors(copy):
        sync(copy)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Keep every other process out of the database. Raises Conflict while one has it open.

    A process that opens the file now waits for the lock, and then finds that it was renamed: SQLite
    refuses to write to it (SQLITE_READONLY_DBMOVED), so that no booking goes to the old file.
    """
    with ExitStack() as held:
        if path.exists():
            try:
                held.enter_context(held_alone(path))
            except StoreBusy as error:
                raise _in_use(path) from error
            except StoreCorrupt:
                held.enter_context(_locked_by_hand(path))
        yield


@contextmanager
def _locked_by_hand(path: Path) -> Iterator[None]:
    """Lock a file that SQLite cannot read: a server may still serve it from its cache."""
    with path.open("r+b") as file:
        try:
            fcntl.lockf(
                file, fcntl.LOCK_EX | fcntl.LOCK_NB, _SHARED_LOCK_LENGTH, _SHARED_LOCK_START
            )
        except BlockingIOError as error:
            raise _in_use(path) from error
        yield


def _in_use(path: Path) -> Conflict:
    return Conflict("database_in_use", path=str(path))


def set_aside(path: Path, now: dt.datetime) -> Path | None:
    """Rename the old database with all its files; its new name."""
    kept = _free_name(path.with_name(f"{path.name}.replaced-{now:%Y%m%dT%H%M%SZ}"))
    existed = path.exists()
    if existed:
        _give_second_name(path, kept)
    for old, new in zip(companions(path), companions(kept), strict=True):
        if old.exists():
            old.rename(new)
    return kept if existed else None


def _free_name(wanted: Path) -> Path:
    """The name, or with the first number that is free: a killed restore may be repeated at once."""
    numbered = (wanted.with_name(f"{wanted.name}-{number}") for number in itertools.count(2))
    return next(
        name
        for name in itertools.chain([wanted], numbered)
        if not any(each.exists() for each in (name, *companions(name)))
    )


def _give_second_name(path: Path, kept: Path) -> None:
    try:
        os.link(path, kept)
    except OSError:  # a file system without hard links
        shutil.copyfile(path, kept)
        kept.chmod(0o600)
        sync(kept)


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
        with as_store_errors(database):
            set_aside(database, now)


def is_missing(database: Path) -> bool:
    """Whether there is no file, or one without a single byte, as a cut-off start leaves it."""
    return not database.exists() or (database.is_file() and database.stat().st_size == 0)


def _traces(database: Path, backups: Path, outbox: Path) -> Iterator[Path]:
    log = database.with_name(f"{database.name}-wal")
    with as_store_errors(database.parent):
        if log.exists() and log.stat().st_size:
            yield log
        yield from sorted(database.parent.glob(f"{database.name}.replaced-*"))
    yield from (Path(kept.path) for kept in kept_in(backups))
    if outbox.is_dir():
        with as_store_errors(outbox):
            yield from (each for each in outbox.iterdir() if _is_delivery(each))


def _is_delivery(file: Path) -> bool:
    """Whether it may be a letter or a message that was written out, rather than a `.gitkeep`."""
    return file.suffix in {".eml", ".json", ".jsonl"} and not file.name.startswith(".")
