"""The engine of a store that SQLite keeps in one file."""

from __future__ import annotations

from contextlib import AbstractContextManager, closing
from pathlib import Path

from bakureserve.domain.errors import StoreBusy
from bakureserve.store.engines import sqlite_files, sqlite_models, sqlite_triggers
from bakureserve.store.engines.sqlite import (
    AUTO_VACUUM,
    OpenFiles,
    SqliteConnection,
    cannot_open,
    connect,
)
from bakureserve.store.engines.sqlite_models import SqliteModels
from bakureserve.store.engines.sqlite_search import SqliteTextIndex
from bakureserve.store.engines.sqlite_turn import SqliteTurn
from bakureserve.store.transaction import Purpose, Transaction


class SqliteEngine:
    """An Engine for the store in the file at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        return self.path.is_file()

    def is_in_use(self) -> bool:
        try:
            with sqlite_files.held_alone(self.path):
                return False
        except StoreBusy:
            return True

    def create(self) -> None:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self.path.touch(mode=0o600)
        except OSError as error:
            raise cannot_open(self.path, error) from error

    def connect(
        self, purpose: Purpose, *, busy_timeout: float = 0.0, lenient: bool = False
    ) -> SqliteConnection:
        return connect(self.path, purpose, busy_timeout=busy_timeout, lenient=lenient)

    def storage(self) -> OpenFiles:
        return OpenFiles(self.path)

    def turn(self) -> SqliteTurn:
        return SqliteTurn(self.path)

    def cut_log(self, *, busy_timeout: float) -> bool:
        with closing(self.connect("write", busy_timeout=busy_timeout)) as connection:
            return connection.cut_log()

    def give_back(self, transaction: Transaction, *, most: int, keep: float) -> int:
        if _number(transaction, "auto_vacuum") != AUTO_VACUUM:
            return 0
        free, pages = _number(transaction, "freelist_count"), _number(transaction, "page_count")
        surplus = min(free - int(pages * keep), most)
        if surplus <= 0:
            return 0
        for _ in range(surplus):  # Python takes one step of a statement without columns: one page
            transaction.execute("pragma incremental_vacuum(1)")
        return _number(transaction, "page_count") * _number(transaction, "page_size")

    def compact(self, *, busy_timeout: float) -> None:
        with closing(self.connect("write", busy_timeout=busy_timeout)) as connection:
            connection.execute(f"pragma auto_vacuum = {AUTO_VACUUM}")
            connection.execute("vacuum")
            connection.cut_log()

    def gives_back(self) -> bool:
        with closing(self.connect("read")) as connection:
            return _number(connection, "auto_vacuum") == AUTO_VACUUM

    def damage_of(self, table: str, *, seconds: float, busy_timeout: float) -> str | None:
        return sqlite_files.damage_of(self.path, table, seconds=seconds, busy_timeout=busy_timeout)

    def guards(self) -> dict[str, str]:
        return sqlite_triggers.guards()

    def models(
        self, purpose: Purpose, *, busy_timeout: float
    ) -> AbstractContextManager[SqliteModels]:
        return sqlite_models.models_of(self.path, purpose, busy_timeout=busy_timeout)

    def text_index(self) -> SqliteTextIndex:
        return SqliteTextIndex()

    def is_no_date(self, column: str) -> str:
        return f"date({column}, '+0 days') is not {column}"

    def is_no_json(self, column: str) -> str:
        return f"{column} is not null and not json_valid({column})"


def _number(transaction: Transaction, pragma: str) -> int:
    row = transaction.one(f"pragma {pragma}")
    return int(row[0]) if row else 0
