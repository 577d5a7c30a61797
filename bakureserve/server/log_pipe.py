"""Logging that never waits for the log's reader: lines beyond a bound are dropped and counted.

A pipe holds 64 KB. When the program that reads our log stalls, a direct write blocks the writing
thread: in the event loop that is the whole server with its signals. So a write that would block is
left to a thread that exists only then: with a thread for every line the event loop would keep
losing the interpreter lock.
"""

from __future__ import annotations

import os
import select
import stat
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

ROOM_BYTES = 1024 * 1024
"""How much may wait to be read. Beyond it whole lines are dropped and counted."""
CLOSING_SECONDS = 1.0
"""How long `close` waits for what was written to be read."""
_AGAIN_SECONDS = 0.02


class LogPipe:
    """A stream for log lines in front of a descriptor; `write` returns at once.

    Calls `on_dropped` with the number of dropped lines, once lines are read again.
    """

    def __init__(
        self, descriptor: int, on_dropped: Callable[[int], None], *, room: int = ROOM_BYTES
    ) -> None:
        self._descriptor = descriptor
        self._on_dropped = on_dropped
        self._room = room
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        self._poll = _poll(descriptor)
        self._waiting: deque[memoryview] = deque()
        self._bytes = 0
        self._lock = threading.Lock()
        self._waiter: threading.Thread | None = None
        self.dropped = 0
        self._reported = 0

    def write(self, lines: str | bytes) -> int:
        """Accept whole lines, or drop them when there is no room."""
        data = lines.encode(errors="replace") if isinstance(lines, str) else lines
        if not data:  # os.write would return 0, as it does when there is no room
            return 0
        with self._lock:
            if self._bytes + len(data) > self._room:
                self.dropped += data.count(b"\n")
                return len(lines)
            self._waiting.append(memoryview(data))
            self._bytes += len(data)
            if self._waiter is None and not self._drained():
                self._waiter = threading.Thread(
                    target=self._write_when_ready, name="log", daemon=True
                )
                self._waiter.start()
        self._report_dropped()
        return len(lines)

    def flush(self) -> None:
        """Nothing to do: `write` has written all it can."""

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def close(self) -> None:
        """Wait a moment for what was written to be read."""
        if (waiter := self._waiter) is not None:
            waiter.join(CLOSING_SECONDS)

    def _drained(self) -> bool:
        """Write what can be written without waiting, under the lock. Returns whether it was all."""
        while self._waiting:
            if not (self._is_file or self._poll.poll(0)):
                return False
            # A pipe that is ready accepts at least PIPE_BUF bytes; more might block.
            head = self._waiting[0] if self._is_file else self._waiting[0][: select.PIPE_BUF]
            written = self._written(head)
            if written == 0:
                return False
            self._bytes -= written
            self._waiting[0] = self._waiting[0][written:]
            if not self._waiting[0]:
                self._waiting.popleft()
        return True

    def _written(self, data: memoryview) -> int:
        try:
            return os.write(self._descriptor, data)
        except BlockingIOError:  # another program made the descriptor non-blocking
            return 0
        except OSError:  # a stream that fails loses its lines
            return len(data)

    def _write_when_ready(self) -> None:
        """Wait until the log is read again, and write what has accumulated."""
        ready = _poll(self._descriptor)
        while True:
            ready.poll()
            with self._lock:
                if self._drained():
                    self._waiter = None
                    break
            time.sleep(_AGAIN_SECONDS)
        self._report_dropped()

    def _report_dropped(self) -> None:
        if self._waiter is None and self.dropped > self._reported:
            newly, self._reported = self.dropped - self._reported, self.dropped
            self._on_dropped(newly)


def _poll(descriptor: int) -> select.poll:
    ready = select.poll()
    ready.register(descriptor, select.POLLOUT)
    return ready


@contextmanager
def log_pipe(stream: TextIO, on_dropped: Callable[[int], None]) -> Iterator[LogPipe]:
    """A pipe in front of `stream`, such as standard error, for as long as the block runs."""
    stream.flush()
    pipe = LogPipe(stream.fileno(), on_dropped)
    try:
        yield pipe
    finally:
        pipe.close()
