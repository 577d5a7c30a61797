"""Which backups go: by number and age, and never one that may be the last of its kind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import msgspec

from bakureserve.domain.errors import Unavailable
from bakureserve.store.engines import sqlite
from bakureserve.store.maintenance.backup_folder import KeptBackup, kept_in
from bakureserve.store.maintenance.placing import told_of
from bakureserve.store.transaction import EngineError

MIGRATIONS_KEPT = 3
"""How many of those are kept that were taken before a migration."""
_PATIENCE = 1.0
_FEW = 10
"""A difference of so many rows is no loss."""


class Keep(msgspec.Struct, frozen=True):
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


class _Held(msgspec.Struct, frozen=True):
    """`born` tells one database, with all its backups, from a newly made one."""

    born: str
    restaurants: int
    reservations: int

    def is_worth_more_than(self, newest: _Held) -> bool:
        return (
            self.born != newest.born
            or self.restaurants > 2 * newest.restaurants + _FEW
            or self.reservations > 2 * newest.reservations + _FEW
        )


def prune(folder: Path, *, keep: Keep, spare: Path, now: dt.datetime) -> Pruned:
    """Remove the scheduled backups that `keep` does not name, and old ones of before migrations.

    `spare` is the one that was just made and verified: it stays, however old its name makes it
    look (a clock may have been set back), so that a good one is always left. Raises StoreReadOnly.
    """
    newest = _held(spare)
    gone, spared = [], []
    with told_of(folder):
        for old in _superfluous(kept_in(folder), keep, spare, now):
            held = _held(Path(old.path))
            if newest is None or (held is not None and held.is_worth_more_than(newest)):
                spared.append(old.path)
            else:
                Path(old.path).unlink(missing_ok=True)
                gone.append(old.path)
    return Pruned(tuple(gone), tuple(spared))


def _superfluous(
    kept: Sequence[KeptBackup], keep: Keep, spare: Path, now: dt.datetime
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


def _held(path: Path) -> _Held | None:
    """What a backup holds, whatever version wrote it; None for one that cannot be read."""
    try:
        with closing(sqlite.connect(path, "read", busy_timeout=_PATIENCE)) as connection:
            row = connection.one(
                "select (select migrated_at from migratehistory order by id limit 1),"
                " (select count(*) from restaurant), (select count(*) from reservation)"
            )
    except (EngineError, Unavailable):
        return None
    return _Held(str(row[0]), row[1], row[2]) if row else None
