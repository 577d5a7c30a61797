"""How many streams there may be, how many frames they may send, and their orderly end.

Every frame costs the loop a few microseconds, even a pong or an empty continuation. So frames are
counted where their bytes come in, before they are parsed, and a socket that sends more than its
share is no longer read.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from time import monotonic
from typing import Protocol

import structlog
from aiohttp import WSCloseCode
from cachetools import LRUCache

from bakureserve.domain.errors import TooMany, Unavailable
from bakureserve.limits.limiter import Quota, take
from bakureserve.server.logs import LogThrottle

RETRY_SECONDS = 10
"""When a reader that found no room may try again."""

CLOSED_PER_SECOND = 200
"""Streams that a stopping server closes in a second, and asks to reconnect in a second, so that not
all readers meet the next server at once."""
LONGEST_CLOSING = 5.0
"""The most seconds for closing streams: with many streams more are closed per second."""
RESTART_SECONDS = 2.0
"""When the first of them may reconnect."""


class StoppableStream(Protocol):
    """A stream that can be closed."""

    async def stop(self, retry_after: float) -> None:
        """Tell the reader that the server stops, and when to reconnect. Never waits long."""


class StreamLimits:
    """Admits readers while there is room in this process.

    A reader counts for its client from the start, and for its account once that is known.

    `opened` counts every stream so far, `delivered` the messages sent, and `closed` the streams
    that the server closed, by close code.
    """

    def __init__(self, *, total: int, per_client: int, per_account: int) -> None:
        self._total = total
        self._per_client = per_client
        self._per_account = per_account
        self._inside: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._streams: set[StoppableStream] = set()
        self._full_throttle = LogThrottle(monotonic)
        self._closing = False
        self.opened = 0
        self.delivered = 0
        self.closed: Counter[int] = Counter()

    @property
    def open(self) -> int:
        """Streams that are open right now, including those that have not authenticated yet."""
        return self._inside.total()

    def count_delivery(self) -> None:
        """Note that a message was sent."""
        self.delivered += 1

    @contextmanager
    def admit(self, client: str) -> Iterator[None]:
        """Count one of the client's streams while the block runs. Raises TooMany, Unavailable."""
        if self._closing or self.open >= self._total:
            self._log_full()
            raise Unavailable("streams_full", retry_after=RETRY_SECONDS)
        with _counted(self._inside, client, self._per_client):
            yield

    @contextmanager
    def admit_account(self, subject: str) -> Iterator[None]:
        """Count one of the account's streams while the block runs. Raises TooMany."""
        with _counted(self._accounts, subject, self._per_account):
            yield

    @contextmanager
    def holding(self, stream: StoppableStream) -> Iterator[None]:
        """Register a stream for as long as it is open, so that `close` finds it."""
        self.opened += 1
        self._streams.add(stream)
        try:
            yield
        finally:
            self._streams.discard(stream)

    async def close(self, *, within: float) -> None:
        """Admit no more readers, and close the streams one after the other within so many seconds,
        telling each when to reconnect."""
        self._closing = True
        streams = tuple(self._streams)
        pause = min(1 / CLOSED_PER_SECOND, within / max(len(streams), 1))
        stops = (
            self._stop_later(stream, place * pause, RESTART_SECONDS + place / CLOSED_PER_SECOND)
            for place, stream in enumerate(streams)
        )
        await asyncio.gather(*stops)

    async def _stop_later(self, stream: StoppableStream, delay: float, retry_after: float) -> None:
        await asyncio.sleep(delay)
        if stream in self._streams:
            self.closed[WSCloseCode.GOING_AWAY] += 1
            try:
                await stream.stop(retry_after)
            except Exception:  # noqa: BLE001 - the other readers are told, and the server stops
                structlog.get_logger(__name__).exception("stream_not_told")

    def _log_full(self) -> None:
        if not self._closing and self._full_throttle.is_due():
            structlog.get_logger(__name__).error("streams_full", allowed=self._total)


@contextmanager
def _counted(inside: Counter[str], name: str, most: int) -> Iterator[None]:
    """Count one more under the name while the block runs. Raises TooMany beyond `most`."""
    if inside[name] >= most:
        raise TooMany(
            "streams_of_client",
            retry_after=RETRY_SECONDS,
            allowed=most,
            seconds=RETRY_SECONDS,
        )
    inside[name] += 1
    try:
        yield
    finally:
        inside[name] -= 1
        if not inside[name]:
            del inside[name]


WINDOW = 10.0
FRAMES_PER_SOCKET, FRAMES_PER_CLIENT = 60, 600
"""Frames in a window; the pongs that answer heartbeats come on top."""
CLIENTS_REMEMBERED = 10_000

Clock = Callable[[], int]


class Parser(Protocol):
    """A parser of frames."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]: ...

    def feed_eof(self) -> None: ...


class FrameQuota:
    """Counts frames against one quota."""

    def __init__(self, quota: Quota) -> None:
        self.quota = quota
        self._arrival = 0

    def take(self, frames: int, now: int) -> bool:
        verdict = take(self.quota, self._arrival, frames, now)
        self._arrival = verdict.arrival
        return verdict.allowed and frames <= self.quota.requests


class FrameBudgets:
    """The budgets of all sockets. A reader answers one ping each `heartbeat` seconds."""

    def __init__(self, *, heartbeat: float, streams_of_client: int, clock: Clock) -> None:
        answers = 2 * round(WINDOW / heartbeat + 1)
        self._of_socket = Quota(FRAMES_PER_SOCKET + answers, WINDOW)
        self._of_client = Quota(FRAMES_PER_CLIENT + answers * streams_of_client, WINDOW)
        self._clients: MutableMapping[str, FrameQuota] = LRUCache(CLIENTS_REMEMBERED)
        self._clock = clock

    def meter(self, client: str) -> FrameMeter:
        """A meter for one more socket of the client."""
        shared = self._clients.get(client) or FrameQuota(self._of_client)
        self._clients[client] = shared
        return FrameMeter(FrameQuota(self._of_socket), shared, self._clock)


class FrameMeter:
    """Counts the frames of one socket, as their bytes come in.

    `accepted` are those so far. Once there are too many, `is_over`, `on_overflow` is called, and
    nothing more is accepted.
    """

    def __init__(self, own: FrameQuota, shared: FrameQuota, clock: Clock) -> None:
        self._own = own
        self._shared = shared
        self._clock = clock
        self._head = b""
        self._skip = 0
        self.accepted = 0
        self.is_over = False
        self.on_overflow: Callable[[], None] = lambda: None

    def admits(self, data: bytes) -> bool:
        """Whether these bytes, the socket's next, may be parsed."""
        if self.is_over:
            return False
        frames = self._count(data)
        now = self._clock()
        if frames and not (self._own.take(frames, now) and self._shared.take(frames, now)):
            self.is_over = True
            self.on_overflow()
            return False
        self.accepted += frames
        return True

    def _count(self, data: bytes) -> int:
        """How many frames begin in these bytes; stops counting at one too many."""
        data, self._head = self._head + data, b""
        frames, at, end = 0, self._skip, len(data)
        while at < end and frames <= self._own.quota.requests:
            size = _head_size(data, at)
            if size == 0 or at + size > end:
                self._head = data[at:]
                at = end
                break
            at += size + _payload_size(data, at)
            frames += 1
        self._skip = max(at - end, 0)
        return frames


class MeteredParser:
    """A parser that gets only what its meter admits. `pause` stops reading the rest."""

    def __init__(self, parser: Parser, meter: FrameMeter, pause: Callable[[], None]) -> None:
        self._parser = parser
        self._meter = meter
        self._pause = pause

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        if self._meter.admits(data):
            return self._parser.feed_data(data)
        self._pause()
        return False, b""

    def feed_eof(self) -> None:
        self._parser.feed_eof()


def _head_size(data: bytes, at: int) -> int:
    """Bytes before a frame's payload (RFC 6455, section 5.2); 0 if too few have arrived."""
    if at + 2 > len(data):
        return 0
    length, masked = data[at + 1] & 0x7F, data[at + 1] >> 7
    return 2 + {126: 2, 127: 8}.get(length, 0) + 4 * masked


def _payload_size(data: bytes, at: int) -> int:
    length = data[at + 1] & 0x7F
    more = {126: 2, 127: 8}.get(length, 0)
    return int.from_bytes(data[at + 2 : at + 2 + more], "big") if more else length
