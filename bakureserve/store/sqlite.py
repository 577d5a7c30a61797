"""Connections to a SQLite file, the way every part of the program opens them."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path
from typing import Any, Literal, NoReturn

import peewee as pw

from bakureserve.domain.errors import StoreFull, StoreReadOnly, Unavailable
from bakureserve.store.failures import translated

Purpose = Literal["read", "write", "migrate"]

_CACHED_STATEMENTS = 512
LOG_LIMIT_BYTES = 32 * 1024 * 1024
"""To what the write-ahead log is cut when it begins anew after it had to grow beyond, which it does
while somebody reads for long."""


def connect(path: Path, purpose: Purpose, *, busy_timeout: float = 0.0) -> pw.SqliteDatabase:
    """An open connection of its own to a file that exists, usable from any one thread at a time.

    `busy_timeout` is in seconds and blocks the calling thread: leave it 0 in an event loop.
    Raises the errors of `store.failures`.
    """
    database = pw.SqliteDatabase(
        f"{path.absolute().as_uri()}?mode=rw",  # never an empty file in the place of a lost one
        uri=True,
        pragmas=_pragmas(purpose, busy_timeout),
        timeout=busy_timeout,
        thread_safe=False,
        check_same_thread=False,
        cached_statements=_CACHED_STATEMENTS,
    )
    try:
        database.connect()
    except sqlite3.Error as error:
        _raise_naming(path, translated(error))
    except pw.PeeweeException as error:
        _raise_naming(path, unwrapped(error))
    return database


def _raise_naming(path: Path, error: Exception) -> NoReturn:
    """Raise the error with the file that could not be opened, which the engine does not name."""
    if isinstance(error, StoreReadOnly) and error.code == "store_cannot_open":
        raise StoreReadOnly("file_cannot_open", path=str(path)) from error.__cause__
    raise error


def raw(database: pw.SqliteDatabase) -> sqlite3.Connection:
    """The driver's connection under peewee's."""
    connection: sqlite3.Connection = database.connection()
    return connection


def _pragmas(purpose: Purpose, busy_timeout: float) -> list[tuple[str, Any]]:
    # The time-out comes first: switching to WAL takes a lock as well.
    pragmas: list[tuple[str, Any]] = [("busy_timeout", int(busy_timeout * 1000))]
    if purpose == "write":
        pragmas.append(("journal_mode", "wal"))
    if purpose != "read":
        pragmas += [("synchronous", "full"), ("journal_size_limit", LOG_LIMIT_BYTES)]
    # A table that a migration rebuilds is dropped, and with foreign keys on that would delete
    # every row that refers to it.
    pragmas.append(("foreign_keys", 0 if purpose == "migrate" else 1))
    pragmas.append(("query_only", 1 if purpose == "read" else 0))
    pragmas += [("temp_store", "memory"), ("cache_size", -16_000)]
    return pragmas


def unwrapped(error: Exception) -> Exception:
    """peewee's exception as what it wraps: the store's own failure, or the error as it came."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    return translated(cause) if isinstance(cause, sqlite3.Error) else error


def raise_unwrapped(error: Exception) -> NoReturn:
    """Raise the error as `unwrapped` has it. Not `from error`, which may wrap the very same."""
    raise unwrapped(error)


def cannot_open(path: Path, error: OSError) -> Unavailable:
    """Why the file or its folder could not be made."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull("folder_full", path=str(path))
    return StoreReadOnly("store_cannot_create", path=str(path), reason=error.strerror or str(error))
