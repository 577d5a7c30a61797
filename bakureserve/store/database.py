"""A store that is open: reads beside each other, writes through one group-committing writer."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from typing import TypeVar

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import StoreBusy, StoreCorrupt, Unavailable
from bakureserve.store import migrator
from bakureserve.store.accounts import users
from bakureserve.store.engines import Engine, Location, engine_of
from bakureserve.store.health import StoreHealth, find_again, write_something
from bakureserve.store.search import TextIndex
from bakureserve.store.transaction import (
    Connection,
    EngineError,
    Purpose,
    Transaction,
    Unit,
    reason_of,
)
from bakureserve.store.writer import Writer, require_kept

T = TypeVar("T")

_READER_THREADS = 4
_READ_RETRY = 0.005
_CHECK_PATIENCE = 1.0
"""Seconds that a look for damage waits for a lock, which is held only while the file is opened or
closed."""
_LOG_PATIENCE = 0.1
"""Seconds that cutting the log waits for readers, and keeps writers waiting."""
_WAY_SECONDS = 0.25
"""How long work in the background steps aside when it meets guests at the writer."""


class Database:
    """A store that is open. Make one with `open_database`.

    A unit of work is a plain function of a Transaction. It must not keep the transaction, and may
    be run in the event loop: only `read_apart` and `write_apart` may take long.
    """

    def __init__(self, path: Location, *, busy_timeout: float) -> None:
        self.path = path
        self._engine = engine_of(path)
        self._busy_timeout = busy_timeout
        self._writing = _connect_for_loop(self._engine, "write", busy_timeout)
        self._reading = _connect_for_loop(self._engine, "read", busy_timeout)
        self._readers = ThreadPoolExecutor(_READER_THREADS, thread_name_prefix="store reader")
        self._own = threading.local()
        self._opened: list[Connection] = [self._writing, self._reading]
        self._mark_of_this_turn: int | None = None
        self._closed = False
        self._long_changes = 0
        self.given_back_to: int | None = None
        """How large `give_back` left the data: to that size the file may shrink."""
        self.health = StoreHealth()
        for opened in self._opened:  # the log is made with the first read
            opened.open_log()
        self._storage = self._engine.storage()
        self._turn = self._engine.turn()
        self.writer = Writer(
            self._writing,
            turn=self._turn,
            busy_timeout=busy_timeout,
            require_in_place=self._storage.require,
            is_grave=self._note,
        )

    async def read(self, unit: Unit[T]) -> T:
        """Run a short read in the event loop: a point lookup, a page, one restaurant's day.

        A lookup costs less than handing it to a thread would. All its statements see one moment.
        Raises Unavailable.
        """
        self._require_open()
        deadline = asyncio.get_running_loop().time() + self._busy_timeout
        while True:
            try:
                return self._reading.snapshot(unit)
            except StoreBusy:
                if asyncio.get_running_loop().time() >= deadline:
                    raise
                await asyncio.sleep(_READ_RETRY)
            except Unavailable as error:
                self._note(error)
                raise

    def read_at_once(self, unit: Unit[T]) -> T:
        """Like `read`, where there is nothing to wait with: raises StoreBusy at once."""
        self._require_open()
        with self._noting():
            return self._reading.snapshot(unit)

    async def read_apart(self, unit: Unit[T]) -> T:
        """Run a read that may take long in a thread. Raises Unavailable."""
        self._require_open()
        loop = asyncio.get_running_loop()
        with self._noting():
            return await loop.run_in_executor(self._readers, self._read_in_thread, unit)

    async def write(self, unit: Unit[T], *, by: Actor | None = None) -> T:
        """Run a unit of work and return its result once it is durable. See `Writer.run`.

        With `by`, the unit first checks that the actor's rights still hold: raises Unauthenticated.
        While the store has a grave fault, it takes no writes.
        """
        if self.health.fault is not None:
            await self._require_sound()
        return await self.writer.run(_on_behalf_of(by, unit))

    async def write_slice(self, unit: Unit[T]) -> T:
        """As `write`, for a piece of background work that changes many rows, and letting requests
        write first."""
        await self.give_way()
        if self.health.fault is not None:
            await self._require_sound()
        return await self.writer.run(unit, large=True)

    async def write_apart(self, unit: Unit[T], *, by: Actor | None = None) -> T:
        """Run a long unit (an import, a seeding) in a thread, as one transaction of its own.

        The server's other writes wait meanwhile, each up to its busy time-out. `by` is as for
        `write`. Raises Unavailable.
        """
        await self._require_sound()
        self.require_in_place()
        with self._noting(), self._counting_long_changes():
            result = await asyncio.to_thread(
                write_alone, self.path, _on_behalf_of(by, unit), busy_timeout=self._busy_timeout
            )
            require_kept(self._storage.require)
        return result

    @property
    def hindrance(self) -> str:
        """What the writer waits for, as a code: a long change of this process, or the write lock of
        another. Empty while it does not wait."""
        if not self.writer.is_locked_out:
            return ""
        return "store_long_change" if self._long_changes else "store_busy"

    @contextmanager
    def _counting_long_changes(self) -> Iterator[None]:
        self._long_changes += 1
        try:
            yield
        finally:
            self._long_changes -= 1

    async def prove(self) -> None:
        """Probe the store: write as much as a booking, and read it as another process would.

        Success ends a fault that may pass. Raises Unavailable.
        """
        if self.health.is_lost:
            self.health.refuse()
        self.require_whole()
        with self._noting():
            try:
                written = await self.writer.run(write_something)
            except Unavailable as error:
                raise reason_of(error) from None  # the probe's own outcome does not matter
            await asyncio.to_thread(self._find_again, written)
        self.health.trust_again()

    def _find_again(self, written: int) -> None:
        opened = self._engine.connect("read", busy_timeout=self._busy_timeout)
        try:
            opened.snapshot(lambda found: find_again(found, written))
        finally:
            opened.close()

    async def _require_sound(self) -> None:
        if self.health.fault is None:
            return
        if not self.health.may_try_again():
            self.health.refuse()
        await self.prove()

    def _note(self, error: BaseException) -> bool:
        """Whether the error is a grave fault.

        When the log is gone, saves what this process still holds of it: otherwise the latest
        bookings would end with the process.
        """
        newly = self.health.fault is None
        is_grave = self.health.note(reason_of(error))
        if newly and is_grave and self._storage.log_is_missing():
            with suppress(EngineError, Unavailable):
                self._writing.save_log()
        return is_grave

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except Unavailable as error:
            self._note(error)
            raise

    async def tables(self) -> tuple[str, ...]:
        """The names of the tables in the file. Raises Unavailable."""
        self.require_whole()
        with self._noting():
            return await asyncio.to_thread(_tables, self.path)

    async def look_through(self, table: str, *, limit: float) -> bool:
        """See the function `look_through`. Damage ends the taking of writes."""
        self.require_whole()
        with self._noting():
            return await asyncio.to_thread(look_through, self.path, table, limit=limit)

    async def answers(self) -> bool:
        """Whether the file is in place and can be read."""
        try:
            self.require_in_place()
            return await self.read(lambda transaction: transaction.one("select 1") is not None)
        except Unavailable:
            return False

    def file_bytes(self) -> int:
        """How large the file is, without its log."""
        return self._storage.file_bytes()

    def log_bytes(self) -> int:
        """The length of the log. It is cut once no reader needs its end."""
        return self._storage.log_bytes()

    async def truncate_log(self) -> bool:
        """Copy the log into the data and cut it: until then it holds what was erased.

        False while it is being read or written. Raises Unavailable.
        """
        self.require_in_place()  # a new connection must not meet the log of a file that is gone
        return await asyncio.to_thread(self._engine.cut_log, busy_timeout=_LOG_PATIENCE)

    async def give_back(self, *, most: int, keep: float) -> bool:
        """Give up to `most` free pages back to the disk, except for a share to `keep`; whether
        there were any. Raises Unavailable."""
        left = await self.write_slice(lambda tx: self._engine.give_back(tx, most=most, keep=keep))
        if left:
            self.given_back_to = left
        return left > 0

    def on_commit(self, listener: Callable[[], None]) -> None:
        """Call `listener` after every batch that `write` commits. It must be quick."""
        self.writer.committed.append(listener)

    def off_commit(self, listener: Callable[[], None]) -> None:
        """Stop calling `listener`."""
        self.writer.committed.remove(listener)

    async def give_way(self) -> None:
        """Let requests write first, between two steps of background work."""
        if self.writer.waiting:
            await asyncio.sleep(_WAY_SECONDS)

    def text_index(self) -> TextIndex:
        """An empty index of words, of this process alone."""
        return self._engine.text_index()

    def change_mark(self) -> int:
        """A number that differs whenever any process has committed since.

        Read once per turn of the event loop, which is exact: what a turn handles came in before
        the turn began, so none of its callers can know of a commit in the middle of it. What comes
        in later is queued behind `_end_turn`. Raises Unavailable.
        """
        if self._mark_of_this_turn is None:
            self._mark_of_this_turn = self.change_mark_now()
            asyncio.get_running_loop().call_soon(self._end_turn)
        return self._mark_of_this_turn

    def change_mark_now(self) -> int:
        """The change mark of this very moment, for what may have come in during a turn."""
        self._require_open()
        try:  # asked at every request: a context manager would cost a third of it
            return self._reading.change_mark()
        except Unavailable as error:
            self._note(error)
            raise

    def _end_turn(self) -> None:
        self._mark_of_this_turn = None

    def require_in_place(self) -> None:
        """Raises StoreReadOnly or StoreCorrupt when the file or its log was deleted or replaced."""
        with self._noting():
            self._storage.require()

    def require_whole(self) -> None:
        """The same of all files that belong to it. For now and then."""
        self.require_in_place()
        with self._noting():
            self._storage.require_whole()

    async def close(self) -> None:
        """Finish queued writes and reads, then close every connection."""
        self._closed = True
        await self.writer.close()
        self._turn.close()
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._opened:
            connection.close()

    def _require_open(self) -> None:
        if self._closed:
            raise Unavailable("store_closed")

    def _read_in_thread(self, unit: Unit[T]) -> T:
        if not hasattr(self._own, "connection"):
            self.require_in_place()
            opened = self._engine.connect("read", busy_timeout=self._busy_timeout)
            self._opened.append(opened)
            self._own.connection = opened
        connection: Connection = self._own.connection
        return connection.snapshot(unit)


@asynccontextmanager
async def open_database(path: Location, *, busy_timeout: float) -> AsyncIterator[Database]:
    """The store at `path`, closed on leaving. `busy_timeout` is in seconds. Raises Unavailable."""
    database = Database(path, busy_timeout=busy_timeout)
    try:
        yield database
    finally:
        await database.close()


def write_alone(path: Location, unit: Unit[T], *, busy_timeout: float) -> T:
    """Run one unit on a connection of its own, blocking. Raises Unavailable."""
    return _write(path, unit, busy_timeout=busy_timeout)


def _write(path: Location, work: Callable[[Connection], T], *, busy_timeout: float) -> T:
    with closing(engine_of(path).connect("write", busy_timeout=busy_timeout)) as connection:
        connection.begin_writing()
        result = work(connection)
        connection.commit()
    return result


def is_in_use(path: Location) -> bool:
    """Whether another connection has the store open, which exists. Raises Unavailable."""
    return engine_of(path).is_in_use()


_SLICE_SECONDS = 0.05
"""How long a transaction of `write_in_slices` lasts. A guest's booking waits for one of them."""
_REST_SECONDS = 0.03
"""The time between two of them: longer than a writer that waits lets pass before it asks again."""


class Slices:
    """A long piece of work as many short transactions, on a connection that has begun one."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._began = time.monotonic()

    def pause(self) -> None:
        """Call it wherever what was done so far may stand by itself: other writers come first when
        the transaction has lasted long enough. Raises Unavailable."""
        if time.monotonic() - self._began < _SLICE_SECONDS:
            return
        self._connection.commit()
        time.sleep(_REST_SECONDS)
        self._connection.begin_writing()
        self._began = time.monotonic()


def write_in_slices(
    path: Location, unit: Callable[[Transaction, Slices], T], *, busy_timeout: float
) -> T:
    """Run a long unit beside other writers, blocking: they wait for a slice of it at most.

    If it fails, earlier slices stay. Raises Unavailable.
    """

    def sliced(connection: Connection) -> T:
        return unit(connection, Slices(connection))

    return _write(path, sliced, busy_timeout=busy_timeout)


def _tables(path: Location) -> tuple[str, ...]:
    """The names of the tables in the file. Raises StoreCorrupt when ours are not among them,
    Unavailable when it cannot be read."""
    with closing(engine_of(path).connect("read", busy_timeout=_CHECK_PATIENCE)) as connection:
        names = connection.tables()
    if migrator.HISTORY not in names:
        raise StoreCorrupt("store_corrupt") from EngineError("the tables are gone")
    return names


def look_through(path: Location, table: str, *, limit: float) -> bool:
    """Read a table and its indexes from the file, past every cache but the system's; whether that
    was done within `limit` seconds. Blocking.

    Raises StoreCorrupt for the first damage, Unavailable when the file cannot be read.
    """
    finding = engine_of(path).damage_of(table, seconds=limit, busy_timeout=_CHECK_PATIENCE)
    if finding:
        raise StoreCorrupt("store_corrupt") from EngineError(f"{table}: {finding}")
    return finding is not None


def _on_behalf_of(actor: Actor | None, unit: Unit[T]) -> Unit[T]:
    """The unit, run only while the actor's rights still hold."""
    if actor is None or actor.rights is None:
        return unit

    def checked(transaction: Transaction) -> T:
        users.require_standing(transaction, actor)
        return unit(transaction)

    return checked


def _connect_for_loop(engine: Engine, purpose: Purpose, busy_timeout: float) -> Connection:
    """A connection that waits for others to open or close the store, and then never again."""
    opened = engine.connect(purpose, busy_timeout=busy_timeout)
    opened.never_wait()
    return opened
