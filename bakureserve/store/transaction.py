"""What a unit of work is handed: statements inside one transaction, and an after-commit hook."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import peewee as pw

Row = tuple[Any, ...]
Compile = Callable[[pw.Query], tuple[str, Sequence[Any]]]


class Transaction:
    """One connection for the length of a unit of work.

    Placeholders are `?`. Hot statements are plain SQL, which the driver keeps prepared; cold ones
    may be peewee queries.
    """

    __slots__ = ("_compile", "_connection", "after_commit_hooks")

    def __init__(self, connection: sqlite3.Connection, compile_query: Compile) -> None:
        self._connection = connection
        self._compile = compile_query
        self.after_commit_hooks: list[Callable[[], None]] = []

    def execute(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run a statement that changes something; the number of rows it changed."""
        return self._connection.execute(sql, parameters).rowcount

    def execute_many(self, sql: str, rows: Iterable[Sequence[Any]]) -> None:
        self._connection.executemany(sql, rows)

    def insert(self, sql: str, parameters: Sequence[Any] = ()) -> int:
        """Run an insert into a table with a counter; the new row's number."""
        return self._connection.execute(sql, parameters).lastrowid or 0

    def one(self, sql: str, parameters: Sequence[Any] = ()) -> Row | None:
        row: Row | None = self._connection.execute(sql, parameters).fetchone()
        return row

    def all(self, sql: str, parameters: Sequence[Any] = ()) -> list[Row]:
        return self._connection.execute(sql, parameters).fetchall()

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> Iterable[Row]:
        """Like `all`, one row at a time, for results that should not be held whole."""
        return self._connection.execute(sql, parameters)

    def select(self, query: pw.Query) -> list[Row]:
        """The rows of a peewee query."""
        return self.all(*self._compile(query))

    def change(self, query: pw.Query) -> int:
        """Run a peewee insert, update or delete; the number of rows it changed."""
        return self.execute(*self._compile(query))

    def after_commit(self, hook: Callable[[], None]) -> None:
        """Call `hook` once this unit is durable, and never if it is not."""
        self.after_commit_hooks.append(hook)
