"""SQLite: connections, what its error codes mean, and the open files behind them.

Everything here raises the store's own errors, with what SQLite said as their cause.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn, TypeVar

from bakureserve.domain.errors import (
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
    Unavailable,
)
from bakureserve.store.transaction import (
    LOG_LIMIT_BYTES,
    BrokenRule,
    EngineError,
    Purpose,
    Row,
    Unit,
    outcome_unknown,
)

T = TypeVar("T")

_CACHED_STATEMENTS = 512
AUTO_VACUUM = 2
"""Incremental: free pages are given back when that is asked for."""
_UNIQUE = "UNIQUE constraint failed: "

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


class SqliteConnection:
    """A Connection of the store, usable from any one thread at a time. `connect` makes one."""

    __slots__ = ("_mark", "driver")

    def __init__(self, driver: sqlite3.Connection) -> None:
        self.driver = driver
        self._mark = driver.cursor()  # asked at every request: a new one costs a third

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; the number of rows it changed."""
        try:
            return self.driver.execute(sql, parameters).rowcount
        except sqlite3.Error as error:
            raise_translated(error)

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        """Run a statement once for each of `rows`."""
        try:
            self.driver.executemany(sql, rows)
        except sqlite3.Error as error:
            raise_translated(error)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an insert into a table with a counter; the new row's number."""
        try:
            return self.driver.execute(sql, parameters).lastrowid or 0
        except sqlite3.Error as error:
            raise_translated(error)

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        """The first row of a query, or None."""
        try:
            row: Row | None = self.driver.execute(sql, parameters).fetchone()
        except sqlite3.Error as error:
            raise_translated(error)
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        """Every row of a query."""
        try:
            return self.driver.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise_translated(error)

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterator[Row]:
        """Like `all`, one row at a time, for results that should not be held whole."""
        try:
            yield from self.driver.execute(sql, parameters)
        except sqlite3.Error as error:
            raise_translated(error)

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. On a full disk SQLite rolls back by itself."""
        return self.driver.in_transaction

    def snapshot(self, unit: Unit[T]) -> T:
        """The result of a unit that changes nothing, and whose statements all see one moment."""
        try:
            self.driver.execute("begin")
        except sqlite3.Error as error:
            raise_translated(error)
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
            unsynced = extended_code(error) == sqlite3.SQLITE_IOERR_FSYNC
            if unsynced and isinstance(told, Unavailable):
                raise outcome_unknown(told) from told
            raise told from error

    def rollback(self) -> None:
        """Undo the transaction, if there is one."""
        if self.driver.in_transaction:
            try:
                self.driver.rollback()
            except sqlite3.Error as error:
                raise_translated(error)

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
            raise_translated(error)
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

    def triggers(self) -> dict[str, str]:
        """The triggers by name, as the statements that made them."""
        return dict(self.all("select name, sql from sqlite_master where type = 'trigger'"))

    def tables(self) -> tuple[str, ...]:
        """The names of the tables, in their order."""
        found = self.all("select name from sqlite_master where type = 'table' order by name")
        return tuple(name for (name,) in found)

    def replace_trigger(self, name: str, statement: str) -> None:
        """Create a trigger in place of one of that name, if there is one."""
        self.execute(f"drop trigger if exists {name}")
        self.execute(statement)

    def damages(self, limit: int) -> list[str]:
        """What is wrong with the file, in SQLite's words and at most `limit` of it."""
        told = [text for (text,) in self.all(f"pragma integrity_check({limit})")]
        return [] if told == ["ok"] else told

    def dangling(self) -> list[Row]:
        """Rows that refer to none: the table, the row's number, and the table referred to."""
        return [row[:3] for row in self.all("pragma foreign_key_check")]


def connect(
    path: Path, purpose: Purpose, *, busy_timeout: float = 0.0, lenient: bool = False
) -> SqliteConnection:
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
            for name, value in pragmas(purpose, busy_timeout):
                driver.execute(f"pragma {name} = {value}")
        except BaseException:
            driver.close()
            raise
    except sqlite3.Error as error:
        raise_translated(error, path)
    if lenient:
        driver.text_factory = lambda text: text.decode(errors="replace")
    return SqliteConnection(driver)


def translated(error: sqlite3.Error) -> Exception:
    """What SQLite says, as an error of the store that has it as its cause."""
    if isinstance(error, sqlite3.IntegrityError):
        broken = BrokenRule(_rule(str(error)))
        broken.__cause__ = error
        return broken
    said = EngineError(str(error), getattr(error, "sqlite_errorname", ""))
    said.__cause__ = error
    found = _BY_PRIMARY_CODE.get(extended_code(error) & 0xFF)  # the rest tells its kinds apart
    if found is None:
        return said
    family, code = found
    told = family(code)
    told.__cause__ = said
    return told


def raise_translated(error: sqlite3.Error, path: Path | None = None) -> NoReturn:
    """Raise what SQLite says as an error of the store; `path` names what could not be opened."""
    found = translated(error)
    raise found if path is None else naming(path, found)


def cannot_open(path: Path, error: OSError) -> Unavailable:
    """Why the file or its folder could not be made."""
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull("folder_full", path=str(path))
    return StoreReadOnly("store_cannot_create", path=str(path), reason=error.strerror or str(error))


def existing(path: Path) -> str:
    """The URI that opens the file, and makes none where it is missing."""
    return f"{path.absolute().as_uri()}?mode=rw"  # never an empty file in the place of a lost one


def pragmas(purpose: Purpose, busy_timeout: float) -> list[tuple[str, Any]]:
    # The time-out comes first: switching to WAL takes a lock as well.
    found: list[tuple[str, Any]] = [("busy_timeout", int(busy_timeout * 1000))]
    if purpose == "write":
        found.append(("journal_mode", "wal"))
    if purpose != "read":
        found += [("synchronous", "full"), ("journal_size_limit", LOG_LIMIT_BYTES)]
    # A table that a migration rebuilds is dropped, and with foreign keys on that would delete
    # every row that refers to it.
    found.append(("foreign_keys", 0 if purpose == "migrate" else 1))
    found.append(("query_only", 1 if purpose == "read" else 0))
    found += [("temp_store", "memory"), ("cache_size", -16_000)]
    return found


def naming(path: Path, error: Exception) -> Exception:
    """The error with the file that could not be opened, which SQLite does not name."""
    if isinstance(error, StoreReadOnly) and error.code == "store_cannot_open":
        named = StoreReadOnly("file_cannot_open", path=str(path))
        named.__cause__ = error.__cause__
        return named
    return error


def _rule(said: str) -> str:
    column = said.removeprefix(_UNIQUE)
    return said if column == said else f"{column} is unique"


def extended_code(error: sqlite3.Error) -> int:
    return getattr(error, "sqlite_errorcode", None) or 0


class OpenFiles:
    """Where an open database's files lie, and whether they are still the ones that were opened."""

    def __init__(self, path: Path) -> None:
        self._file = os.fspath(path)
        self._log = f"{self._file}-wal"
        self._opened = _identity(self._file)
        self._opened_log = _identity(self._log)
        self._index = f"{self._file}-shm"
        self._opened_index = _identity(self._index)

    def require(self) -> None:
        """Raises StoreReadOnly when the file was deleted or replaced, StoreCorrupt for its log.

        SQLite would go on writing to a file that has no name any more, and all of it would be lost.
        And a new connection would find the write-ahead log of the old file beside the new one, and
        take its pages for the new one's own.
        """
        if _identity(self._file) != self._opened:
            raise StoreReadOnly("store_gone")
        if _identity(self._log) != self._opened_log:
            raise StoreCorrupt("store_log_gone")

    def require_whole(self) -> None:
        """Raises StoreCorrupt when the log's index was deleted or replaced, or the file emptied.

        Another process would make an index of its own, and neither would see the other's writes;
        and of an empty file it would remove the log. Too rare to ask each time.
        """
        if _identity(self._index) != self._opened_index:
            raise StoreCorrupt("store_log_gone")
        if not self.file_bytes():
            raise StoreCorrupt("store_corrupt")

    def log_is_missing(self) -> bool:
        """Whether there is no log, where there was one: then no other process has made another."""
        return self._opened_log is not None and _identity(self._log) is None

    def file_bytes(self) -> int:
        return _bytes(self._file)

    def log_bytes(self) -> int:
        return _bytes(self._log)


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another of the same name; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked with every commit: half of what a Path costs
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _bytes(path: str) -> int:
    try:
        return os.path.getsize(path)  # noqa: PTH202
    except OSError:
        return 0
