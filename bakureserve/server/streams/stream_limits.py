"""How many streams are open, and how many each client may have; everybody out at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

import structlog
from aiohttp import WSCloseCode

from bakureserve.domain.errors import TooMany, Unavailable
from bakureserve.server.logs import LogThrottle

COME_BACK_SECONDS = 10
"""When somebody who found no room may try again."""

LEAVE_A_SECOND = 200
"""Streams that are closed in a second when the server stops, and that are told to come back in one:
a booking server that starts is not to be met by all its readers at once."""
LONGEST_LEAVING = 5.0
"""Seconds: beyond them more leave at a time, since the server is to stop."""
RESTART_SECONDS = 2.0
"""When the first of them may come back."""


class Leaver(Protocol):
    """A stream that can be ended."""

    async def say_goodbye(self, retry_after: float) -> None:
        """Tell the reader that the server goes away, and when to come back. Never waits long."""


class StreamLimits:
    """Lets readers in while there is room. The numbers are of this process.

    A reader is a client's from the start, and an account's once it is known whose.

    `opened` counts every stream so far, `delivered` the messages sent, and `closed` the streams
    that were ended by us, by close code.
    """

    def __init__(self, *, total: int, per_client: int, per_account: int) -> None:
        self._total = total
        self._per_client = per_client
        self._per_account = per_account
        self._inside: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._streams: set[Leaver] = set()
        self._full_told = LogThrottle(monotonic)
        self._closing = False
        self.opened = 0
        self.delivered = 0
        self.closed: Counter[int] = Counter()

    @property
    def inside(self) -> int:
        """Streams that are open right now, those that have not said yet who they are included."""
        return self._inside.total()

    def count_delivery(self) -> None:
        """Note that a message was sent."""
        self.delivered += 1

    @contextmanager
    def admit(self, client: str) -> Iterator[None]:
        """Hold a place for one of the client's streams. Raises TooMany, Unavailable."""
        if self._closing or self.inside >= self._total:
            self._tell_full()
            raise Unavailable("streams_full", retry_after=COME_BACK_SECONDS)
        with _one_of(self._inside, client, self._per_client):
            yield

    @contextmanager
    def admit_account(self, subject: str) -> Iterator[None]:
        """Hold a place for one of the account's streams. Raises TooMany."""
        with _one_of(self._accounts, subject, self._per_account):
            yield

    @contextmanager
    def holding(self, stream: Leaver) -> Iterator[None]:
        """Know of a stream for as long as it is open."""
        self.opened += 1
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    async def close(self, *, within: float) -> None:
        """Let nobody in any more, and everybody inside out: one after the other, within so many
        seconds, each told when to come back."""
        self._closing = True
        streams = tuple(self._streams)
        pause = min(1 / LEAVE_A_SECOND, within / max(len(streams), 1))
        goodbyes = (
            self._let_go(stream, place * pause, RESTART_SECONDS + place / LEAVE_A_SECOND)
            for place, stream in enumerate(streams)
        )
        await asyncio.gather(*goodbyes, return_exceptions=True)

    async def _let_go(self, stream: Leaver, delay: float, retry_after: float) -> None:
        await asyncio.sleep(delay)
        if stream in self._streams:
            self.closed[WSCloseCode.GOING_AWAY] += 1
            await stream.say_goodbye(retry_after)

    def _tell_full(self) -> None:
        if not self._closing and self._full_told.is_due():
            structlog.get_logger(__name__).error("streams_full", allowed=self._total)


@contextmanager
def _one_of(inside: Counter[str], name: str, most: int) -> Iterator[None]:
    """Count one more under the name for as long as it lasts. Raises TooMany beyond the most."""
    if inside[name] >= most:
        raise TooMany(
            "streams_of_client",
            retry_after=COME_BACK_SECONDS,
            allowed=most,
            seconds=COME_BACK_SECONDS,
        )
    inside[name] += 1
    try:
        yield
    finally:
        inside[name] -= 1
        if not inside[name]:
            del inside[name]
