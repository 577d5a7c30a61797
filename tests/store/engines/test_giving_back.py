"""A store whose rows were deleted gives their room back to the disk, piece by piece."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bakureserve.store import migrator
from bakureserve.store.database import Database, open_database
from bakureserve.store.engines import engine_of
from bakureserve.store.transaction import Transaction

PAGE = 4096


def fill_and_empty(transaction: Transaction) -> None:
    """Some 200 pages that nothing needs any more."""
    for number in range(200):
        transaction.execute(
            "insert into probe (number, filling) values (?, ?)", (number, b"x" * 3_900)
        )
    transaction.execute("delete from probe")


def make_old(path: Path) -> None:
    """As versions made it that gave nothing back, with a migration to come."""
    migrator.down(path, steps=1, busy_timeout=5)
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("pragma auto_vacuum = 0")
        connection.execute("vacuum")
    assert not engine_of(path).gives_back()


async def test_it_gives_back_no_more_at_once_than_is_asked_for_and_keeps_a_share(
    database: Database,
) -> None:
    await database.write(fill_and_empty)
    await database.truncate_log()
    full, sizes = database.file_bytes(), []
    while await database.give_back(most=50, keep=0.1):
        await database.truncate_log()
        sizes.append(database.file_bytes())
    steps = [(before - after) // PAGE for before, after in zip([full, *sizes], sizes, strict=False)]
    assert len(steps) > 2
    assert max(steps) == 50
    assert database.given_back_to == sizes[-1]
    (pages,), (free,) = await database.read(
        lambda tx: tx.all("pragma page_count") + tx.all("pragma freelist_count")
    )
    assert pages // 10 <= free <= pages // 10 + 3


async def test_a_small_old_store_is_rewritten_when_it_is_migrated(path: Path) -> None:
    make_old(path)
    migrator.up(path, busy_timeout=5)
    assert engine_of(path).gives_back()


async def test_a_large_old_store_gives_nothing_back_until_it_is_compacted(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrator, "COMPACTED_BYTES", 1)
    make_old(path)
    migrator.up(path, busy_timeout=5)
    async with open_database(path, busy_timeout=5) as opened:
        await opened.write(fill_and_empty)
        assert not await opened.give_back(most=50, keep=0.1)
    before, after = migrator.compact(path, busy_timeout=5)
    assert before - after > 150 * PAGE
    assert engine_of(path).gives_back()
