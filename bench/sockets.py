"""Thousands of WebSocket readers in one process: a minimal client that reads and times frames."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import cast

_SIGNAL = b'"last_signal":"'
_PING, _CLOSE = 9, 8


@dataclass
class Received:
    """A reader's results: delays in seconds from the signal to its receipt."""

    delays: list[float] = field(default_factory=list)
    closed: bool = False


class Reader(asyncio.Protocol):
    """One reader: completes the handshake, answers pings and times each signal."""

    def __init__(self, path: str, begun: Callable[[], None]) -> None:
        self.received = Received()
        self._path = path
        self._begun = begun
        self._buffer = b""
        self._talking = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.write(
            f"GET {self._path} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        now = time.time()
        self._buffer += data
        if not self._talking:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self._buffer.startswith(b"HTTP/1.1 101"):
                raise SystemExit(f"no WebSocket: {self._buffer[:200]!r}")
            self._buffer, self._talking = self._buffer[end + 4 :], True
            self._begun()
        self._read_frames(now)

    def connection_lost(self, exc: Exception | None) -> None:
        self.received.closed = True

    def _read_frames(self, now: float) -> None:
        at, buffer = 0, self._buffer
        while len(buffer) - at >= 2:
            length, head = buffer[at + 1] & 0x7F, 2
            if length == 126:
                length, head = int.from_bytes(buffer[at + 2 : at + 4], "big"), 4
            elif length == 127:
                length, head = int.from_bytes(buffer[at + 2 : at + 10], "big"), 10
            if len(buffer) - at < head + length:
                break
            self._take(buffer[at] & 0x0F, buffer[at + head : at + head + length], now)
            at += head + length
        self._buffer = buffer[at:]

    def _take(self, opcode: int, payload: bytes, now: float) -> None:
        if opcode == _PING:
            mask = bytes(4)
            self._transport.write(bytes([0x8A, 0x80 | len(payload)]) + mask + payload)
            return
        found = payload.find(_SIGNAL)
        if opcode == _CLOSE or found < 0 or b'"update"' not in payload[:60]:
            return
        start = found + len(_SIGNAL)
        signal = datetime.fromisoformat(payload[start : payload.index(b'"', start)].decode())
        self.received.delays.append(now - signal.timestamp())


async def open_readers(port: int, paths: list[str]) -> list[Reader]:
    """Readers after their handshakes, opened a hundred at a time."""
    loop = asyncio.get_running_loop()
    readers: list[Reader] = []
    for first in range(0, len(paths), 100):
        opened = []
        for path in paths[first : first + 100]:
            begun = loop.create_future()
            _, reader = await loop.create_connection(
                lambda path=path, begun=begun: Reader(path, lambda: begun.set_result(None)),  # type: ignore[misc]
                "127.0.0.1",
                port,
            )
            readers.append(reader)
            opened.append(begun)
        await asyncio.gather(*opened)
    return readers
