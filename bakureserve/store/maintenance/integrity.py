"""Looking for damage while a server runs, one table at a time, so that no reader lasts long."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from bakureserve.domain.errors import StoreCorrupt
from bakureserve.store import migrator, sqlite
from bakureserve.store.failures import raise_translated

_RULES = ("CHECK constraint failed", "NULL value in", "non-unique entry")
"""Rows written by hand with the rules off: `check` finds them, and the file itself is sound."""
_INTERRUPT_AGAIN = 0.01
_PATIENCE = 1.0
"""Seconds to wait for a lock, which only somebody who opens or closes the file holds."""


def tables(path: Path) -> tuple[str, ...]:
    """The names of the tables in the file. Raises StoreCorrupt when ours are not among them,
    Unavailable when it cannot be read."""
    try:
        with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as opened:
            found = sqlite.raw(opened).execute(
                "select name from sqlite_master where type = 'table' order by name"
            )
            names = tuple(name for (name,) in found)
    except sqlite3.Error as error:
        raise_translated(error)
    if migrator.HISTORY not in names:
        raise StoreCorrupt("store_corrupt") from sqlite3.DatabaseError("the tables are gone")
    return names


def look_through(path: Path, table: str, *, limit: float) -> bool:
    """Read a table and its indexes from the file, past every cache but the system's; whether that
    was done within `limit` seconds. Blocking.

    Raises StoreCorrupt for the first damage, Unavailable when the file cannot be read.
    """
    try:
        with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as opened:
            finding = _finding(sqlite.raw(opened), table, limit)
    except sqlite3.Error as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
            return False
        raise_translated(error)
    if finding:
        raise StoreCorrupt("store_corrupt") from sqlite3.DatabaseError(f"{table}: {finding}")
    return True


def _finding(connection: sqlite3.Connection, table: str, limit: float) -> str:
    connection.text_factory = lambda text: text.decode(errors="replace")
    done = threading.Event()
    watch = threading.Thread(target=_interrupt_after, args=(limit, connection, done))
    watch.start()
    try:
        rows = connection.execute("select * from pragma_quick_check(?)", (table,)).fetchall()
    finally:
        done.set()
        watch.join()  # no interrupt may reach a closed connection
    return next((said for (said,) in rows if said != "ok" and not said.startswith(_RULES)), "")


def _interrupt_after(limit: float, connection: sqlite3.Connection, done: threading.Event) -> None:
    """Again and again, since one that comes before the statement began is forgotten by it."""
    if done.wait(limit):
        return
    connection.interrupt()
    while not done.wait(_INTERRUPT_AGAIN):
        connection.interrupt()
