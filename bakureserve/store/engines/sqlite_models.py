"""The models' connection to a SQLite database, which migrates it and installs its triggers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import peewee as pw

from bakureserve.store.engines.sqlite import AUTO_VACUUM, existing, naming, pragmas, translated
from bakureserve.store.engines.sqlite_triggers import guards
from bakureserve.store.transaction import EngineError, Purpose

APPLICATION_ID = 0x42414B55
"""Marks a SQLite file as ours ("BAKU"), where SQLite and file(1) look for it."""


class SqliteModels:
    """A connection for the models of the schema, which migrate. See the Protocol `Models`."""

    def __init__(self, database: pw.SqliteDatabase) -> None:
        self.database = database

    @contextmanager
    def in_one_transaction(self) -> Iterator[None]:
        try:
            with self.database.atomic("IMMEDIATE"):
                yield
        except (pw.PeeweeException, sqlite3.Error) as error:
            raise _unwrapped(_beginning(error)) from error

    def begin_log(self) -> None:
        # A new file can give free pages back; an old one can once `compact` has rewritten it.
        if not self.database.pragma("page_count"):
            self.database.pragma("auto_vacuum", AUTO_VACUUM)
        self.database.pragma("journal_mode", "wal")

    def is_of_another_program(self) -> bool:
        return self.database.pragma("application_id") not in {0, APPLICATION_ID}

    def mark_as_ours(self) -> None:
        self.database.pragma("application_id", APPLICATION_ID)

    def has_dangling_references(self) -> bool:
        return self.database.execute_sql("pragma foreign_key_check").fetchone() is not None

    def drop_guards(self) -> None:
        for name in self._installed_guards():
            self.database.execute_sql(f"drop trigger {name}")

    def install_guards(self) -> None:
        if self._installed_guards() != {name: sql.lower() for name, sql in guards().items()}:
            self.drop_guards()
            for statement in guards().values():
                self.database.execute_sql(statement)

    def _installed_guards(self) -> dict[str, str]:
        triggers = self.database.execute_sql(
            "select name, lower(sql) from sqlite_master where type = ?", ("trigger",)
        )
        return dict(triggers.fetchall())


@contextmanager
def models_of(path: Path, purpose: Purpose, *, busy_timeout: float) -> Iterator[SqliteModels]:
    """A connection of the models to a file that exists, closed on leaving. Raises Unavailable."""
    database = pw.SqliteDatabase(
        existing(path),
        uri=True,
        pragmas=pragmas(purpose, busy_timeout),
        timeout=busy_timeout,
        thread_safe=False,
        check_same_thread=False,
    )
    try:
        try:
            database.connect()
        except (pw.PeeweeException, sqlite3.Error) as error:
            raise naming(path, _unwrapped(error)) from error
        yield SqliteModels(database)
    except (pw.PeeweeException, sqlite3.Error) as error:
        raise _unwrapped(error) from error
    finally:
        database.close()


def _unwrapped(error: Exception) -> Exception:
    """peewee's exception, or SQLite's own, as an error of the store."""
    cause = getattr(error, "orig", None) or error.__cause__ or error
    for each in (cause, error):
        if isinstance(each, sqlite3.Error):
            return translated(each)
    return EngineError(str(error))


def _beginning(error: Exception) -> Exception:
    """The failure that led to this one.

    On a full disk SQLite undoes the transaction by itself, and peewee fails to undo it again.
    """
    while isinstance(earlier := error.__context__, pw.PeeweeException | sqlite3.Error):
        error = earlier
    return error
