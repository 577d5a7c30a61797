"""The files of a SQLite database: whether they are in place, held alone, and copied whole."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bakureserve.domain.errors import StoreCorrupt, StoreReadOnly
from bakureserve.store.engines.sqlite import connect, existing, translated

_PAGES_A_STEP = 512


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


@contextmanager
def held_alone(path: Path) -> Iterator[None]:
    """The database in one file, locked. Raises StoreBusy while another process has it open.

    Leaving WAL mode is refused until then.
    """
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as driver:
        with _as_errors_of_the_store():
            driver.execute("pragma journal_mode = delete")
            driver.execute("begin exclusive")
        yield


def copy_pages(
    source: Path, target: Path, *, busy_timeout: float, step: Callable[[int, int], None]
) -> None:
    """Copy a database as it is at this moment into an empty file. `step` is told of pages left, and
    of pages in all."""
    with (
        _as_errors_of_the_store(),
        closing(connect(source, "read", busy_timeout=busy_timeout)) as reading,
        closing(disposable(target)) as writing,
    ):
        # One read transaction around all steps: a commit between two of them would make the engine
        # start over, for ever under a busy server. In WAL mode no writer waits for it.
        reading.begin_reading()
        reading.open_log()
        reading.driver.backup(
            writing, pages=_PAGES_A_STEP, progress=lambda _status, left, all_: step(left, all_)
        )
        # Out of WAL mode, so that the copy is one file and opens on a read-only medium.
        writing.execute("pragma journal_mode = delete")


def disposable(path: Path) -> sqlite3.Connection:
    """A connection that protects nothing: the file is thrown away if anything goes wrong.

    It takes no locks either: the file's maker holds one that a network share may take for the same.
    """
    driver = sqlite3.connect(f"{existing(path)}&vfs=unix-none", uri=True, isolation_level=None)
    driver.execute("pragma locking_mode = exclusive")  # WAL mode would want shared memory
    driver.execute("pragma journal_mode = off")
    driver.execute("pragma synchronous = off")
    return driver


@contextmanager
def _as_errors_of_the_store() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise translated(error) from error


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
