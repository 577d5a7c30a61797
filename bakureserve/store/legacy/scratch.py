"""What an import of any size keeps out of memory: a set of ids, and a list, in temporary files."""

from __future__ import annotations

import sqlite3
import tempfile
import weakref
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

_CACHE_KIB = 2_000


class SeenIds:
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


T = TypeVar("T", bound=msgspec.Struct)

_IN_MEMORY = 1 << 20


class Spool(Generic[T]):
    """Items of one type, appended and read back in order. The file has no name and ends with us."""

    def __init__(self, kind: type[T]) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - ours
        weakref.finalize(self, self._file.close)
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(kind)
        self._count = 0

    def append(self, item: T) -> None:
        self._file.write(self._encoder.encode(item) + b"\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        """Every item so far. Nothing may be appended meanwhile."""
        self._file.seek(0)
        for line in self._file:
            yield self._decoder.decode(line)
        self._file.seek(0, 2)
