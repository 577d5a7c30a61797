"""Copies of a store that can be trusted: made while a server writes, verified before they count."""

from __future__ import annotations

import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import msgspec

from bakureserve.domain.errors import (
    Conflict,
    NotFound,
    SchemaMismatch,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    Unavailable,
)
from bakureserve.store import migrator
from bakureserve.store.engines import sqlite
from bakureserve.store.engines.sqlite import SqliteConnection
from bakureserve.store.engines.sqlite_files import copy_pages
from bakureserve.store.maintenance.atomic_file import (
    as_store_errors,
    beside,
    companions,
    replaceable,
    sync,
)

Progress = Callable[[int, int], None]
"""Told after every step: pages copied so far, and pages in all."""

_PATIENCE = 5.0
"""Seconds to wait for a lock. Only a file that is not in WAL mode makes a copy wait."""


class Contents(msgspec.Struct, frozen=True):
    """What a database holds: its newest migration, those it lacks, and how much."""

    migration: str
    pending: tuple[str, ...]
    restaurants: int
    reservations: int


class BackupReport(msgspec.Struct, frozen=True):
    """A backup that was made, and how long that took."""

    path: str
    bytes: int
    seconds: float
    migration: str
    restaurants: int
    reservations: int


def back_up(
    source: Path,
    target: Path,
    *,
    overwrite: bool = False,
    numbered: bool = False,
    leaving: int = 0,
    progress: Progress | None = None,
) -> BackupReport:
    """Write a verified copy of the database as it is at this moment, beside any other process.

    With `numbered`, a target whose name is taken gets a number: `name-2.db`. `leaving` is how many
    bytes must stay free on the target's disk. What `progress` raises ends it.
    The target appears whole, synced to disk and readable by its owner alone, or not at all.
    Raises Conflict (target exists, is no regular file, or is the database), SchemaMismatch (also
    where there is no database), StoreCorrupt (the database itself is damaged), StoreFull,
    StoreReadOnly.
    """
    started = time.perf_counter()
    migrator.require_database(source)
    target = replaceable(target)
    refuse_same_file(source, target)
    if target.exists() and not overwrite and not numbered:
        raise Conflict("backup_exists", path=str(target))
    with beside(target) as partial:
        contents = verified_copy(source, partial, progress, leaving=leaving)
        with as_store_errors(target):
            if overwrite:
                _remove_companions(target)
                partial.replace(replaceable(target))
            else:
                target = _give_free_name(partial, target, numbered=numbered)
            sync(target.parent)
            size = target.stat().st_size
    return BackupReport(
        path=str(target),
        bytes=size,
        seconds=round(time.perf_counter() - started, 3),
        migration=contents.migration,
        restaurants=contents.restaurants,
        reservations=contents.reservations,
    )


def verified_copy(
    source: Path, target: Path, progress: Progress | None = None, *, leaving: int = 0
) -> Contents:
    """Copy a database into the empty file `target`, check every page of it and sync it to disk."""
    _refuse_lack_of_space(source, target, leaving)
    require_ours(source)
    try:
        _copy(source, target, progress)
    except Unavailable as error:
        raise _told(error, source, target) from error
    contents = verified(target, named=source)
    with as_store_errors(target):
        sync(target)
    return contents


def verified(path: Path, *, named: Path | None = None) -> Contents:
    """What the file holds, once nothing is found wrong with it. `named` is what errors call it.

    Raises StoreCorrupt; SchemaMismatch when it is not ours or newer than the program.
    """
    named = named or path
    try:
        with closing(
            sqlite.connect(path, "read", busy_timeout=_PATIENCE, lenient=True)
        ) as connection:
            _refuse_damaged(connection, named)
    except Unavailable as error:
        raise _told(error, named, path) from error
    return contents_of(path)


def contents_of(path: Path) -> Contents:
    """How much the database holds, without looking for damage. Raises as `verified` does."""
    found = require_ours(path)
    try:
        with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as connection:
            ((restaurants, reservations),) = connection.all(
                "select (select count(*) from restaurant), (select count(*) from reservation)"
            )
    except Unavailable as error:
        raise _told(error, path, path) from error
    return Contents(
        migration=found.applied[-1],
        pending=found.pending,
        restaurants=restaurants,
        reservations=reservations,
    )


def require_backup(path: Path) -> None:
    """Raises NotFound unless there is a file."""
    if not path.is_file():
        raise NotFound("no_backup", path=str(path))


def require_ours(path: Path) -> migrator.SchemaStatus:
    """The file's migrations.

    Raises SchemaMismatch for a stranger's or a newer program's file, StoreCorrupt for what is none.
    """
    try:
        found = migrator.status(path)
    except StoreCorrupt as error:
        raise StoreCorrupt("not_a_database", path=str(path)) from error
    if found.unknown:
        raise SchemaMismatch("schema_newer", unknown=", ".join(found.unknown))
    if not found.applied:
        raise SchemaMismatch("not_our_database", path=str(path))
    return found


def refuse_same_file(one: Path, other: Path) -> None:
    """Raises Conflict when both names lead to one file."""
    if one.exists() and other.exists() and one.samefile(other):
        raise Conflict("same_file", path=str(one))


def _give_free_name(partial: Path, target: Path, *, numbered: bool) -> Path:
    """Give the file the target's name, or with `numbered` the first of its row that is free.

    Raises Conflict when it is taken, also by a process that was quicker just now.
    """
    for name in _row_of_names(target) if numbered else (target,):
        if name.exists():
            continue
        _remove_companions(name)
        try:
            os.link(partial, name)
        except FileExistsError:
            continue
        except OSError:  # a file system without hard links
            partial.replace(name)
        return name
    raise Conflict("backup_exists", path=str(target))


def _row_of_names(target: Path) -> Iterator[Path]:
    yield target
    for number in itertools.count(2):
        yield target.with_stem(f"{target.stem}-{number}")


def _remove_companions(target: Path) -> None:
    """Remove what an older file of that name left: SQLite would take it for the new one's."""
    for companion in companions(target):
        companion.unlink(missing_ok=True)


def _copy(source: Path, target: Path, progress: Progress | None) -> None:
    def step(left: int, total: int) -> None:
        if progress is not None:
            progress(total - left, total)

    copy_pages(source, target, busy_timeout=_PATIENCE, step=step)


def _refuse_lack_of_space(source: Path, target: Path, leaving: int) -> None:
    # Seen beforehand, because filling the disk would stop the server that writes to it.
    files = (source, *companions(source))
    needed = leaving + sum(file.stat().st_size for file in files if file.exists())
    free = shutil.disk_usage(target.parent).free
    if needed > free:
        raise StoreFull("copy_needs_space", folder=str(target.parent), needed=needed, free=free)


def _refuse_damaged(connection: SqliteConnection, named: Path) -> None:
    for finding in connection.damages(1):
        raise StoreCorrupt("file_damaged", path=str(named), finding=finding)
    if connection.dangling():
        raise StoreCorrupt("dangling_references")


def _told(error: Unavailable, source: Path, target: Path) -> Exception:
    reason = str(error.__cause__ or error)
    if error.code == "store_corrupt":
        return StoreCorrupt("file_damaged", path=str(source), finding=reason)
    if error.code == "store_full":
        return StoreFull("copy_out_of_space", folder=str(target.parent))
    if error.code.startswith(("store_", "file_cannot")) and isinstance(
        error, (StoreFull, StoreReadOnly)
    ):
        names = {"source": str(source), "target": str(target)}
        return type(error)("copy_failed", **names, reason=reason)
    return error
