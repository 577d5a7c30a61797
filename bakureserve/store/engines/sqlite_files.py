"""A SQLite database's file as a whole: looked through, held alone, and copied."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bakureserve.store.engines.sqlite import connect, existing, extended_code, raise_translated

_PAGES_A_STEP = 512
_INTERRUPT_AGAIN = 0.01
_HAND_WRITTEN = ("CHECK constraint failed", "NULL value in", "non-unique entry")
"""Rows written by hand with the rules off: `check` finds them, and the file itself is sound."""


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
        raise_translated(error)


def damage_of(path: Path, table: str, *, seconds: float, busy_timeout: float) -> str | None:
    """What is wrong with a table and its indexes, "" for nothing; None when that was not found out
    in time.

    Reads from the file, past every cache but the system's.
    """
    done = threading.Event()
    with closing(connect(path, "read", busy_timeout=busy_timeout, lenient=True)) as connection:
        watch = threading.Thread(target=_interrupt_after, args=(connection.driver, seconds, done))
        watch.start()
        try:
            rows = connection.driver.execute(
                "select * from pragma_quick_check(?)", (table,)
            ).fetchall()
        except sqlite3.Error as error:
            if extended_code(error) == sqlite3.SQLITE_INTERRUPT:
                return None
            raise_translated(error)
        finally:
            done.set()
            watch.join()  # no interrupt may reach a closed connection
    found = (said for (said,) in rows if said != "ok" and not said.startswith(_HAND_WRITTEN))
    return next(found, "")


def _interrupt_after(driver: sqlite3.Connection, seconds: float, done: threading.Event) -> None:
    """Again and again, since one that comes before the statement began is forgotten by it."""
    if done.wait(seconds):
        return
    driver.interrupt()
    while not done.wait(_INTERRUPT_AGAIN):
        driver.interrupt()
