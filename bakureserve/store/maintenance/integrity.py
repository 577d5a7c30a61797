"""Looking for damage while a server runs, one table at a time, so that no reader lasts long."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from bakureserve.domain.errors import StoreCorrupt
from bakureserve.store import migrator
from bakureserve.store.engines import sqlite
from bakureserve.store.transaction import EngineError

_PATIENCE = 1.0
"""Seconds to wait for a lock, which only somebody who opens or closes the file holds."""


def tables(path: Path) -> tuple[str, ...]:
    """The names of the tables in the file. Raises StoreCorrupt when ours are not among them,
    Unavailable when it cannot be read."""
    with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as connection:
        names = connection.tables()
    if migrator.HISTORY not in names:
        raise StoreCorrupt("store_corrupt") from EngineError("the tables are gone")
    return names


def look_through(path: Path, table: str, *, limit: float) -> bool:
    """Read a table and its indexes from the file, past every cache but the system's; whether that
    was done within `limit` seconds. Blocking.

    Raises StoreCorrupt for the first damage, Unavailable when the file cannot be read.
    """
    with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE, lenient=True)) as connection:
        finding = connection.damage_of(table, seconds=limit)
    if finding:
        raise StoreCorrupt("store_corrupt") from EngineError(f"{table}: {finding}")
    return finding is not None
