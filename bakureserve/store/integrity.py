"""Looking for damage while a server runs, one table at a time, so that no reader lasts long."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

from bakureserve.domain.errors import StoreCorrupt
from bakureserve.store import sqlite
from bakureserve.store.failures import raise_translated

_RULES = ("CHECK constraint failed", "NULL value in", "non-unique entry")
"""What a hand with the rules off has done: `check` finds it, and the file is whole."""
_PATIENCE = 1.0
"""Seconds to wait for a lock, which only somebody who opens or closes the file holds."""


def tables(path: Path) -> tuple[str, ...]:
    """The names of the tables in the file. Raises Unavailable."""
    with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as opened:
        return tuple(opened.get_tables())


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
    timer = threading.Timer(limit, connection.interrupt)
    timer.start()
    try:
        rows = connection.execute("select * from pragma_quick_check(?)", (table,)).fetchall()
    finally:
        timer.cancel()
        timer.join()  # no interrupt may reach a closed connection
    return next((said for (said,) in rows if said != "ok" and not said.startswith(_RULES)), "")
