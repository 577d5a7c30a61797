"""Damage that anybody meets: nothing more is acknowledged, and what was so is kept if it can be."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from ctypes.util import find_library
from pathlib import Path

import pytest

from bakureserve.domain.errors import StoreBusy, StoreCorrupt, StoreFull, StoreReadOnly, Unavailable
from bakureserve.store import health
from bakureserve.store.database import Database, open_database
from bakureserve.store.health import StoreHealth
from bakureserve.store.transaction import Transaction
from tests.kit import other_processes
from tests.kit.rows import note, noted, spoil
from tests.kit.waiting import together
from tests.store.conftest import BUSY_TIMEOUT


def log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


class TestALostLog:
    @pytest.fixture(params=["deleted", "replaced"])
    def lose(self, request: pytest.FixtureRequest, path: Path) -> Callable[[], None]:
        def replace() -> None:
            Path(shutil.copy(log_of(path), path.with_suffix(".new"))).replace(log_of(path))

        return {"deleted": log_of(path).unlink, "replaced": replace}[request.param]

    async def test_nothing_written_to_a_lost_log_is_acknowledged(
        self, database: Database, lose: Callable[[], None]
    ) -> None:
        await database.write(note("kept"))
        lose()
        for call in (database.write, database.write, database.write_apart):
            with pytest.raises(StoreCorrupt, match="store_log_gone"):
                await call(note("lost"))
        with pytest.raises(StoreCorrupt, match="store_log_gone"):
            await database.prove()
        assert "kept" in await database.read(noted)

    async def test_what_was_acknowledged_before_the_log_was_lost_survives_the_end_of_the_process(
        self, database: Database, path: Path, tmp_path: Path
    ) -> None:
        await database.write(note("acknowledged"))
        log_of(path).unlink()
        with pytest.raises(StoreCorrupt):
            database.require_in_place()
        as_after_a_kill = Path(shutil.copy(path, tmp_path / "killed.sqlite3"))
        async with open_database(as_after_a_kill, busy_timeout=BUSY_TIMEOUT) as later:
            assert await later.read(noted) == ["acknowledged"]

    async def test_what_is_refused_for_a_lost_log_is_not_kept(
        self, database: Database, lose: Callable[[], None], path: Path
    ) -> None:
        await database.write(note("acknowledged"))
        lose()
        with pytest.raises(StoreCorrupt, match="store_log_gone"):
            await database.write(note("refused"))
        await database.close()
        async with open_database(path, busy_timeout=BUSY_TIMEOUT) as later:
            assert await later.read(noted) == ["acknowledged"]

    @pytest.mark.parametrize("how", ["write", "write_apart"])
    async def test_a_log_that_goes_during_a_commit_leaves_what_came_of_it_open(
        self, database: Database, path: Path, how: str
    ) -> None:
        def lose_at_commit(transaction: Transaction) -> None:
            note("that may be kept")(transaction)
            transaction.driver.set_trace_callback(
                lambda sql: log_of(path).unlink() if sql.lower().startswith("commit") else None
            )

        await database.write(note("acknowledged"))
        with pytest.raises(Unavailable, match="store_outcome_unknown"):
            await getattr(database, how)(lose_at_commit)
        with pytest.raises(StoreCorrupt, match="store_log_gone"):
            await database.write(note("refused"))

    async def test_the_index_of_the_log_is_missed_as_well(
        self, database: Database, path: Path
    ) -> None:
        await database.write(note("before"))
        path.with_name(f"{path.name}-shm").unlink()
        for look in (database.prove(), database.write(note("lost"))):
            with pytest.raises(StoreCorrupt, match="store_log_gone"):
                await look

    async def test_a_log_that_is_put_back_is_good_again(
        self, database: Database, path: Path
    ) -> None:
        await database.write(note("before"))
        log_of(path).rename(path.with_suffix(".aside"))
        with pytest.raises(StoreCorrupt):
            database.require_in_place()
        path.with_suffix(".aside").rename(log_of(path))
        await database.write(note("after"))
        assert await database.read(noted) == ["before", "after"]


@pytest.mark.parametrize("how", ["read", "read_apart", "write", "write_apart"])
async def test_a_damaged_file_met_by_any_call_ends_the_taking_of_writes(
    path: Path, how: str
) -> None:
    spoil(path, "import_run")
    async with open_database(path, busy_timeout=BUSY_TIMEOUT) as database:
        await database.write(note("in good faith"))
        with pytest.raises(StoreCorrupt):
            await getattr(database, how)(lambda tx: tx.all("select * from import_run"))
        for call in (database.write, database.write_apart):
            with pytest.raises(StoreCorrupt, match="store_corrupt"):
                await call(note("on top of it"))
        with pytest.raises(StoreCorrupt, match="store_corrupt"):
            await database.prove()
        assert await database.read(noted) == ["in good faith"]


@pytest.mark.parametrize(
    "table",
    ["restaurant", "dining_table", "reservation", "table_occupancy", "event", "user_account"],
)
async def test_a_damaged_file_is_seen_by_the_health_check_in_what_a_booking_needs(
    path: Path, table: str
) -> None:
    spoil(path, table)
    async with open_database(path, busy_timeout=BUSY_TIMEOUT) as database:
        with pytest.raises(StoreCorrupt):
            await database.read(health.read_something)


@pytest.mark.usefixtures("one_batch")
async def test_a_damaged_file_takes_the_whole_batch_with_it(path: Path) -> None:
    spoil(path, "import_run")
    async with open_database(path, busy_timeout=BUSY_TIMEOUT) as database:
        outcomes = await together(
            database.write(note("before")),
            database.write(lambda tx: tx.all("select * from import_run")),
            database.write(note("behind")),
        )
        assert [type(each) for each in outcomes] == [StoreCorrupt] * 3
        assert await database.read(noted) == []


@pytest.mark.usefixtures("one_batch")
async def test_a_disk_that_fails_takes_the_whole_batch_with_it(database: Database) -> None:
    def fail(_transaction: Transaction) -> None:
        raise StoreFull("store_io_error")

    outcomes = await together(
        database.write(note("before")), database.write(fail), database.write(note("behind"))
    )
    assert [type(each) for each in outcomes] == [StoreFull] * 3
    assert await database.read(noted) == []
    await database.write(note("after"))
    assert await database.read(noted) == ["after"]


def test_a_disk_that_takes_a_page_but_no_booking_takes_nothing_until_it_takes_both(
    path: Path,
) -> None:
    script = """
import asyncio, resource, sys
from pathlib import Path
from bakureserve.domain.errors import StoreFull
from bakureserve.services.health.database import DatabaseCheck
from bakureserve.store.database import open_database
from tests.kit.rows import note, noted

async def main(path):
    async with open_database(path, busy_timeout=5) as database:
        await database.write(note("before", size=600_000))
        grown = path.with_name(path.name + "-wal").stat().st_size
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (grown + 40_000, hard))
        await database.write(note("a page"))
        found = await DatabaseCheck(database).look()
        print(found.status, found.code)
        try:
            await database.write(note("a page"))
        except StoreFull as error:
            print(error.code)
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        print((await DatabaseCheck(database).look()).status)
        await database.write(note("after"))
        print(*await database.read(noted))

asyncio.run(main(Path(sys.argv[1])))
"""
    assert other_processes.run(script, path).splitlines() == [
        "error database_disk_fails",
        "store_io_error",
        "ok",
        "before a page after",
    ]


@pytest.mark.skipif(find_library("seccomp") is None, reason="no library to make calls fail")
def test_a_disk_that_cannot_sync_a_commit_leaves_what_came_of_it_open(path: Path) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from bakureserve.domain.errors import Unavailable
from bakureserve.store.database import open_database
from tests.kit.sandbox.confined import fail
from tests.kit.rows import note

async def main(path):
    async with open_database(path, busy_timeout=5) as database:
        await database.write(note("before"))
        fail("fsync", "fdatasync")
        for kind in ("that may be kept", "refused"):
            try:
                await database.write(note(kind))
            except Unavailable as error:
                print(error.code)

asyncio.run(main(Path(sys.argv[1])))
"""
    assert other_processes.run(script, path).splitlines() == [
        "store_outcome_unknown",
        "store_io_error",
    ]


class TestTrying:
    """How often a fault that may pass is looked at again, and which never does."""

    def test_a_failing_store_is_tried_at_once_and_then_every_two_seconds(self) -> None:
        now = [100.0]
        state = StoreHealth(lambda: now[0])
        assert state.note(StoreFull("store_io_error"))
        assert [state.may_try_again() for _ in range(2)] == [True, False]
        now[0] += 2
        assert state.may_try_again()
        state.trust_again()
        assert state.fault is None

    def test_damage_lasts_and_stands_before_what_may_pass(self) -> None:
        state = StoreHealth()
        state.note(StoreReadOnly("store_gone"))
        state.note(StoreCorrupt("store_corrupt"))
        state.note(StoreReadOnly("store_gone"))
        state.trust_again()
        assert not state.may_try_again()
        with pytest.raises(StoreCorrupt):
            state.refuse()

    def test_who_listens_is_told_once_of_each_fault_and_of_its_end(self) -> None:
        told: list[str] = []
        state = StoreHealth()
        state.note(StoreFull("store_io_error"))
        state.listen(lambda fault: told.append(fault.code if fault else "over"))
        state.note(StoreFull("store_io_error"))
        state.trust_again()
        state.trust_again()
        state.note(StoreCorrupt("store_corrupt"))
        assert told == ["store_io_error", "over", "store_corrupt"]

    def test_a_lock_or_a_full_disk_is_no_damage(self) -> None:
        state = StoreHealth()
        for error in (StoreBusy("store_busy"), StoreFull("store_full"), ValueError()):
            assert not state.note(error)
        assert state.fault is None


async def test_a_write_that_is_not_found_again_is_told(database: Database) -> None:
    written = await database.write(health.write_something)
    with pytest.raises(StoreCorrupt, match="store_write_lost"):
        await database.read(lambda found: health.find_again(found, written + 1))
