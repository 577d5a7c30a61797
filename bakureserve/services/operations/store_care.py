"""Watch the database's files while a server runs: that they exist, are undamaged, and do not grow
too large."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import deque

from bakureserve.services.clock import Clock
from bakureserve.store.database import Database
from bakureserve.store.reservations import reservation_lists
from bakureserve.store.reservations.reservation_lists import Filter
from bakureserve.store.transaction import LOG_LIMIT_BYTES

TABLE_SECONDS = 20.0
"""How often another table is checked."""
LIMIT_SECONDS = 10.0
"""How long that may take: meanwhile the log cannot be truncated."""

FEW_RESERVATIONS = 1_000
COUNT_EVERY = dt.timedelta(minutes=1)


class StoreCare:
    """Knows when the whole file was last found undamaged, and how long its log is.

    `checked_at` is when the last round through all tables ended; None before the first.
    `unread` are the tables of that round that took too long.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._left: deque[str] = deque()
        self._too_long: list[str] = []
        self._bytes = database.file_bytes()
        self._counted_at: dt.datetime | None = None
        self._reservations = 0
        self.checked_at: dt.datetime | None = None
        self.unread: tuple[str, ...] = ()

    @property
    def log_bytes(self) -> int:
        """How long the write-ahead log is now."""
        return self._database.log_bytes()

    async def bytes_per_reservation(self) -> int | None:
        """The size of the file for each reservation in it, with its events, audit rows and
        indexes; None below `FEW_RESERVATIONS`, where it says nothing. Raises Unavailable.

        Counted once a minute at most: of a million that takes some milliseconds, in a thread.
        """
        now = self._clock()
        if self._counted_at is None or not dt.timedelta() <= now - self._counted_at < COUNT_EVERY:
            everything = Filter()
            self._reservations = await self._database.read_apart(
                lambda tx: reservation_lists.count(tx, everything)
            )
            self._counted_at = now
        if self._reservations < FEW_RESERVATIONS:
            return None
        return self._database.file_bytes() // self._reservations

    async def look(self) -> None:
        """Check that the files exist; truncate a log that is too long. Quick enough for every
        second.

        A file that has shrunk is checked in full at once, unless we gave back what it had free.
        Raises Unavailable.
        """
        self._database.require_whole()
        before, self._bytes = self._bytes, self._database.file_bytes()
        if self._bytes < min(before, self._database.given_back_to or before):
            await self.look_through_all()
        if self.log_bytes > LOG_LIMIT_BYTES:
            await self._database.truncate_log()

    async def look_through_next(self) -> None:
        """Check one more table. Raises Unavailable; StoreCorrupt for damage."""
        if not self._left:
            self._left.extend(await self._database.tables())
        table = self._left[0]
        if not await self._database.look_through(table, limit=LIMIT_SECONDS):
            self._too_long.append(table)
        self._left.popleft()
        if not self._left:
            self.checked_at = self._clock()
            self.unread, self._too_long = tuple(self._too_long), []

    async def look_through_all(self) -> None:
        """Check all tables in a new round. Raises Unavailable; StoreCorrupt for damage."""
        self._left.clear()
        await self.look_through_next()
        while self._left:
            await asyncio.sleep(0)
            await self.look_through_next()
