"""A journal of notices that have no way out, for an operator who has configured none."""

from __future__ import annotations

import asyncio
import datetime as dt
import fcntl
import os
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import IO, Any

import msgspec

from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Channel

_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
_LAST_LINE_BYTES = 16 * 1024
_TAIL_BYTES = 8 * 1024 * 1024
"""Far more than is written at once: what was written last, here or by another process."""
_encode = msgspec.json.Encoder().encode


class JournalLine(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, and by which `channels` it would be told if there were a way.

    `data` is the event's, as streams have it. Ids, and nothing else that leads to a person: a line
    outlives an erasure, and then identifies no one.
    """

    event_id: int
    at: dt.datetime
    type: str
    restaurant_id: str
    reservation_id: str
    channels: tuple[Channel, ...]
    data: dict[str, Any]


class _Key(msgspec.Struct, frozen=True):
    """What tells events apart, also those of a database that was begun anew."""

    event_id: int
    at: dt.datetime


class NoticeJournal:
    """Appends to one file a day in `folder`, of which the newest `keep` are kept.

    All lines of a call are one write with one sync: a file and a sync for each notice took 2 ms of
    every booking. The file's day is the event's (UTC), so that what is written again after a crash
    meets what was written before, and is left out. Only the owner can read the files.
    """

    def __init__(self, folder: Path, *, keep: int) -> None:
        self._folder = folder
        self._keep = keep

    async def append(self, lines: Sequence[JournalLine]) -> None:
        """Write these lines, in the order of their events, and sync them. Raises Unavailable."""
        try:
            await asyncio.to_thread(self._append, lines)
        except OSError as error:
            raise Unavailable("letter_files") from error

    def _append(self, lines: Sequence[JournalLine]) -> None:
        for day, of_day in groupby(lines, key=lambda line: line.at.date()):
            path = self._folder / f"notices-{day}.jsonl"
            if not path.exists():
                self._begin(path)
            with path.open("r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)  # another server may write the same events
                _add(file, list(of_day))

    def _begin(self, path: Path) -> None:
        self._folder.mkdir(mode=_OWNER_FOLDER, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, _OWNER_FILE))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        for old in sorted(self._folder.glob("notices-*.jsonl"))[: -self._keep]:
            if old != path:  # of a day before the newest, after a restore or a clock set back
                old.unlink(missing_ok=True)


def _add(file: IO[bytes], lines: list[JournalLine]) -> None:
    """Append what is not there yet, after the last whole line."""
    tail = _tail(file, _LAST_LINE_BYTES)
    known: set[_Key] = set()
    if (last := next(iter(_keys(tail[-1:])), None)) and last.event_id >= lines[0].event_id:
        known.update(_keys(_tail(file, _TAIL_BYTES)))
    file.truncate(file.tell())  # after a loss of power the last line may be cut off
    file.write(
        b"".join(
            _encode(line) + b"\n" for line in lines if _Key(line.event_id, line.at) not in known
        )
    )
    file.flush()
    os.fsync(file.fileno())


def _tail(file: IO[bytes], size: int) -> list[bytes]:
    """The whole lines among the last `size` bytes. The file is then at the end of the last."""
    end = file.seek(0, os.SEEK_END)
    start = file.seek(max(end - size, 0))
    read = file.read()
    whole = read.rfind(b"\n") + 1
    file.seek(start + whole)
    lines = read[:whole].splitlines()
    return lines if start == 0 else lines[1:]


def _keys(lines: Sequence[bytes]) -> list[_Key]:
    return [msgspec.json.decode(line, type=_Key) for line in lines]
