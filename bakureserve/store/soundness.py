"""Whether what is written to a store will be there again: believed until the opposite is seen.

Damage shows itself to whoever happens to meet it: a guest who lists, a backup, the check in the
background. From then on nothing more may be acknowledged, whoever else asks.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from pathlib import Path

from bakureserve.domain.errors import StoreCorrupt, StoreReadOnly, Unavailable

_PASSING = frozenset({"store_io_error", "store_gone", "store_log_gone"})
"""What may be over by itself: the disk answers again, or the file is back where it was."""
_LASTING = frozenset({"store_corrupt", "store_write_lost"})
"""What only a restored database ends."""
_TRY_AGAIN_SECONDS = 2.0

Listener = Callable[[Unavailable | None], None]


class Place:
    """Where an open database's files lie, and whether they are still the ones that were opened."""

    def __init__(self, path: Path) -> None:
        self._file = os.fspath(path)
        self._log = f"{self._file}-wal"
        self._opened = _identity(self._file)
        self._opened_log = _identity(self._log)
        self._index = f"{self._file}-shm"
        self._opened_index = _identity(self._index)

    def require(self) -> None:
        """Raises StoreReadOnly when the file was deleted or replaced, StoreCorrupt for its log.

        SQLite would go on writing to a file that has no name any more, and all of it would be lost.
        And a new connection would find the write-ahead log of the old file beside the new one, and
        take its pages for the new one's own.
        """
        if _identity(self._file) != self._opened:
            raise StoreReadOnly("store_gone")
        if _identity(self._log) != self._opened_log:
            raise StoreCorrupt("store_log_gone")

    def require_whole(self) -> None:
        """Raises StoreCorrupt when the log's index was deleted or replaced, or the file emptied.

        Another process would make an index of its own, and neither would see the other's writes;
        and of an empty file it would remove the log. Too rare to ask each time.
        """
        if _identity(self._index) != self._opened_index:
            raise StoreCorrupt("store_log_gone")
        if not self.file_bytes():
            raise StoreCorrupt("store_corrupt")

    def log_is_missing(self) -> bool:
        """Whether there is no log, where there was one: then no other process has made another."""
        return self._opened_log is not None and _identity(self._log) is None

    def file_bytes(self) -> int:
        return _bytes(self._file)

    def log_bytes(self) -> int:
        return _bytes(self._log)


class Soundness:
    """Remembers the first grave failure, tells it once, and refuses writes until it is over.

    `clock` tells seconds, from any moment on.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.fault: Unavailable | None = None
        self._clock = clock
        self._tried_at = -math.inf
        self._listeners: list[Listener] = []

    def listen(self, listener: Listener) -> None:
        """Have `listener` told of each fault, at once of one that there is, and by None of its end.
        It may be called in any thread."""
        self._listeners.append(listener)
        if self.fault is not None:
            listener(self.fault)

    def _tell(self) -> None:
        for listener in self._listeners:
            listener(self.fault)

    @property
    def is_lost(self) -> bool:
        """Whether no trying again can mend it."""
        return self.fault is not None and self.fault.code in _LASTING

    def note(self, error: BaseException) -> bool:
        """Whether this failure is a grave one. The first is remembered, until one that lasts."""
        if not isinstance(error, Unavailable) or error.code not in _PASSING | _LASTING:
            return False
        if self.fault is None or (error.code in _LASTING and not self.is_lost):
            self.fault = error
            self._tell()
        return True

    def refuse(self) -> None:
        """Raise the fault again. Only to be asked while there is one."""
        if self.fault is not None:
            raise type(self.fault)(self.fault.code, **self.fault.params)

    def may_try_again(self) -> bool:
        """Whether it is time to see if the fault is over. After a yes it is a no for a while."""
        if self.is_lost or self._clock() - self._tried_at < _TRY_AGAIN_SECONDS:
            return False
        self._tried_at = self._clock()
        return True

    def trust_again(self) -> None:
        """A large write was found again in the file: a fault that may pass is over."""
        if self.fault is not None and not self.is_lost:
            self.fault = None
            self._tried_at = -math.inf
            self._tell()


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another of the same name; None when there is none."""
    try:
        found = os.stat(path)  # noqa: PTH116 - asked with every commit: half of what a Path costs
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _bytes(path: str) -> int:
    try:
        return os.path.getsize(path)  # noqa: PTH202
    except OSError:
        return 0


def what_the_engine_said(error: Unavailable) -> str | None:
    """For the log: what is behind a fault that the engine met. It may name parts of the file."""
    cause = error.__cause__
    return f"{getattr(cause, 'sqlite_errorname', '')}: {cause}" if cause else None
