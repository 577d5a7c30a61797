from __future__ import annotations

import asyncio
import gc
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest
import uvloop

from bakureserve.domain.errors import Conflict, StoreBusy, StoreCorrupt, StoreFull, Unavailable
from bakureserve.store.database import Database, open_database
from bakureserve.store.engines import sqlite
from bakureserve.store.engines.sqlite_turn import SqliteTurn
from bakureserve.store.transaction import BrokenRule, Transaction
from bakureserve.store.writer import Writer
from tests.kit import other_processes
from tests.kit.rows import at_the_prompt, note, noted
from tests.kit.waiting import together

LITTLE_PATIENCE = 0.2


def note_and_raise(kind: str, error: BaseException) -> Callable[[Transaction], None]:
    def unit(transaction: Transaction) -> None:
        note(kind)(transaction)
        raise error

    return unit


@asynccontextmanager
async def impatient(path: Path) -> AsyncIterator[Database]:
    async with open_database(path, busy_timeout=LITTLE_PATIENCE) as database:
        yield database


@pytest.mark.usefixtures("one_batch")
async def test_units_that_wait_together_share_a_commit(database: Database) -> None:
    results = await together(*(database.write(note(f"n{number}")) for number in range(20)))
    assert results == list(range(1, 21))
    assert database.writer.units_committed == 20
    assert database.writer.batches_committed == 1


@pytest.mark.usefixtures("one_batch")
async def test_nothing_shows_before_the_commit_and_all_of_it_after(
    database: Database, path: Path
) -> None:
    def peek(_: Transaction) -> list[Any]:
        with at_the_prompt(path) as other:
            return other.execute("select kind from event").fetchall()

    _, seen = await together(database.write(note("n")), database.write(peek))
    assert seen == []
    with at_the_prompt(path) as other:
        assert peek(other) == [("n",)]


@pytest.mark.parametrize(
    ("raised", "delivered"),
    [
        (Conflict("table_taken"), Conflict),
        (KeyError("a bug"), KeyError),
        (StopIteration(), RuntimeError),
    ],
)
async def test_a_unit_that_raises_takes_only_its_own_changes_with_it(
    database: Database, raised: Exception, delivered: type[Exception]
) -> None:
    first, failed, last = await together(
        database.write(note("first")),
        database.write(note_and_raise("lost", raised)),
        database.write(note("last")),
    )
    assert isinstance(failed, delivered)
    assert (first, last) == (1, 2)
    assert await database.read(noted) == ["first", "last"]


@pytest.mark.parametrize("statement", ["release unit", "rollback", "savepoint unit"])
async def test_a_unit_that_meddles_with_its_savepoint_leaves_a_working_writer(
    database: Database, statement: str
) -> None:
    def meddle(transaction: Transaction) -> None:
        transaction.execute(statement)
        raise Conflict("table_taken")

    outcomes = await together(database.write(note("before")), database.write(meddle))
    assert isinstance(outcomes[1], Exception)
    kept = [] if isinstance(outcomes[0], Exception) else ["before"]
    await database.write(note("after"))
    assert await database.read(noted) == [*kept, "after"]


async def test_a_long_queue_is_served_in_several_batches_in_order(database: Database) -> None:
    def slow_note(number: int) -> Callable[[Transaction], int]:
        def unit(transaction: Transaction) -> int:
            time.sleep(0.002)
            return note(f"n{number}")(transaction)

        return unit

    results = await together(*(database.write(slow_note(number)) for number in range(12)))
    assert results == list(range(1, 13))
    assert database.writer.batches_committed > 1


async def test_the_event_loop_does_not_wait_for_the_disk(database: Database) -> None:
    ran_in: dict[str, str] = {}

    def trace(sql: str) -> None:
        ran_in[sql.split(maxsplit=1)[0].lower()] = threading.current_thread().name

    database._writing.driver.set_trace_callback(trace)
    await database.write(note("n"))
    assert ran_in["insert"] == threading.main_thread().name
    assert ran_in["commit"].startswith("commit")


class Disk:
    """What a writer writes to: each sync takes `seconds` by its clock. Notes who asked for it."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.synced_by: list[str] = []
        self._now = 0.0

    def clock(self) -> float:
        return self._now

    def sync(self, sql: str) -> None:
        if sql.lower().startswith("commit"):
            self._now += self.seconds
            self.synced_by.append(threading.current_thread().name)


@asynccontextmanager
async def writing_to(disk: Disk, path: Path) -> AsyncIterator[Writer]:
    opened = sqlite.connect(path, "write")
    opened.open_log()
    opened.driver.set_trace_callback(disk.sync)
    turn = SqliteTurn(path)
    writer = Writer(
        opened,
        turn=turn,
        busy_timeout=LITTLE_PATIENCE,
        require_in_place=lambda: None,
        is_grave=lambda _error: False,
        clock=disk.clock,
    )
    try:
        yield writer
    finally:
        await writer.close()
        turn.close()
        opened.close()


async def commit(writer: Writer, *, times: int = 1, units: int = 1) -> None:
    for _ in range(times):
        await asyncio.gather(*(writer.run(note("n")) for _ in range(units)))


class TestWhoSyncs:
    QUICK, SLOW = 0.0005, 0.02
    LOOP = threading.main_thread().name

    async def test_a_disk_that_proved_quick_is_synced_by_the_loop_unless_many_wait(
        self, path: Path
    ) -> None:
        disk = Disk(self.QUICK)
        async with writing_to(disk, path) as writer:
            await commit(writer, times=400)
            await commit(writer, units=20)
        assert self.LOOP not in disk.synced_by[:100]
        assert set(disk.synced_by[-11:-1]) == {self.LOOP}
        assert disk.synced_by[-1] != self.LOOP
        slow = Disk(self.SLOW)
        async with writing_to(slow, path) as writer:
            await commit(writer, times=400)
        assert self.LOOP not in slow.synced_by

    async def test_the_loop_syncs_no_slice_of_background_work_however_quick_the_disk_is(
        self, path: Path
    ) -> None:
        disk = Disk(self.QUICK)
        async with writing_to(disk, path) as writer:
            await commit(writer, times=400)
            await writer.run(note("a slice"), large=True)
            await commit(writer)
        assert [each == self.LOOP for each in disk.synced_by[-3:]] == [True, False, True]

    async def test_a_disk_that_stalls_holds_up_the_loop_once_and_has_to_prove_itself_again(
        self, path: Path
    ) -> None:
        disk = Disk(self.QUICK)
        async with writing_to(disk, path) as writer:
            await commit(writer, times=400)
            disk.seconds = self.SLOW
            await commit(writer)
            disk.seconds = self.QUICK
            await commit(writer, times=100)
        assert disk.synced_by[-101] == self.LOOP
        assert self.LOOP not in disk.synced_by[-100:]


async def test_a_waiter_cancelled_before_its_unit_began_leaves_no_trace(database: Database) -> None:
    call = asyncio.create_task(database.write(note("cancelled")))
    await asyncio.sleep(0)  # it is queued, and the writer has not had its turn
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await database.write(note("other"))
    assert await database.read(noted) == ["other"]


async def test_a_waiter_cancelled_after_its_unit_began_is_committed_all_the_same(
    database: Database,
) -> None:
    began = asyncio.Event()

    def unit(transaction: Transaction) -> None:
        note("kept")(transaction)
        began.set()

    call = asyncio.create_task(database.write(unit))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    await database.write(note("other"))
    assert await database.read(noted) == ["kept", "other"]


async def test_who_listens_for_commits_hears_of_each_when_others_can_see_it(
    database: Database, path: Path
) -> None:
    seen: list[int] = []

    def listen() -> None:
        with at_the_prompt(path) as other:
            seen.append(other.execute("select count(*) from event").fetchone()[0])

    database.on_commit(listen)
    await together(database.write(note("n")), database.write(note("n")))
    await database.write(note("n"))
    assert seen == [2, 3]
    database.off_commit(listen)
    await database.write(note("n"))
    assert seen == [2, 3]


async def test_a_listener_that_fails_harms_no_write_and_is_reported(database: Database) -> None:
    reports: list[dict[str, Any]] = []
    calls: list[str] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: reports.append(context))

    def fail() -> None:
        raise ValueError

    database.on_commit(fail)
    database.on_commit(lambda: calls.append("next"))
    assert await database.write(note("n")) == 1
    assert calls == ["next"]
    assert isinstance(reports[0]["exception"], ValueError)


async def test_the_event_loop_turns_while_a_write_waits_for_the_lock(
    database: Database, path: Path
) -> None:
    with other_processes.holding_the_lock(path) as holder:
        call = asyncio.create_task(database.write(note("n")))
        for _ in range(20):
            await asyncio.sleep(0.005)
        assert not call.done()
        await asyncio.to_thread(holder.let_go)
        assert await call == 1


async def test_writes_give_up_after_their_time_out_reads_go_on_and_the_next_write_works(
    path: Path,
) -> None:
    async with impatient(path) as database:
        with other_processes.holding_the_lock(path) as holder:
            calls = [database.write(note("early")) for _ in range(3)]
            outcomes = await together(*calls, database.write_apart(note("early")))
            assert [type(outcome) for outcome in outcomes] == [StoreBusy] * 4
            assert await database.read(noted) == await database.read_apart(noted) == []
            holder.let_go()
        await database.write(note("late"))
        assert await database.read(noted) == ["late"]


async def test_closing_waits_for_the_lock_no_longer_than_the_time_out(path: Path) -> None:
    with other_processes.holding_the_lock(path):
        async with impatient(path) as database:
            call = asyncio.create_task(database.write(note("n")))
            await asyncio.sleep(0)
        with pytest.raises(StoreBusy):
            await call


async def test_two_stores_on_one_file_commit_by_turns(path: Path) -> None:
    commits: list[str] = []

    async def guest(database: Database, name: str) -> None:
        for _ in range(30):
            await database.write(note(name))

    async with (
        open_database(path, busy_timeout=30) as one,
        open_database(path, busy_timeout=30) as other,
    ):
        one.on_commit(lambda: commits.append("one"))
        other.on_commit(lambda: commits.append("other"))
        await asyncio.gather(
            *(guest(one, "one") for _ in range(3)), *(guest(other, "other") for _ in range(3))
        )
    both_write = commits[: min(len(commits) - commits[::-1].index(name) for name in set(commits))]
    in_a_row = max(len(list(run)) for _, run in groupby(both_write))
    assert len(both_write) > 20
    assert in_a_row <= 3


async def test_a_process_that_stands_still_in_front_of_the_lock_holds_up_no_write_for_long(
    path: Path,
) -> None:
    async with impatient(path) as database:
        standing_still = SqliteTurn(path)
        assert standing_still.take()
        await database.write(note("n"))
        assert await database.read(noted) == ["n"]
        standing_still.close()


async def test_a_write_that_gives_up_leaves_its_place_to_others(path: Path) -> None:
    async with impatient(path) as database:
        with other_processes.holding_the_lock(path):
            with pytest.raises(StoreBusy):
                await database.write(note("n"))
            next_one = SqliteTurn(path)
            assert next_one.take()
            next_one.close()


class TestNoSpace:
    @staticmethod
    async def fill(database: Database, *, spare_pages: int) -> None:
        """Let the database grow by so many pages and no more."""
        pages = await database.read(lambda t: t.one("pragma page_count"))
        assert pages
        await database.write(lambda t: t.one(f"pragma max_page_count = {pages[0] + spare_pages}"))

    @staticmethod
    async def make_space(database: Database) -> None:
        await database.write(lambda t: t.one("pragma max_page_count = 1000000"))

    async def test_on_a_full_disk_what_was_told_to_succeed_is_there_and_nothing_else(
        self, database: Database
    ) -> None:
        await self.fill(database, spare_pages=3)
        names = [f"n{number}" for number in range(12)]
        outcomes = await together(
            *(
                database.write(note(name, size=50_000 if number % 4 == 2 else 10))
                for number, name in enumerate(names)
            )
        )
        failures = [outcome for outcome in outcomes if isinstance(outcome, Exception)]
        assert failures
        assert all(isinstance(failure, StoreFull) for failure in failures)
        acknowledged = [n for n, o in zip(names, outcomes, strict=True) if isinstance(o, int)]
        assert await database.read(noted) == acknowledged
        await self.make_space(database)
        await database.write(note("large", size=1_000_000))
        assert await database.read(noted) == [*acknowledged, "large"]

    def test_a_file_that_may_not_grow_fails_every_unit_it_cannot_hold(self, path: Path) -> None:
        script = """
import asyncio, resource, sys
from pathlib import Path
from bakureserve.domain.errors import StoreFull
from bakureserve.store.database import open_database
from tests.kit.rows import note, noted
from tests.kit.waiting import together

async def main(path):
    async with open_database(path, busy_timeout=5) as database:
        await database.write(note("before"))
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
        outcomes = await together(*(database.write(note("lost", size=200_000)) for _ in range(9)))
        assert all(isinstance(outcome, StoreFull) for outcome in outcomes), outcomes
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        await database.write(note("after"))
        print(*await database.read(noted))

asyncio.run(main(Path(sys.argv[1])))
"""
        assert other_processes.run(script, path) == "before after\n"


@pytest.mark.usefixtures("one_batch")
async def test_a_commit_that_fails_fails_its_whole_batch_and_nothing_later(
    database: Database,
) -> None:
    def owe_a_parent(transaction: Transaction) -> None:
        transaction.execute("pragma defer_foreign_keys = 1")
        transaction.execute("insert into venue_staff values ('nobody', 'nowhere')")

    outcomes = await together(
        database.write(note("with it")), database.write(owe_a_parent), database.write(note("x"))
    )
    assert [type(outcome) for outcome in outcomes] == [BrokenRule] * 3
    assert database.writer.units_committed == 0
    await database.write(note("later"))
    assert await database.read(noted) == ["later"]


async def test_a_damaged_file_is_said_to_be_damaged(path: Path) -> None:
    with at_the_prompt(path) as other:
        ((page,),) = other.execute("select rootpage from sqlite_master where name = 'event'")
    with path.open("r+b") as file:
        file.seek((page - 1) * 4096)
        file.write(b"\xff" * 4096)
    async with open_database(path, busy_timeout=LITTLE_PATIENCE) as database:
        for call in (database.write, database.write_apart):
            with pytest.raises(StoreCorrupt):
                await call(note("n"))
        for call in (database.read, database.read_apart):
            with pytest.raises(StoreCorrupt):
                await call(noted)


async def test_a_file_that_is_no_database_is_refused_at_once(tmp_path: Path) -> None:
    path = tmp_path / "letter.txt"
    path.write_text("Dear guest, " * 1000)
    with pytest.raises(StoreCorrupt):
        async with open_database(path, busy_timeout=LITTLE_PATIENCE):
            pass


async def test_what_is_queued_at_closing_is_still_written_and_nothing_afterwards(
    path: Path,
) -> None:
    async with open_database(path, busy_timeout=5) as database:
        calls = [asyncio.create_task(database.write(note(f"n{n}"))) for n in range(5)]
        await asyncio.sleep(0)
    assert await together(*calls) == [1, 2, 3, 4, 5]
    with pytest.raises(Unavailable, match="store_closed"):
        await database.write(note("n"))


async def test_a_closing_that_is_cancelled_still_lets_the_queue_finish(database: Database) -> None:
    calls = [asyncio.create_task(database.write(note(f"n{n}"))) for n in range(3)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(database.writer.close())
    await asyncio.sleep(0)
    closing.cancel()
    assert await together(*calls) == [1, 2, 3]


async def test_no_waiter_is_left_waiting_when_the_writer_is_stopped_by_force(
    database: Database, path: Path
) -> None:
    with other_processes.holding_the_lock(path):
        call = asyncio.create_task(database.write(note("n")))
        await asyncio.sleep(0.01)
        (task,) = (t for t in asyncio.all_tasks() if t.get_name() == "store writer")
        task.cancel()
        with pytest.raises(Unavailable, match="store_closed"):
            await call
        with pytest.raises(Unavailable, match="store_closed"):
            await database.write(note("n"))


async def test_no_thread_and_no_open_file_remains(path: Path) -> None:
    def our_threads() -> set[str]:
        names = {thread.name for thread in threading.enumerate()}
        return {name for name in names if name.startswith(("commit", "store reader"))}

    def files() -> list[str]:
        open_files = (link.resolve().name for link in Path("/proc/self/fd").iterdir())
        return [name for name in open_files if name.startswith(path.name)]

    async with open_database(path, busy_timeout=5) as database:
        await together(
            *(database.read_apart(noted) for _ in range(8)),
            database.write(note("n")),
            database.write_apart(note("m")),
        )
        assert our_threads()
        assert files()
    gc.collect()
    assert our_threads() == set()
    assert files() == []


async def test_long_and_short_writes_at_once_all_land(database: Database) -> None:
    def many(transaction: Transaction) -> int:
        for number in range(500):
            note(f"apart {number}")(transaction)
        return 500

    outcomes = await together(
        database.write_apart(many),
        *(database.write(note("short")) for _ in range(50)),
        database.write_apart(many),
        *(database.write(note("short")) for _ in range(50)),
    )
    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    kinds = await database.read(noted)
    assert kinds.count("short") == 100
    assert len(kinds) == 1100


def test_two_processes_that_write_as_hard_as_they_can_both_get_on(path: Path) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from bakureserve.store.database import open_database
from tests.kit.rows import note

async def guest(database, name):
    for _ in range(25):
        await database.write(note(name))

async def main(path, name):
    async with open_database(path, busy_timeout=30) as database:
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        await asyncio.gather(*(guest(database, name) for _ in range(20)))

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""
    contenders = [other_processes.start(script, path, name) for name in ("a", "b")]
    for contender in contenders:
        assert contender.stdout
        contender.stdout.readline()
    for contender in contenders:
        assert contender.stdin
        contender.stdin.write("\n")
        contender.stdin.flush()
    for contender in contenders:
        _, complaint = contender.communicate(timeout=120)
        assert contender.returncode == 0, complaint
    with at_the_prompt(path) as other:
        counts = other.execute("select kind, count(*) from event group by kind").fetchall()
    assert counts == [("a", 500), ("b", 500)]


def test_everything_works_the_same_on_uvloop(path: Path) -> None:
    async def main() -> None:
        async with open_database(path, busy_timeout=5) as database:
            outcomes = await together(
                *(database.write(note("n")) for _ in range(10)),
                database.write(note_and_raise("lost", Conflict("table_taken"))),
                database.write_apart(note("n")),
            )
            assert [o for o in outcomes if isinstance(o, Exception)] == [outcomes[10]]
            assert len(await database.read_apart(noted)) == 11

    uvloop.run(main())


@pytest.mark.parametrize("after", [1, 40, 150])
def test_whatever_was_acknowledged_before_a_kill_is_there(path: Path, after: int) -> None:
    script = """
import asyncio, sys
from pathlib import Path
from bakureserve.store.database import open_database
from tests.kit.rows import note

async def guest(database, name):
    for number in range(100_000):
        kind = f"{name}-{number}"
        await database.write(note(kind))
        print(kind, flush=True)

async def main(path):
    async with open_database(path, busy_timeout=5) as database:
        await asyncio.gather(*(guest(database, name) for name in range(16)))

asyncio.run(main(Path(sys.argv[1])))
"""
    process = other_processes.start(script, path)
    assert process.stdout
    acknowledged = {process.stdout.readline().strip() for _ in range(after)}
    process.send_signal(signal.SIGKILL)
    rest = process.stdout.read()  # communicate() would leave out what readline() had buffered
    process.communicate(timeout=30)
    whole_lines = rest.rpartition("\n")[0].splitlines()
    acknowledged.update(line.strip() for line in whole_lines)
    with at_the_prompt(path) as other:
        kept = {kind for (kind,) in other.execute("select kind from event")}
        assert other.execute("pragma integrity_check").fetchall() == [("ok",)]
    assert len(acknowledged) >= after
    assert acknowledged <= kept
