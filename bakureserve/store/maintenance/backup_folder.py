"""The folder of backups: which there are, and what the next is called."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal, cast

import msgspec

from bakureserve.store.maintenance.placing import remove_unfinished, told_of

Kind = Literal["manual", "scheduled", "migration"]
"""Taken by hand, by the server when one was due, or before a migration."""

_NAME = re.compile(
    r"bakureserve-(?P<time>[0-9]{8}T[0-9]{6}Z)(-(?P<kind>scheduled|migration))?(-(?P<number>[0-9]+))?\.db"
)
_TIME = "%Y%m%dT%H%M%SZ"
_LOCK = ".lock"


class KeptBackup(msgspec.Struct, frozen=True):
    """A backup in the folder: when it was begun (UTC), whose idea it was, and its size."""

    path: str
    taken_at: dt.datetime
    kind: Kind
    bytes: int


def name_for(now: dt.datetime, kind: Kind = "manual") -> str:
    """The file name of a backup that begins now."""
    return f"bakureserve-{now:{_TIME}}{'' if kind == 'manual' else f'-{kind}'}.db"


def kept_in(folder: Path) -> tuple[KeptBackup, ...]:
    """Every backup under a name of ours, the newest first; other files are none of our business.

    Raises StoreReadOnly when the folder cannot be read; one that does not exist holds nothing.
    """
    if not folder.exists():
        return ()
    with told_of(folder):
        found = [kept for path in folder.iterdir() if (kept := _kept(path))]
    return tuple(sorted(found, key=lambda kept: (kept.taken_at, _number(kept)), reverse=True))


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises StoreReadOnly, StoreFull."""
    with told_of(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def clear_unfinished(folder: Path) -> None:
    """Remove what processes that were killed left of backups here; those in the making stay."""
    with told_of(folder):
        remove_unfinished(folder, "bakureserve-*.db")


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Whether no other process is taking a scheduled backup here; none can begin until left."""
    with told_of(folder):
        handle = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(handle)


def _number(kept: KeptBackup) -> int:
    """Which one of those that were begun in the same second it is."""
    found = _NAME.fullmatch(Path(kept.path).name)
    return int(found["number"] or 1) if found else 0


def _kept(path: Path) -> KeptBackup | None:
    found = _NAME.fullmatch(path.name)
    if found is None or path.is_symlink() or not path.is_file():
        return None
    try:
        taken_at = dt.datetime.strptime(found["time"], _TIME).replace(tzinfo=dt.UTC)
        size = path.stat().st_size
    except (ValueError, FileNotFoundError):  # no such day; or another process pruned it just now
        return None
    kind = cast(Kind, found["kind"] or "manual")
    return KeptBackup(str(path), taken_at, kind, size)
