from __future__ import annotations

import asyncio
import shutil
import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from bakureserve.domain.errors import StoreReadOnly, Unavailable
from bakureserve.store.database import Database, open_database, write_alone
from bakureserve.store.transaction import EngineError, Transaction
from tests.kit import other_processes
from tests.kit.rows import at_the_prompt, note, noted


def chain_of(error: BaseException) -> list[BaseException]:
    """The error and what it came from, as a log formatter follows it."""
    chain: list[BaseException] = []
    following: BaseException | None = error
    while following is not None:
        assert following not in chain, "the chain of causes bites its tail"
        chain.append(following)
        following = following.__cause__ or following.__context__
    return chain


@pytest.mark.parametrize("how", ["read", "read_apart"])
async def test_all_statements_of_a_unit_see_one_moment(
    database: Database, path: Path, how: str
) -> None:
    await database.write(note("before"))

    def look_twice(transaction: Transaction) -> tuple[list[str], list[str]]:
        first = noted(transaction)
        write_alone(path, note("meanwhile"), busy_timeout=5)
        return first, noted(transaction)

    first, second = await getattr(database, how)(look_twice)
    assert first == second == ["before"]
    assert await database.read(noted) == ["before", "meanwhile"]


async def test_a_read_cannot_write(database: Database) -> None:
    for read in (database.read, database.read_apart):
        with pytest.raises(StoreReadOnly) as caught:
            await read(note("n"))
        assert "readonly database" in str(chain_of(caught.value)[-1])
    assert await database.read(noted) == []


@pytest.mark.parametrize("how", ["read", "read_apart"])
async def test_a_unit_that_raises_leaves_the_connection_fit_for_the_next(
    database: Database, path: Path, how: str
) -> None:
    def stumble(transaction: Transaction) -> None:
        for _ in transaction.rows("select kind from event"):
            raise KeyError

    await database.write(note("first"))
    with pytest.raises(KeyError):
        await getattr(database, how)(stumble)
    write_alone(path, note("second"), busy_timeout=5)
    assert await getattr(database, how)(noted) == ["first", "second"]


async def test_several_threads_read_beside_each_other_and_more_reads_wait_their_turn(
    database: Database,
) -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet(_: Transaction) -> str:
        meeting.wait()
        return threading.current_thread().name

    names = await asyncio.gather(*(database.read_apart(meet) for _ in range(3)))
    assert len(set(names)) == 3
    await database.write(note("n"))
    answers = await asyncio.gather(*(database.read_apart(noted) for _ in range(40)))
    assert answers == [["n"]] * 40


async def test_the_change_mark_moves_with_our_own_writer_and_else_stands_still(
    database: Database,
) -> None:
    mark = database.change_mark()
    await database.read(noted)
    assert database.change_mark() == mark
    await database.write(note("n"))
    assert database.change_mark() != mark


async def test_the_change_mark_moves_with_another_process(database: Database, path: Path) -> None:
    mark = database.change_mark()
    await asyncio.to_thread(
        other_processes.run,
        "import sqlite3, sys; connection = sqlite3.connect(sys.argv[1]);"
        "connection.execute(\"insert into event (at, kind, data) values (0, 'n', '')\");"
        "connection.commit(); connection.close()",
        path,
    )
    assert database.change_mark() != mark


@pytest.mark.parametrize("how", ["read", "read_apart", "write", "write_apart"])
async def test_a_slip_in_the_sql_comes_out_as_it_is(database: Database, how: str) -> None:
    with pytest.raises(EngineError, match="no such table") as caught:
        await getattr(database, how)(lambda t: t.all("select * from nowhere"))
    chain_of(caught.value)


async def test_a_closed_store_says_so(database: Database) -> None:
    await database.close()
    for use in (database.read, database.read_apart, database.write):
        with pytest.raises(Unavailable, match="store_closed"):
            await use(noted)
    with pytest.raises(Unavailable, match="store_closed"):
        database.change_mark()


async def test_the_loop_turns_while_closing_waits_for_a_long_read(path: Path) -> None:
    leave = threading.Event()
    async with open_database(path, busy_timeout=5) as database:
        reading = asyncio.create_task(database.read_apart(lambda _: leave.wait(10)))
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_later(0.05, leave.set)
    assert await reading is True


async def test_opening_waits_for_a_program_that_is_just_closing_the_file(path: Path) -> None:
    # The last to close a write-ahead log folds it in under a lock that keeps readers out.
    script = """
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("pragma locking_mode = exclusive")
connection.execute("begin immediate")
connection.execute("commit")
print("closing", flush=True)
time.sleep(0.3)
connection.close()
"""
    process = other_processes.start(script, path)
    try:
        assert process.stdout
        assert process.stdout.readline() == "closing\n"
        async with open_database(path, busy_timeout=10) as database:
            assert await database.read(noted) == []
    finally:
        process.communicate(timeout=10)


async def test_two_stores_in_one_process_see_each_other(path: Path) -> None:
    async with (
        open_database(path, busy_timeout=5) as ours,
        open_database(path, busy_timeout=5) as theirs,
    ):
        await asyncio.gather(*(store.write(note("n")) for store in (ours, theirs) * 10))
        assert len(await ours.read(noted)) == len(await theirs.read(noted)) == 20
    with at_the_prompt(path) as other:
        assert other.execute("pragma integrity_check").fetchone() == ("ok",)


class TestALostFile:
    @pytest.fixture(params=["deleted", "moved", "replaced"])
    def lose(
        self, request: pytest.FixtureRequest, path: Path, migrated: Path
    ) -> Callable[[], None]:
        def delete() -> None:
            path.unlink()

        def move() -> None:
            path.rename(path.with_suffix(".old"))

        def replace() -> None:
            Path(shutil.copy(migrated, path.with_suffix(".new"))).replace(path)

        return {"deleted": delete, "moved": move, "replaced": replace}[request.param]

    async def test_nothing_written_to_a_lost_file_is_acknowledged(
        self, database: Database, lose: Callable[[], None]
    ) -> None:
        await database.write(note("kept"))
        database.require_in_place()
        lose()
        with pytest.raises(StoreReadOnly, match="store_gone"):
            database.require_in_place()
        for _ in range(2):
            with pytest.raises(StoreReadOnly, match="store_gone"):
                await database.write(note("lost"))

    async def test_what_took_the_place_of_a_lost_file_is_not_opened(
        self, database: Database, path: Path, lose: Callable[[], None]
    ) -> None:
        await database.write(note("kept"))  # lies in the log, which stays when the file goes
        lose()
        found = path.read_bytes() if path.exists() else None
        with pytest.raises(StoreReadOnly, match="store_gone"):
            await database.read_apart(noted)
        with pytest.raises(StoreReadOnly, match="store_gone"):
            await database.write_apart(note("lost"))
        assert (path.read_bytes() if path.exists() else None) == found


async def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path) -> None:
    nothing = tmp_path / "nothing.db"
    with pytest.raises(StoreReadOnly, match="file_cannot_open") as caught:
        write_alone(nothing, note("lost"), busy_timeout=0)
    assert caught.value.params == {"path": str(nothing)}
    assert isinstance(caught.value.__cause__, EngineError)
    assert isinstance(caught.value.__cause__.__cause__, sqlite3.Error)
    chain_of(caught.value)
    with pytest.raises(StoreReadOnly):
        async with open_database(tmp_path / "missing" / "store.sqlite3", busy_timeout=0.1):
            pass


async def test_work_in_the_background_steps_aside_for_guests_at_the_writer(path: Path) -> None:
    async with open_database(path, busy_timeout=5) as database:
        await database.give_way()  # nobody waits: at once
        guest = asyncio.create_task(database.write(lambda tx: tx.one("select 1")))
        await asyncio.sleep(0)
        assert database.writer.waiting == 1
        await database.give_way()
        assert guest.done()
