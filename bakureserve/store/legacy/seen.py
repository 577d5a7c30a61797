"""A set of ids that needs no memory: they lie in a temporary file, however many they are."""

from __future__ import annotations

import sqlite3
import weakref

_CACHE_KIB = 2_000


class Seen:
    """The ids so far. The file has no name, and ends with us."""

    def __init__(self) -> None:
        # SQLite's own name for a database on the disk that is gone when it is closed.
        self._database = sqlite3.connect("", isolation_level=None)
        weakref.finalize(self, self._database.close)
        self._database.execute("pragma journal_mode = off")
        self._database.execute(f"pragma cache_size = -{_CACHE_KIB}")
        self._database.execute("create table seen (id text primary key) without rowid")
        self._database.execute("begin")

    def add(self, id_: str) -> bool:
        """Whether the id is a new one."""
        return self._database.execute("insert or ignore into seen values (?)", (id_,)).rowcount == 1
