"""Writing a file beside the one it replaces, so that a crash leaves one of the two whole."""

from __future__ import annotations

import fcntl
import glob
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from bakureserve.domain.errors import Conflict
from bakureserve.store.engines import sqlite

_COMPANIONS = ("-wal", "-shm", "-journal")
_UNFINISHED = ".partial"


def replaceable(target: Path) -> Path:
    """The path at which a file called `target` is put: links are followed.

    Raises Conflict unless there is nothing yet, or a regular file. A rename would take the place of
    a device or a pipe as well, and programs that use it would find a file there.
    """
    try:
        found = target.resolve()
    except RuntimeError:  # a link that leads to itself
        raise Conflict("not_a_regular_file", path=str(target)) from None
    if found.exists() and not found.is_file():
        raise Conflict("not_a_regular_file", path=str(target))
    return found


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """An empty file in the target's folder, for its owner alone; gone afterwards unless moved.

    It is locked meanwhile, so that one that a killed process left can be told from one in the
    making. What such a process left of this target goes first.
    """
    with as_store_errors(target):
        remove_unfinished(target.parent, glob.escape(target.name))
        handle, partial = _make_locked(target)
    try:
        yield partial
    finally:
        for leftover in (partial, *companions(partial)):
            leftover.unlink(missing_ok=True)
        os.close(handle)


def remove_unfinished(folder: Path, name: str) -> None:
    """Remove what killed processes left of targets called `name`, which may be a glob pattern."""
    for left in folder.glob(f".{name}.*{_UNFINISHED}"):
        if _is_abandoned(left):
            for file in (*companions(left), left):
                file.unlink(missing_ok=True)


def _make_locked(target: Path) -> tuple[int, Path]:
    while True:
        handle, name = tempfile.mkstemp(
            prefix=f".{target.name}.", suffix=_UNFINISHED, dir=target.parent
        )
        with suppress(OSError):  # a file system without locks: there nothing is ever removed
            fcntl.flock(handle, fcntl.LOCK_SH)
        if os.fstat(handle).st_nlink:  # not removed by another before it was locked
            return handle, Path(name)
        os.close(handle)


def _is_abandoned(partial: Path) -> bool:
    try:
        with partial.open("r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:  # locked, gone, or not ours
        return False
    return True


def companions(path: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside a database: write-ahead log, its index, journal."""
    return tuple(path.with_name(path.name + suffix) for suffix in _COMPANIONS)


def sync(path: Path) -> None:
    """Make a file's content, or a folder's names, survive a loss of power."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def as_store_errors(path: Path) -> Iterator[None]:
    """Raise failures of the file system as the store's errors, naming `path`."""
    try:
        yield
    except OSError as error:
        raise sqlite.cannot_open(path, error) from error
