"""Logging that never blocks: a thread passes on what is written, and drops what nothing reads.

A pipe holds 64 KB. When the program that reads our log stalls, a direct write to it stops the
thread that writes: in the event loop that is the whole server, and its signals with it.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TextIO

ROOM_BYTES = 1024 * 1024
"""What may wait to be read; beyond it lines are dropped, whole, and counted."""
CLOSING_SECONDS = 1.0
"""How long the end waits for what was written to be read."""
_COLLECTING_SECONDS = 0.02


class LogPipe:
    """A stream for log lines before the descriptor of another; `write` returns at once.

    `told` is called, in the thread that writes, with the number of lines that were dropped, once
    lines are read again.
    """

    def __init__(
        self, descriptor: int, told: Callable[[int], None], *, room: int = ROOM_BYTES
    ) -> None:
        self._descriptor = descriptor
        self._told = told
        self._room = room
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._filled = threading.Event()
        self._closing = False
        self.dropped = 0
        self._dropped_and_told = 0
        self._thread = threading.Thread(target=self._pass_on, name="log", daemon=True)
        self._thread.start()

    def write(self, lines: str | bytes) -> int:
        """Take whole lines, or drop them for want of room."""
        data = lines.encode(errors="replace") if isinstance(lines, str) else lines
        with self._lock:
            if self._bytes + len(data) > self._room:
                self.dropped += data.count(b"\n")
                return len(lines)
            self._waiting.append(data)
            self._bytes += len(data)
        self._filled.set()
        return len(lines)

    def flush(self) -> None:
        """Nothing: the thread writes by itself."""

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def close(self) -> None:
        """Wait for what was written to be read, but not for long."""
        self._closing = True
        self._filled.set()
        self._thread.join(CLOSING_SECONDS)

    def _pass_on(self) -> None:
        while not (self._closing and not self._waiting):
            self._filled.wait()
            self._filled.clear()
            if data := self._taken():
                with suppress(OSError):
                    self._write_all(data)
                with self._lock:
                    self._bytes -= len(data)
                self._tell_of_dropped()
            if not self._closing:
                # Lines come in bursts: one wake-up serves all of the next few milliseconds.
                time.sleep(_COLLECTING_SECONDS)

    def _taken(self) -> bytes:
        with self._lock:
            data = b"".join(self._waiting)
            self._waiting.clear()
        return data

    def _write_all(self, data: bytes) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._descriptor, rest) :]
            except BlockingIOError:  # another program made the descriptor non-blocking
                select.select([], [self._descriptor], [])

    def _tell_of_dropped(self) -> None:
        dropped = self.dropped
        if dropped > self._dropped_and_told:
            self._told(dropped - self._dropped_and_told)
            self._dropped_and_told = dropped


@contextmanager
def log_pipe(stream: TextIO, told: Callable[[int], None]) -> Iterator[LogPipe]:
    """A pipe before `stream`, such as standard error, for as long as the block runs."""
    stream.flush()
    pipe = LogPipe(stream.fileno(), told)
    try:
        yield pipe
    finally:
        pipe.close()
