"""What happens to the database's files while a server runs, and who finds out."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from bakureserve.domain.errors import StoreCorrupt
from bakureserve.runtime import Runtime
from bakureserve.server.background import back_up_if_due
from bakureserve.services.health.database import DatabaseCheck
from bakureserve.services.operations import store_care
from bakureserve.store import database
from bakureserve.store.transaction import LOG_LIMIT_BYTES, Transaction
from tests.kit.booking import at, book
from tests.kit.cast import HOST
from tests.kit.houses import NOW, SetClock
from tests.kit.rows import note, spoil

MEGABYTE = 1024 * 1024


@pytest.fixture
def path(runtime: Runtime) -> Path:
    return runtime.settings.database_path


@contextmanager
def somebody_reading(path: Path) -> Iterator[None]:
    with closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from event").fetchone()
        yield


async def write_megabytes(runtime: Runtime, count: int) -> None:
    for _ in range(count):
        await runtime.database.write(note("large", size=MEGABYTE))


@pytest.mark.parametrize("met_by", ["a round", "a backup"])
async def test_damage_is_found_without_a_question_about_the_table(
    runtime: Runtime, path: Path, met_by: str
) -> None:
    await runtime.database.truncate_log()
    spoil(path, "import_run")
    look = runtime.care.look_through_all() if met_by == "a round" else back_up_if_due(runtime)
    with pytest.raises(StoreCorrupt):
        await look
    with pytest.raises(StoreCorrupt):
        await runtime.database.write(note("on top of it"))
    assert (await DatabaseCheck(runtime.database).look()).code == "database_damaged"
    assert runtime.care.checked_at is None


@pytest.mark.parametrize("left", [0, 4096, 100_000, 1_000_000])
async def test_damage_of_a_file_that_was_cut_is_found_at_the_next_look(
    runtime: Runtime, path: Path, left: int
) -> None:
    await write_megabytes(runtime, 1)
    await runtime.database.truncate_log()
    await runtime.care.look()
    with path.open("r+b") as file:
        file.truncate(left)
    with pytest.raises(StoreCorrupt):
        await runtime.care.look()
    with pytest.raises(StoreCorrupt):
        await runtime.database.write(note("on top of it"))


async def test_the_size_of_a_booking_is_told_once_there_are_enough_to_tell(
    runtime: Runtime, path: Path, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_care, "FEW_RESERVATIONS", 2)
    await book(runtime, HOST, start=at("12:00"))
    assert await runtime.care.bytes_per_reservation() is None
    await book(runtime, HOST, start=at("20:00"))
    assert await runtime.care.bytes_per_reservation() is None, "it is counted once a minute"
    clock.pass_minutes(1)
    assert await runtime.care.bytes_per_reservation() == path.stat().st_size // 2


async def test_a_file_that_was_made_smaller_in_order_is_no_damage(
    runtime: Runtime, path: Path
) -> None:
    await write_megabytes(runtime, 1)
    await runtime.database.write(lambda tx: tx.execute("delete from event"))
    await runtime.database.truncate_log()
    await runtime.care.look()
    with closing(sqlite3.connect(path)) as other:
        other.execute("vacuum")
        other.execute("pragma wal_checkpoint(truncate)")
    await runtime.care.look()
    await runtime.database.write(note("after"))


async def test_a_row_against_the_rules_is_no_damage_to_the_file(
    runtime: Runtime, path: Path
) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as hand:
        hand.execute("pragma ignore_check_constraints = 1")
        hand.execute("update dining_table set capacity = 0")
    await runtime.care.look_through_all()


async def test_a_round_goes_through_every_table_and_is_told(
    runtime: Runtime, clock: SetClock
) -> None:
    tables = await runtime.database.tables()
    assert "reservation" in tables
    for _ in tables[:-1]:
        await runtime.care.look_through_next()
    assert (await DatabaseCheck(runtime.database, runtime.care).look()).details.keys() == {
        "reads", "writes", "read_ms", "write_ms"
    }  # fmt: skip
    await runtime.care.look_through_next()
    assert (runtime.care.checked_at, runtime.care.unread) == (NOW, ())
    found = await DatabaseCheck(runtime.database, runtime.care).look()
    assert found.details["file_checked"] == "2027-03-01T08:00:00Z"


async def test_a_table_that_takes_too_long_is_left_and_named(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        database, "look_through", lambda _path, table, limit: table != "reservation"
    )
    await runtime.care.look_through_all()
    assert runtime.care.unread == ("reservation",)


async def test_a_look_ends_when_its_time_is_over(runtime: Runtime, path: Path) -> None:
    def many(transaction: Transaction) -> None:
        transaction.execute(
            "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500000)"
            " insert into event (at, kind, data) select i, 'x', 'y' from n"
        )

    await runtime.database.write_apart(many)
    assert not database.look_through(path, "event", limit=0.001)
    assert database.look_through(path, "event", limit=60)


async def test_a_long_reader_lets_the_log_grow_which_is_told_and_cut_when_it_ends(
    runtime: Runtime, path: Path
) -> None:
    database = runtime.database
    with somebody_reading(path):
        await write_megabytes(runtime, 130)
        await runtime.care.look()
        assert runtime.care.log_bytes > 4 * LOG_LIMIT_BYTES
        found = await DatabaseCheck(database).look()
        assert (found.status, found.code) == ("degraded", "database_log_long")
    await runtime.care.look()
    assert runtime.care.log_bytes == 0
    assert (await DatabaseCheck(database).look()).status == "ok"


async def test_a_file_that_housekeeping_made_smaller_is_not_read_in_full_but_one_cut_further_is(
    runtime: Runtime, path: Path
) -> None:
    def fill(transaction: Transaction) -> None:
        transaction.execute("insert into probe (number, filling) values (1, zeroblob(3000000))")

    await runtime.database.write(fill)
    await runtime.database.truncate_log()
    await runtime.care.look()
    before = path.stat().st_size
    await runtime.database.write(lambda tx: tx.execute("delete from probe"))
    await runtime.housekeeping.sweep()
    await runtime.care.look()
    assert path.stat().st_size < before - 2 * MEGABYTE
    assert runtime.care.checked_at is None
    with path.open("r+b") as file:
        file.truncate(100_000)
    with pytest.raises(StoreCorrupt):
        await runtime.care.look()
