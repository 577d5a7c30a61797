"""The group-committing writer: many units of work, one durable commit.

Units queue up while the last commit is being synced to disk; then each runs in a savepoint of its
own inside one transaction, and one commit makes all of them durable. No caller is answered before.

Statements run in the event loop, because a second thread running Python only fights it for the
interpreter; the commit of many units runs in a thread, because its sync waits for the disk and
holds no lock of the interpreter. To hand over the commit of one or two costs more than a quick disk
takes to sync it, so there the loop does it itself. `docs/performance.md` has the measurements.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Generic, TypeVar, cast

from bakureserve.domain.errors import StoreBusy, Unavailable
from bakureserve.store.transaction import (
    Connection,
    EngineError,
    Turn,
    Unit,
    outcome_unknown,
    reason_of,
)

T = TypeVar("T")

_LONGEST_TURN = 0.005
"""Seconds of statements after which a batch commits, so that the event loop gets its turn."""
_LONGEST_BATCH = 0.05
"""Seconds after which another process that writes is not at a batch of bookings."""
_FIRST_RETRY, _LAST_RETRY = 0.001, 0.02
"""Seconds between attempts to take the write lock: doubling once it is no batch that has it."""

_FEW_UNITS = 2
_QUICK_SYNC = 0.005
"""Seconds: commit small batches in the event loop while the worst recent sync took less."""
_REMEMBERED = 0.998
"""By what the worst sync shrinks with each quicker one: a stall of 0.1 s counts for 1,500."""


class _Job(Generic[T]):
    __slots__ = ("deadline", "done", "error", "large", "result", "unit")

    def __init__(
        self, unit: Unit[T], done: asyncio.Future[T], deadline: float, *, large: bool
    ) -> None:
        self.unit = unit
        self.large = large
        self.done = done
        self.deadline = deadline
        self.result: T | None = None
        self.error: Exception | None = None

    def perform(self, connection: Connection) -> None:
        """Run the unit in a savepoint; what it changed goes if it raises."""
        try:
            connection.execute("savepoint unit")
            self.result = self.unit(connection)
            connection.execute("release unit")
        except Exception as error:  # noqa: BLE001 - handed to the unit's caller
            self.error = _deliverable(error)
            _undo_unit(connection)

    def settle(self) -> None:
        if self.done.done():
            return
        if self.error is not None:
            self.done.set_exception(self.error)
        else:
            self.done.set_result(cast(T, self.result))

    def fail(self, error: BaseException) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Writer:
    """Runs units of work one after another and commits them in groups.

    `turn` is this process's place among those that write to the store.
    `busy_timeout` is how many seconds a unit waits for another process's write lock before it
    fails with StoreBusy. `require_in_place` is called before and after each commit, and raises when
    the commit would go into a file that was deleted or replaced. `is_grave` is called with every
    failure; after a grave one the whole batch fails, and every unit that waits. `clock` counts
    seconds from any moment. `is_locked_out` while another connection holds the write lock. Make it
    inside a running event loop.
    """

    def __init__(
        self,
        connection: Connection,
        *,
        turn: Turn,
        busy_timeout: float,
        require_in_place: Callable[[], None],
        is_grave: Callable[[BaseException], bool],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._connection = connection
        self._turn = turn
        self._require_in_place = require_in_place
        self._is_grave = is_grave
        self._busy_timeout = busy_timeout
        self._waiting: deque[_Job[Any]] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._commits = ThreadPoolExecutor(1, thread_name_prefix="commit")
        self._clock = clock
        self._worst_sync = 2 * _QUICK_SYNC  # unknown yet: the first commits run in the thread
        self._loop = asyncio.get_running_loop()
        self._task = self._loop.create_task(self._serve(), name="store writer")
        self.is_locked_out = False
        self.committed: list[Callable[[], None]] = []
        self.units_committed = 0
        self.batches_committed = 0

    @property
    def waiting(self) -> int:
        """Units that no batch has taken yet."""
        return len(self._waiting)

    def run(self, unit: Unit[T], *, large: bool = False) -> Awaitable[T]:
        """The unit's result, once it is durable; or what it raised, with its changes undone.

        A `large` unit writes so many pages that even a quick disk takes long to commit them.
        Raises Unavailable when the store cannot write. A caller that is cancelled before the unit
        began leaves no trace; after that the unit is committed all the same.
        """
        if self._closing:
            raise Unavailable("store_closed")
        done: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Job(unit, done, self._loop.time() + self._busy_timeout, large=large))
        self._wake.set()
        return done

    async def close(self) -> None:
        """Finish what is queued, then stop."""
        self._closing = True
        self._wake.set()
        await asyncio.wait([self._task])  # which goes on even when the closing is cancelled
        self._commits.shutdown()

    async def _serve(self) -> None:
        try:
            while not (self._closing and not self._waiting):
                await self._wake.wait()
                self._wake.clear()
                await asyncio.sleep(0)  # what else this turn of the loop brings joins the batch
                while self._waiting:
                    await self._serve_batch()
        finally:
            self._closing = True
            self._fail_waiting(Unavailable("store_closed"))

    async def _serve_batch(self) -> None:
        try:
            if not await self._begin():
                return
        except (EngineError, Unavailable) as error:
            self._is_grave(error)
            self._fail_waiting(error)
            return
        await self._commit(self._perform())

    async def _begin(self) -> bool:
        """Take the write lock. False when every waiting unit gave up first."""
        began, pause = self._loop.time(), _FIRST_RETRY
        try:
            while True:
                if self._may_ask(began) and self._take_lock():
                    return True
                self._drop_expired()
                if not self._waiting:
                    return False
                await asyncio.sleep(pause)
                if self._loop.time() - began > _LONGEST_BATCH:
                    pause = min(pause * 2, _LAST_RETRY)
        finally:
            self.is_locked_out = False
            self._turn.leave()

    def _may_ask(self, began: float) -> bool:
        """Whether it is this process's turn, or who is before it takes too long: it may stand
        still."""
        return self._turn.take() or self._loop.time() - began > _LONGEST_BATCH

    def _take_lock(self) -> bool:
        try:
            self._connection.begin_writing()
        except StoreBusy:
            self.is_locked_out = True
            return False
        return True

    def _drop_expired(self) -> None:
        now = self._loop.time()
        while self._waiting and self._waiting[0].deadline <= now:
            self._waiting.popleft().fail(StoreBusy("store_busy"))

    def _perform(self) -> list[_Job[Any]]:
        batch: list[_Job[Any]] = []
        stop_at = time.perf_counter() + _LONGEST_TURN
        while self._waiting:
            job = self._waiting.popleft()
            if job.done.cancelled():
                continue
            batch.append(job)
            job.perform(self._connection)
            if job.error is not None and self._is_grave(job.error):
                break
            # A full disk makes the engine roll the whole transaction back by itself.
            if not self._connection.in_transaction or time.perf_counter() > stop_at:
                break
        return batch

    async def _commit(self, batch: list[_Job[Any]]) -> None:
        try:
            last = batch[-1].error if batch else None
            if last is not None and self._is_grave(last):
                raise last
            if not self._connection.in_transaction:
                raise last or Unavailable("store_io_error")
            self._require_in_place()  # what is refused for that is rolled back, and not kept
            await self._sync(batch)
            require_kept(self._require_in_place)
        except Exception as error:  # noqa: BLE001 - every unit of the batch learns of it
            self._fail_batch(batch, _deliverable(error))
            return
        self.batches_committed += 1
        self.units_committed += len(batch)
        for job in batch:
            job.settle()
        self._tell_of_commit()

    def _fail_batch(self, batch: list[_Job[Any]], error: Exception) -> None:
        _abandon(self._connection)
        for job in batch:
            job.fail(error)
        if self._is_grave(error):
            self._fail_waiting(reason_of(error))

    async def _sync(self, batch: list[_Job[Any]]) -> None:
        is_small = len(batch) <= _FEW_UNITS and not any(job.large for job in batch)
        if is_small and self._worst_sync < _QUICK_SYNC:
            self._commit_now()
        else:
            await self._loop.run_in_executor(self._commits, self._commit_now)

    def _commit_now(self) -> None:
        began = self._clock()
        try:
            self._connection.commit()
        finally:
            self._worst_sync = max(self._clock() - began, self._worst_sync * _REMEMBERED)

    def _tell_of_commit(self) -> None:
        for listener in self.committed:
            try:
                listener()
            except Exception as error:  # noqa: BLE001 - the batch is durable whatever it raises
                self._loop.call_exception_handler(
                    {"message": "a listener for commits failed", "exception": error}
                )

    def _fail_waiting(self, error: BaseException) -> None:
        while self._waiting:
            self._waiting.popleft().fail(error)


def require_kept(require_in_place: Callable[[], None]) -> None:
    """Look again after a commit: raises Unavailable when its file or log went away meanwhile.

    What was written may then be in neither, and a crash decides.
    """
    try:
        require_in_place()
    except Unavailable as error:
        raise outcome_unknown(error) from error


def _deliverable(error: Exception) -> Exception:
    """The error as a future can hold it and its caller should see it."""
    if isinstance(error, StopIteration):  # no future takes one: it would end its awaiter
        return RuntimeError("a unit of work raised StopIteration")
    return error


def _undo_unit(connection: Connection) -> None:
    if not connection.in_transaction:
        return
    try:
        connection.execute("rollback to unit")
        connection.execute("release unit")
    except (
        EngineError,
        Unavailable,
    ):  # without its savepoint, the unit can only be undone with its batch
        _abandon(connection)


def _abandon(connection: Connection) -> None:
    with contextlib.suppress(EngineError, Unavailable):
        connection.rollback()
