"""How many WebSocket frames may come in: on one socket, and from one client on all of its own.

Every frame costs the loop a few microseconds, also those that nothing is made of: pongs, empty
continuations. So they are counted where the bytes come in, before they are taken apart, and a
socket that sends more than its share is not read any more.
"""

from __future__ import annotations

from collections.abc import Callable, MutableMapping
from typing import Protocol

from cachetools import LRUCache

from bakureserve.limits.gcra import Quota, take

WINDOW = 10.0
OF_SOCKET, OF_CLIENT = 60, 600
"""Frames in a window of seconds; what readers answer to heartbeats comes on top."""
CLIENTS_REMEMBERED = 10_000

Clock = Callable[[], int]


class Parser(Protocol):
    """What takes frames apart."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]: ...

    def feed_eof(self) -> None: ...


class Bucket:
    """One quota's worth of frames, for one socket."""

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
        self._of_socket = Quota(OF_SOCKET + answers, WINDOW)
        self._of_client = Quota(OF_CLIENT + answers * streams_of_client, WINDOW)
        self._clients: MutableMapping[str, Bucket] = LRUCache(CLIENTS_REMEMBERED)
        self._clock = clock

    def meter(self, client: str) -> FrameMeter:
        """What counts the frames of one more socket of the client."""
        shared = self._clients.get(client) or Bucket(self._of_client)
        self._clients[client] = shared
        return FrameMeter(Bucket(self._of_socket), shared, self._clock)


class FrameMeter:
    """Counts the frames of one socket, as their bytes come in.

    `accepted` are those so far. Once there are too many, `is_over`, `on_overflow` is called, and
    nothing more is accepted.
    """

    def __init__(self, own: Bucket, shared: Bucket, clock: Clock) -> None:
        self._own = own
        self._shared = shared
        self._clock = clock
        self._head = b""
        self._skip = 0
        self.accepted = 0
        self.is_over = False
        self.on_overflow: Callable[[], None] = lambda: None

    def admits(self, data: bytes) -> bool:
        """Whether these bytes, the next of the socket, may be taken apart."""
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
        """How many frames begin in these bytes; no further than to one too many."""
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


class Metered:
    """A parser that gets what its meter admits. `pause` stops the reading of the rest."""

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
    """Bytes before a frame's payload (RFC 6455, section 5.2); 0 if too few are there to tell."""
    if at + 2 > len(data):
        return 0
    length, masked = data[at + 1] & 0x7F, data[at + 1] >> 7
    return 2 + {126: 2, 127: 8}.get(length, 0) + 4 * masked


def _payload_size(data: bytes, at: int) -> int:
    length = data[at + 1] & 0x7F
    more = {126: 2, 127: 8}.get(length, 0)
    return int.from_bytes(data[at + 2 : at + 2 + more], "big") if more else length
