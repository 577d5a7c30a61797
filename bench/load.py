"""A small HTTP/1.1 load generator: keep-alive connections, one request at a time on each.

Far cheaper than a client library, so that one core of load can fill one core of server.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import repeat
from time import perf_counter
from typing import cast

NextRequest = Callable[[], bytes | None]
"""The next request to send, head and body, or None when there is no more to do."""


@dataclass
class Load:
    """The results of a run. Latencies are in seconds, from the last byte sent to the last read."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    @property
    def requests_per_second(self) -> float:
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, percent: float) -> float:
        """The latency that `percent` of the requests did not exceed."""
        ranked = sorted(self.latencies)
        return ranked[min(int(len(ranked) * percent / 100), len(ranked) - 1)] if ranked else 0.0

    def __str__(self) -> str:
        marks = " ".join(f"p{p}={self.percentile(p) * 1000:.2f}ms" for p in (50, 95, 99))
        return f"{self.requests_per_second:,.0f} requests/s {marks} {dict(self.statuses)}"


def request(
    method: str,
    path: str,
    *,
    host: str = "127.0.0.1",
    headers: tuple[tuple[str, str], ...] = (),
    body: bytes = b"",
) -> bytes:
    """The bytes of one request."""
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


async def run_for(
    port: int, message: bytes, *, seconds: float, connections: int = 32, host: str = "127.0.0.1"
) -> Load:
    """Send the same request over and over for `seconds`."""
    end = perf_counter() + seconds

    def next_request() -> bytes | None:
        return message if perf_counter() < end else None

    return await run(port, next_request, connections=connections, host=host)


async def run_count(
    port: int, message: bytes, *, count: int, connections: int = 32, host: str = "127.0.0.1"
) -> Load:
    """Send the same request `count` times."""
    messages = repeat(message, count)
    return await run(port, lambda: next(messages, None), connections=connections, host=host)


async def run(
    port: int, next_request: NextRequest, *, connections: int, host: str = "127.0.0.1"
) -> Load:
    """Ask `next_request` for work on every connection until it has no more.

    Never sleeps meanwhile: a server that answers a sleeping client pays for waking it, and the
    slower of two servers finds it asleep more often, which would be measured as well.
    """
    load = Load()
    loop = asyncio.get_running_loop()
    clients = [_Connection(next_request, load, loop.create_future()) for _ in range(connections)]
    started = perf_counter()
    for client in clients:
        await loop.create_connection(lambda client=client: client, host, port)  # type: ignore[misc]
    finished = asyncio.gather(*(client.done for client in clients))
    while not finished.done():
        await asyncio.sleep(0)
    load.seconds = perf_counter() - started
    finished.result()
    return load


async def run_at(
    port: int,
    messages: Iterable[bytes],
    *,
    rate: float,
    host: str = "127.0.0.1",
    most: int | None = None,
) -> Load:
    """Send every message when it is due, `rate` a second, over as many connections as that takes.

    However slowly they are answered, the next ones come when they are due, or, once there are
    `most` connections, as soon as one of them is idle; latencies count from when they are due. A
    connection that the server closes in the middle of an answer is an error.
    """
    load = Load()
    loop = asyncio.get_running_loop()
    idle: list[_Paced] = []
    every: list[_Paced] = []
    started = perf_counter()
    for number, message in enumerate(messages):
        due = started + number / rate
        await asyncio.sleep(max(due - perf_counter(), 0))
        while not idle and len(every) == most:
            await asyncio.sleep(0.001)
        if not idle:
            client = _Paced(load, loop.create_future(), idle)
            every.append(client)
            await loop.create_connection(lambda client=client: client, host, port)  # type: ignore[misc]
        idle.pop().send(message, due)
    while any(client.busy for client in every):
        await asyncio.sleep(0.01)
    load.seconds = perf_counter() - started
    for client in every:
        client.close()
    return load


class _Connection(asyncio.Protocol):
    """One connection: sends, waits for the whole answer, sends again."""

    def __init__(self, next_request: NextRequest, load: Load, done: asyncio.Future[None]) -> None:
        self.done = done
        self._next_request = next_request
        self._load = load
        self._head = b""
        self._missing = 0
        self._in_body = False
        self._sent_at = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        if self._in_body:
            self._missing -= len(data)
        else:
            self._head += data
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            self._missing = _content_length(self._head[:end]) - (len(self._head) - end - 4)
            self._load.statuses[int(self._head[9:12])] += 1
            self._in_body = True
        if self._missing <= 0:
            self._load.latencies.append(perf_counter() - self._sent_at)
            self._send()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.done.done():
            return
        self.done.set_exception(exc or ConnectionError("the server closed the connection"))

    def _send(self) -> None:
        message = self._next_request()
        if message is None:
            self.done.set_result(None)
            self._transport.close()
            return
        self._head, self._in_body = b"", False
        self._sent_at = perf_counter()
        self._transport.write(message)


class _Paced(_Connection):
    """A connection that sends one message at a time when asked, and is idle in between."""

    def __init__(self, load: Load, done: asyncio.Future[None], idle: list[_Paced]) -> None:
        super().__init__(lambda: None, load, done)
        self.busy = False
        self._idle = idle

    def send(self, message: bytes, due: float) -> None:
        self._head, self._in_body = b"", False
        self._sent_at, self.busy = due, True
        self._transport.write(message)

    def close(self) -> None:
        self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        if self.busy:
            raise SystemExit(f"the server closed the connection: {exc}")
        if self in self._idle:
            self._idle.remove(self)

    def _send(self) -> None:
        self.busy = False
        self._idle.append(self)


def _content_length(head: bytes) -> int:
    lowered = head.lower()
    start = lowered.find(b"content-length:")
    if start < 0:
        return 0
    return int(lowered[start + 15 :].split(b"\r\n", 1)[0])
