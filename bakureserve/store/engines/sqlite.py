"""SQLite: how a file is opened, what its codes mean, and what else no other engine has.

Its triggers are in `sqlite_triggers`, and what is done with its files in `sqlite_files`. Everything
here raises the store's own errors, with what SQLite said as their cause.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, TypeVar

import peewee as pw

from bakureserve.domain.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    Unavailable,
)
from bakureserve.store.transaction import BrokenRule, EngineError, Row, Unit, outcome_unknown

T = TypeVar("T")

Purpose = Literal["read", "write", "alter", "migrate"]
"""`alter` writes to a file that no other process has open, and leaves its journal as it is."""

_CACHED_STATEMENTS = 512
LOG_LIMIT_BYTES = 32 * 1024 * 1024
"""To what the write-ahead log is cut when it begins anew after it had to grow beyond, which it does
while a reader takes long."""
_INTERRUPT_AGAIN = 0.01
_HAND_WRITTEN = ("CHECK constraint failed", "NULL value in", "non-unique entry")
"""Rows written by hand with the rules off: `check` finds them, and the file itself is sound."""
_UNIQUE = "UNIQUE constraint failed: "

AMONG = "in (select value from json_each(?))"
"""SQL for being one of a list, which is given as JSON."""

_BY_PRIMARY_CODE: dict[int, tuple[type[Unavailable], str]] = {
    sqlite3.SQLITE_BUSY: (StoreBusy, "store_busy"),
    sqlite3.SQLITE_LOCKED: (StoreBusy, "store_busy"),
    sqlite3.SQLITE_FULL: (StoreFull, "store_full"),
    sqlite3.SQLITE_READONLY: (StoreReadOnly, "store_read_only"),
    sqlite3.SQLITE_CANTOPEN: (StoreReadOnly, "store_cannot_open"),
    sqlite3.SQLITE_PERM: (StoreReadOnly, "store_cannot_open"),
    sqlite3.SQLITE_AUTH: (StoreReadOnly, "store_read_only"),
    sqlite3.SQLITE_CORRUPT: (StoreCorrupt, "store_corrupt"),
    sqlite3.SQLITE_NOTADB: (StoreCorrupt, "store_corrupt"),
    sqlite3.SQLITE_IOERR: (StoreFull, "store_io_error"),
}


class Connection:
    """An open SQLite connection, usable from any one thread at a time. See the Protocol of the same
    name; `connect` makes one."""

    __slots__ = ("_mark", "driver")

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver
        self._mark = driver.cursor()  # asked at every request: a new one costs a third

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; the number of rows it changed."""
        try:
            return self.driver.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise translated(error) from error

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each of `rows`."""
        try:
            self.driver.executemany(sql, rows)
        except sqlite3.Error as error:
            raise translated(error) from error

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an insert into a table with a counter; the new row's number."""
        try:
            return self.driver.execute(sql, parameters).lastrowid or 0
        except sqlite3.Error as error:
            raise translated(error) from error

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        try:
            row: Row | None = self.driver.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise translated(error) from error
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Every row of a query."""
        try:
            return self.driver.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise translated(error) from error

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Like `all`, one row at a time, for results that should not be held whole."""
        try:
            yield from self.driver.execute(sql, parameters)
        except sqlite3.Error as error:
            raise translated(error) from error

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. On a full disk SQLite rolls back by itself."""
        return self.driver.in_transaction

    def snapshot(self, unit: Unit[T]) -> T:
        """The result of a unit that changes nothing, and whose statements all see one moment."""
        try:
            self.driver.execute("begin")
        except sqlite3.Error as error:
            raise translated(error) from error
        try:
            return unit(self)
        finally:
            self.rollback()

    def begin_reading(self) -> None:
        """Begin what `snapshot` does for one unit. Closing the connection ends it."""
        self.execute("begin")

    def begin_writing(self) -> None:
        """Take the write lock. Raises StoreBusy while another connection has it."""
        self.execute("begin immediate")

    def commit(self) -> None:
        """Make the transaction durable. Raises Unavailable, also when a crash decides what is kept.

        A commit that is written and could not be synced is undone for this process alone: one that
        opens the file after a crash would find it whole, and take it.
        """
        try:
            self.driver.commit()
        except sqlite3.Error as error:
            told = translated(error)
            unsynced = _extended_code(error) == sqlite3.SQLITE_IOERR_FSYNC
            if unsynced and isinstance(told, Unavailable):
                raise outcome_unknown(told) from told
            raise told from error

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        if self.driver.in_transaction:
            try:
                self.driver.rollback()
            except sqlite3.Error as error:
                raise translated(error) from error

    def close(self) -> None:
        """Close the connection, and undo what was not committed."""
        self.driver.close()

    def never_wait(self) -> None:
        """Fail at once from now on where another connection holds a lock."""
        self.execute("pragma busy_timeout = 0")

    def change_mark(self) -> int:
        """A number that differs whenever another connection has committed since."""
        try:
            mark: int = self._mark.execute("pragma data_version").fetchone()[0]
        except sqlite3.Error as error:
            raise translated(error) from error
        return mark

    def open_log(self) -> None:
        """Read something: that makes the write-ahead log, if there is none."""
        self.one("select count(*) from sqlite_master")

    def save_log(self) -> None:
        """Copy what the write-ahead log holds into the file, as far as that goes by itself."""
        self.one("pragma wal_checkpoint(passive)")

    def cut_log(self) -> bool:
        """Copy the write-ahead log into the file and cut it; False when it was in use."""
        row = self.one("pragma wal_checkpoint(truncate)")
        return bool(row and row[0] == 0)

    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in their order."""
        found = self.all("select name from sqlite_master where type = 'table' order by name")
        return tuple(name for (name,) in found)

    def damages(self, limit: int) -> list[str]:
        """What is wrong with the file, in SQLite's words and at most `limit` of it."""
        told = [text for (text,) in self.all(f"pragma integrity_check({limit})")]
        return [] if told == ["ok"] else told

    def damage_of(self, table: str, *, seconds: float) -> str | None:
        """What is wrong with a table and its indexes, "" for nothing; None when that was not found
        out in time."""
        done = threading.Event()
        watch = threading.Thread(target=self._interrupt_after, args=(seconds, done))
        watch.start()
        try:
            rows = self.driver.execute("select * from pragma_quick_check(?)", (table,)).fetchall()
        except sqlite3.Error as error:
            if _extended_code(error) == sqlite3.SQLITE_INTERRUPT:
                return None
            raise translated(error) from error
        finally:
            done.set()
            watch.join()  # no interrupt may reach a closed connection
        found = (said for (said,) in rows if said != "ok" and not said.startswith(_HAND_WRITTEN))
        return next(found, "")

    def _interrupt_after(self, seconds: float, done: threading.Event) -> None:
        """Again and again, since one that comes before the statement began is forgotten by it."""
        if done.wait(seconds):
            return
        self.driver.interrupt()
        while not done.wait(_INTERRUPT_AGAIN):
            self.driver.interrupt()

    def dangling(self) -> list[Row]:
        """Rows that refer to none: the table, the row's number, and the table referred to."""
        return [row[:3] for row in self.all("pragma foreign_key_check")]


def connect(
    path: Path, purpose: Purpose, *, busy_timeout: float = 0.0, lenient: bool = False
) -> Connection:
    """A connection of its own to a file that exists.

    `busy_timeout` is in seconds and blocks the calling thread: leave it 0 in an event loop.
    `lenient` reads also text that is no UTF-8, with marks for what cannot be read.
    Raises Unavailable.
    """
    try:
        driver = sqlite3.connect(
            existing(path),
            uri=True,
            timeout=busy_timeout,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=_CACHED_STATEMENTS,
        )
        try:
            for name, value in _pragmas(purpose, busy_timeout):
                driver.execute(f"pragma {name} = {value}")
        except BaseException:
            driver.close()
            raise
    except sqlite3.Error as error:
        raise _naming(path, translated(error)) from error
    if lenient:
        driver.text_factory = lambda text: text.decode(errors="replace")
    return Connection(driver)


@contextmanager
def opened_for_models(
    path: Path, purpose: Purpose, *, busy_timeout: float
) -> Iterator[pw.SqliteDatabase]:
    """The same as peewee has it, which migrates. Closed on leaving. Raises Unavailable."""
    database = pw.SqliteDatabase(
        existing(path),
        uri=True,
        pragmas=_pragmas(purpose, busy_timeout),
        timeout=busy_timeout,
        thread_safe=False,
        check_same_thread=False,
    )
    try:
        try:
            database.connect()
        except (pw.PeeweeException, sqlite3.Error) as error:
            raise _naming(path, _unwrapped(error)) from error
        yield database
    except (pw.PeeweeException, sqlite3.Error) as error:
        raise _unwrapped(error) from error
    finally:
        database.close()


@contextmanager
def in_one_transaction(database: pw.SqliteDatabase) -> Iterator[None]:
    """Commits what is done within, or nothing of it."""
    try:
        with database.atomic("IMMEDIATE"):
            yield
    except (pw.PeeweeException, sqlite3.Error) as error:
        raise _unwrapped(_beginning(error)) from error


def translated(error: sqlite3.Error) -> Exception:
    """What SQLite says, as an error of the store."""
    if isinstance(error, sqlite3.IntegrityError):
        return BrokenRule(_rule(str(error)))
    found = _BY_PRIMARY_CODE.get(_extended_code(error) & 0xFF)  # the rest tells its kinds apart
    if found is None:
        return EngineError(str(error))
    family, code = found
    told = family(code)
    told.__cause__ = error  # what SQLite said, for the log
    return told


def what_sqlite_said(error: Unavailable) -> str | None:
    """For the log: what is behind a fault that SQLite met. It may name parts of the file."""
    cause = error.__cause__
    return f"{getattr(cause, 'sqlite_errorname', '')}: {cause}" if cause else None


def cannot_open(path: Path, error: OSError) -> Unavailable:
    """Why the file or its folder could not be made."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull("folder_full", path=str(path))
    return StoreReadOnly("store_cannot_create", path=str(path), reason=error.strerror or str(error))


def existing(path: Path) -> str:
    """The URI that opens the file, and makes none where it is missing."""
    return f"{path.absolute().as_uri()}?mode=rw"  # never an empty file in the place of a lost one


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


def _naming(path: Path, error: Exception) -> Exception:
    """The error with the file that could not be opened, which SQLite does not name."""
    if isinstance(error, StoreReadOnly) and error.code == "store_cannot_open":
        return StoreReadOnly("file_cannot_open", path=str(path))
    return error


def _rule(said: str) -> str:
    column = said.removeprefix(_UNIQUE)
    return said if column == said else f"{column} is unique"


def _extended_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


def _unwrapped(error: Exception) -> Exception:
    """peewee's exception, or SQLite's own, as an error of the store."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    for each in (cause, error):
        if isinstance(each, sqlite3.Error):
            return translated(each)
    return EngineError(str(error))


def _beginning(error: Exception) -> Exception:
    """The failure that led to this one.

    On a full disk SQLite undoes the transaction by itself, and peewee fails to undo it again.
    """
    while isinstance(earlier := error.__context__, pw.PeeweeException | sqlite3.Error):
        error = earlier
    return error
