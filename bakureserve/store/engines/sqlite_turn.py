"""Whose turn it is to write next, among the processes that have one SQLite file open.

SQLite's write lock has no queue. The process that has just committed asks first again, and one that
asks every few milliseconds rarely finds the lock free: it would wait for several batches of the
other. So the one that waits also takes an advisory lock, and others who find it taken wait behind.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from pathlib import Path


class SqliteTurn:
    """A place in front of the write lock, which one process has at a time. See `Turn`.

    It is a lock on the write-ahead log, which all of them have open. SQLite locks the other two
    files, never this one: to close a file that SQLite has locked would drop its locks. The kernel
    takes the place away from a process that ends. Where it cannot be had for another reason, there
    are no turns.
    """

    def __init__(self, path: Path) -> None:
        self._log: int | None = None
        with suppress(OSError):
            self._log = os.open(f"{path}-wal", os.O_RDONLY | os.O_CLOEXEC)

    def take(self) -> bool:
        if self._log is not None:
            try:
                fcntl.flock(self._log, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
            except OSError:
                self.close()
        return True

    def leave(self) -> None:
        if self._log is not None:
            fcntl.flock(self._log, fcntl.LOCK_UN)

    def close(self) -> None:
        if self._log is not None:
            os.close(self._log)
            self._log = None
