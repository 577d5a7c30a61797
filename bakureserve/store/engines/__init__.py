"""What differs between engines, and the choice of one. All else in the store is shared.

Today a store is named by the path of its file, and SQLite keeps it. Another engine is a class like
`SqliteEngine` and a line in `engine_of`.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import peewee as pw

from bakureserve.store.engines.sqlite_engine import SqliteEngine
from bakureserve.store.search import TextIndex
from bakureserve.store.transaction import Connection, Purpose, Transaction, Turn

Location = Path
"""What names a store."""


class Storage(Protocol):
    """Where an open store's data lies, and whether it is still what was opened."""

    def require(self) -> None:
        """Raises StoreReadOnly or StoreCorrupt when what is written would be lost. Cheap."""

    def require_whole(self) -> None:
        """The same with what is too rare to look at each time. Raises StoreCorrupt."""

    def log_is_missing(self) -> bool:
        """Whether the log of commits went away, and with it what is not in the data yet."""

    def file_bytes(self) -> int:
        """How large the data is, without the log."""

    def log_bytes(self) -> int:
        """How long the log is."""


class Models(Protocol):
    """A connection for the models of the schema, which migrate."""

    @property
    def database(self) -> pw.Database:
        """What peewee works with."""

    def in_one_transaction(self) -> AbstractContextManager[None]:
        """Commit what is done within, or nothing of it."""

    def begin_log(self) -> None:
        """Have a new store use its log of commits."""

    def is_of_another_program(self) -> bool:
        """Whether another program marked the store as its own."""

    def mark_as_ours(self) -> None:
        """Mark the store as this program's."""

    def has_dangling_references(self) -> bool:
        """Whether a row refers to one that is not there."""

    def drop_guards(self) -> None:
        """Drop every trigger: a table cannot be rebuilt while one of another table names it."""

    def install_guards(self) -> None:
        """Install the triggers anew, unless they are there as they should be."""


class Engine(Protocol):
    """The engine of one store. All of it raises Unavailable when the store cannot be used."""

    def exists(self) -> bool:
        """Whether there is a store."""

    def is_in_use(self) -> bool:
        """Whether another connection has the store open, which exists."""

    def create(self) -> None:
        """Make an empty store where there is none."""

    def connect(
        self, purpose: Purpose, *, busy_timeout: float = 0.0, lenient: bool = False
    ) -> Connection:
        """A connection to a store that exists.

        `busy_timeout` is in seconds and blocks the calling thread: leave it 0 in an event loop.
        `lenient` reads also text that is no UTF-8, with marks for what cannot be read.
        """

    def storage(self) -> Storage:
        """The data of a store that is open."""

    def turn(self) -> Turn:
        """A place in front of the write lock of a store that is open."""

    def cut_log(self, *, busy_timeout: float) -> bool:
        """Copy the log into the data and cut it; False when it was in use."""

    def give_back(self, transaction: Transaction, *, most: int, keep: float) -> int:
        """Give up to `most` pages without rows back to the disk; the size of the data then, or 0
        where there was nothing to give.

        A share of the data, `keep`, stays free for rows to come.
        """

    def compact(self, *, busy_timeout: float) -> None:
        """Rewrite the data without free pages; from then on it can give them back. Blocking, and
        long: nothing else can write meanwhile."""

    def gives_back(self) -> bool:
        """Whether `give_back` can do anything: an old store must be compacted once before."""

    def damage_of(self, table: str, *, seconds: float, busy_timeout: float) -> str | None:
        """What is wrong with a table and its indexes, "" for nothing; None when that was not found
        out in time."""

    def models(self, purpose: Purpose, *, busy_timeout: float) -> AbstractContextManager[Models]:
        """A connection of the models to a store that exists, closed on leaving."""

    def guards(self) -> dict[str, str]:
        """Every trigger by name, as the statement that creates it."""

    def text_index(self) -> TextIndex:
        """An empty index of words, of this process alone."""

    def is_no_date(self, column: str) -> str:
        """SQL for a column that holds no date as YYYY-MM-DD."""

    def is_no_json(self, column: str) -> str:
        """SQL for a column that holds text which is no JSON."""


def engine_of(location: Location) -> Engine:
    """The engine that keeps the store at `location`."""
    return SqliteEngine(location)
