"""The folder of backups: their names, which are kept and which go, and those before migrations."""

from __future__ import annotations

import datetime as dt
import fcntl
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Literal, cast

import msgspec

from bakureserve.domain.errors import Unavailable
from bakureserve.store import migrator
from bakureserve.store.engines import engine_of
from bakureserve.store.maintenance.atomic_file import as_store_errors, remove_unfinished
from bakureserve.store.maintenance.backup import BackupReport, back_up
from bakureserve.store.transaction import EngineError

Kind = Literal["manual", "scheduled", "migration"]
"""Taken by hand, by the server when one was due, or before a migration."""

_NAME = re.compile(
    r"bakureserve-(?P<time>[0-9]{8}T[0-9]{6}Z)(-(?P<kind>scheduled|migration))?(-(?P<number>[0-9]+))?\.db"
)
_TIME = "%Y%m%dT%H%M%SZ"
_LOCK = ".lock"
MIGRATIONS_KEPT = 3
"""How many of those are kept that were taken before a migration."""
_PATIENCE = 1.0
_FEW = 10
"""A difference of so many rows is no loss."""


class KeptBackup(msgspec.Struct, frozen=True):
    """A backup in the folder: when it was begun (UTC), why, and its size."""

    path: str
    taken_at: dt.datetime
    kind: Kind
    bytes: int


def name_for(now: dt.datetime, kind: Kind = "manual") -> str:
    """The file name of a backup that begins now."""
    return f"bakureserve-{now:{_TIME}}{'' if kind == 'manual' else f'-{kind}'}.db"


def kept_in(folder: Path) -> tuple[KeptBackup, ...]:
    """Every backup under a name of ours, the newest first; other files are left alone.

    Raises StoreReadOnly when the folder cannot be read; one that does not exist holds nothing.
    """
    if not folder.exists():
        return ()
    with as_store_errors(folder):
        found = [kept for path in folder.iterdir() if (kept := _kept(path))]
    return tuple(sorted(found, key=lambda kept: (kept.taken_at, _number(kept)), reverse=True))


def make_folder(folder: Path) -> None:
    """Make the folder, for its owner alone. Raises StoreReadOnly, StoreFull."""
    with as_store_errors(folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def clear_unfinished(folder: Path) -> None:
    """Remove what killed processes left of backups here; those in the making stay."""
    with as_store_errors(folder):
        remove_unfinished(folder, "bakureserve-*.db")


@contextmanager
def alone_in(folder: Path) -> Iterator[bool]:
    """Whether no other process is taking a scheduled backup here; none can begin until left."""
    with as_store_errors(folder):
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


def back_up_if_pending(database: Path, folder: Path, now: dt.datetime) -> BackupReport | None:
    """Back the database up before pending migrations; None when there are none.

    Raises the errors of `back_up`; SchemaMismatch for a stranger's database.
    """
    found = migrator.status(database)
    if not (found.applied and found.pending) or found.unknown:
        return None
    return back_up_before_migrating(database, folder, now)


def back_up_before_migrating(database: Path, folder: Path, now: dt.datetime) -> BackupReport:
    """Back the database up before a migration, so that the release of before can run again.

    Raises the errors of `back_up`.
    """
    make_folder(folder)
    clear_unfinished(folder)
    return back_up(database, folder / name_for(now, "migration"), numbered=True)


class Retention(msgspec.Struct, frozen=True):
    """How many scheduled backups are kept: the `newest`, and for as many of the last hours, days
    and weeks (of UTC, from Monday) the newest of each."""

    newest: int
    hourly: int = 0
    daily: int = 0
    weekly: int = 0


class Pruned(msgspec.Struct, frozen=True):
    """Paths: of backups that went, and of those that were old enough and stay all the same, since
    they are of another database than the newest or hold far more."""

    gone: tuple[str, ...]
    spared: tuple[str, ...]


class _Content(msgspec.Struct, frozen=True):
    """`born` tells one database, with all its backups, from a newly made one."""

    born: str
    restaurants: int
    reservations: int

    def is_worth_more_than(self, newest: _Content) -> bool:
        return (
            self.born != newest.born
            or self.restaurants > 2 * newest.restaurants + _FEW
            or self.reservations > 2 * newest.reservations + _FEW
        )


def prune(folder: Path, *, keep: Retention, spare: Path, now: dt.datetime) -> Pruned:
    """Remove the scheduled backups that `keep` does not name, and old ones from before migrations.

    `spare` was just made and verified: it stays however old its name looks (the clock may have been
    set back), so that a good one is always left. Raises StoreReadOnly.
    """
    newest = _held(spare)
    gone, spared = [], []
    with as_store_errors(folder):
        for old in _superfluous(kept_in(folder), keep, spare, now):
            held = _held(Path(old.path))
            if newest is None or (held is not None and held.is_worth_more_than(newest)):
                spared.append(old.path)
            else:
                Path(old.path).unlink(missing_ok=True)
                gone.append(old.path)
    return Pruned(tuple(gone), tuple(spared))


def _superfluous(
    kept: Sequence[KeptBackup], keep: Retention, spare: Path, now: dt.datetime
) -> Iterator[KeptBackup]:
    scheduled = [each for each in kept if each.kind == "scheduled"]
    wanted = {str(spare)}
    wanted.update([each.path for each in scheduled if each.path != str(spare)][: keep.newest - 1])
    for periods, length, begin in (
        (keep.hourly, dt.timedelta(hours=1), _hour),
        (keep.daily, dt.timedelta(days=1), _day),
        (keep.weekly, dt.timedelta(weeks=1), _week),
    ):
        first, last = begin(now) - (periods - 1) * length, begin(now)
        wanted.update(_newest_of_each(scheduled, begin, first, last))
    yield from (each for each in scheduled if each.path not in wanted)
    yield from [each for each in kept if each.kind == "migration"][MIGRATIONS_KEPT:]


def _newest_of_each(
    newest_first: Sequence[KeptBackup],
    begin: Callable[[dt.datetime], dt.datetime],
    first: dt.datetime,
    last: dt.datetime,
) -> Iterator[str]:
    seen: set[dt.datetime] = set()
    for each in newest_first:
        period = begin(each.taken_at)
        if first <= period <= last and period not in seen:
            seen.add(period)
            yield each.path


def _hour(at: dt.datetime) -> dt.datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _day(at: dt.datetime) -> dt.datetime:
    return _hour(at).replace(hour=0)


def _week(at: dt.datetime) -> dt.datetime:
    return _day(at) - dt.timedelta(days=at.weekday())


def _held(path: Path) -> _Content | None:
    """What a backup holds, whatever version wrote it; None for one that cannot be read."""
    try:
        with closing(engine_of(path).connect("read", busy_timeout=_PATIENCE)) as connection:
            row = connection.one(
                "select (select migrated_at from migratehistory order by id limit 1),"
                " (select count(*) from restaurant), (select count(*) from reservation)"
            )
    except (EngineError, Unavailable):
        return None
    return _Content(str(row[0]), row[1], row[2]) if row else None
