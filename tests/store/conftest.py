"""Stores to attack: migrated once, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bakureserve.store import migrator, writer
from bakureserve.store.database import Database, open_database
from bakureserve.store.transaction import Transaction
from tests.kit.rows import add_restaurant, at_the_prompt, in_transaction

BUSY_TIMEOUT = 5.0


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "store.sqlite3"
    migrator.up(path, busy_timeout=BUSY_TIMEOUT)
    return path


@pytest.fixture
def path(migrated: Path, tmp_path: Path) -> Path:
    """A migrated database of the test's own."""
    return Path(shutil.copy(migrated, tmp_path / "store.sqlite3"))


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    async with open_database(path, busy_timeout=BUSY_TIMEOUT) as opened:
        yield opened


@pytest.fixture
def one_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer takes all that wait into one batch, however busy this machine is."""
    monkeypatch.setattr(writer, "_LONGEST_TURN", 60)


@pytest.fixture
def transaction(path: Path) -> Iterator[Transaction]:
    """A transaction, of a store with the sample restaurant, that is never committed."""
    with at_the_prompt(path) as connection:
        connection.execute("begin")
        opened = in_transaction(connection)
        add_restaurant(opened)
        yield opened


@pytest.fixture(scope="module")
def empty_bench(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Transaction]:
    """A transaction for all examples of a module, each of which undoes what it did."""
    path = Path(shutil.copy(migrated, tmp_path_factory.mktemp("bench") / "store.sqlite3"))
    with at_the_prompt(path) as connection:
        connection.execute("begin")
        yield in_transaction(connection)


@pytest.fixture(scope="module")
def bench(empty_bench: Transaction) -> Transaction:
    """The same with the sample restaurant."""
    add_restaurant(empty_bench)
    return empty_bench
