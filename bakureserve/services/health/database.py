"""Health of the database: reading and writing, room on its disk, and a recent backup."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
from pathlib import Path
from time import perf_counter
from typing import Literal, NamedTuple

from bakureserve.domain.errors import (
    ReserveError,
    SchemaMismatch,
    StoreBusy,
    StoreCorrupt,
    StoreFull,
    StoreReadOnly,
)
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Condition, Detail, disabled, fine
from bakureserve.services.operations.backups import Backups
from bakureserve.services.operations.store_care import StoreCare
from bakureserve.store import health
from bakureserve.store.database import Database
from bakureserve.store.maintenance.backup_folder import KeptBackup
from bakureserve.store.transaction import LOG_LIMIT_BYTES

MEGABYTE = 1024 * 1024
PROOF_SECONDS = 1.0
"""How long the test write waits for a lock or the disk: less than the whole check may take."""
LONG_LOG_MB = 4 * LOG_LIMIT_BYTES // MEGABYTE
"""At this size the log cannot have been truncated for a long while."""

_CODES: dict[type[ReserveError], str] = {
    StoreBusy: "database_busy",
    StoreFull: "database_full",
    StoreReadOnly: "database_read_only",
    StoreCorrupt: "database_damaged",
    SchemaMismatch: "database_of_another_version",
    ReserveError: "database_unusable",
}
_CODES_OF_CODES = {
    "no_database": "database_missing",
    "database_lost": "database_missing",
    "store_gone": "database_gone",
    "store_log_gone": "database_log_gone",
    "store_io_error": "database_disk_fails",
    "store_long_change": "database_long_change",
    "store_slow": "database_slow",
}


class DatabaseCheck:
    """Really reads and writes, and reads back what it wrote. `care` is the running server's."""

    name = "database"
    vital = True
    seconds_good = 5.0

    def __init__(self, database: Database, care: StoreCare | None = None) -> None:
        self._database = database
        self._care = care

    async def look(self) -> Condition:
        started = perf_counter()
        try:
            self._database.require_whole()
            await self._database.read(health.read_something)
        except ReserveError as error:
            return unusable(error, reads=error.code == "store_log_gone")
        read_at = perf_counter()
        try:
            await self._write()
        except ReserveError as error:
            return unusable(error, reads=True)
        took = {
            "read_ms": round((read_at - started) * 1000, 2),
            "write_ms": round((perf_counter() - read_at) * 1000, 2),
        }
        details = {"reads": True, "writes": True, **took, **self._of_files()}
        log_mb = self._database.log_bytes() // MEGABYTE
        if log_mb < LONG_LOG_MB:
            return fine(details, {"log_mb": log_mb})
        return Condition(
            status="degraded",
            code="database_log_long",
            params={"mb": log_mb},
            effect="effect_disk_fills",
            details=details,
            figures={"log_mb": log_mb},
        )

    def _of_files(self) -> dict[str, Detail]:
        """When a running server last found the whole file undamaged."""
        if self._care is None or self._care.checked_at is None:
            return {}
        return {"file_checked": self._care.checked_at.strftime("%Y-%m-%dT%H:%M:%SZ")}

    async def _write(self) -> None:
        try:
            async with asyncio.timeout(PROOF_SECONDS):
                await self._database.prove()
        except TimeoutError:
            raise StoreBusy(self._database.hindrance or "store_slow") from None


class UnopenedDatabaseCheck:
    """Reports a database that could not even be opened."""

    name = "database"
    vital = True
    seconds_good = 0.0

    def __init__(self, error: ReserveError) -> None:
        self._error = error

    async def look(self) -> Condition:
        return unusable(self._error)


def unusable(error: ReserveError, *, reads: bool = False) -> Condition:
    """The state of a database that failed with `error`; `reads` if it can still be read.

    A lock held by another process, such as an import, is no reason to take a server out of service.
    """
    return Condition(
        status="degraded" if isinstance(error, StoreBusy) else "error",
        code=_code(error),
        effect=_effect(error, reads=reads),
        details={"reads": reads, "writes": False},
        reason=error,
    )


def _effect(error: ReserveError, *, reads: bool) -> str:
    if isinstance(error, StoreBusy):
        return "effect_changes_wait"
    return "effect_no_changes" if reads else "effect_nothing_works"


def _code(error: ReserveError) -> str:
    if error.code in _CODES_OF_CODES:
        return _CODES_OF_CODES[error.code]
    return next(_CODES[kind] for kind in type(error).__mro__ if kind in _CODES)


FULL_BYTES = 16 * MEGABYTE
"""With less than this, the next bookings may already find no room for the write-ahead log."""
SPARE_BYTES = 256 * MEGABYTE
"""What should be free beyond room for a backup and for the log that grows while it is made."""


class Room(NamedTuple):
    """Bytes on a disk: free, total, and how many should be free."""

    free: int
    total: int
    wanted: int


class DiskCheck:
    """Checks the free space on the database's disk."""

    name = "disk"
    vital = False
    seconds_good = 5.0

    def __init__(self, database: Path) -> None:
        self._database = database

    async def look(self) -> Condition:
        room = await asyncio.to_thread(room_for, self._database)
        if room.free < FULL_BYTES:
            return _short_of_room(room, "error", "disk_full", "effect_changes_at_risk")
        if room.free < room.wanted:
            return _short_of_room(room, "degraded", "disk_low", "effect_backups_at_risk")
        return fine(_room_details(room), _room_figures(room))


def room_for(database: Path) -> Room:
    """The room on the disk of `database`, even before that exists. Blocking."""
    folder = next(each for each in database.absolute().parents if each.exists())
    size = database.stat().st_size if database.exists() else 0
    total, _used, free = shutil.disk_usage(folder)
    return Room(free, total, SPARE_BYTES + 2 * size)


def _short_of_room(
    room: Room, status: Literal["degraded", "error"], code: str, effect: str
) -> Condition:
    return Condition(
        status=status,
        code=code,
        params={"free": room.free // MEGABYTE, "wanted": room.wanted // MEGABYTE},
        effect=effect,
        details=_room_details(room),
        figures=_room_figures(room),
    )


def _room_details(room: Room) -> dict[str, Detail]:
    return {"free_percent": round(100 * room.free / room.total, 1) if room.total else 0.0}


def _room_figures(room: Room) -> dict[str, Detail]:
    return {"free_mb": room.free // MEGABYTE, "wanted_mb": room.wanted // MEGABYTE}


BACKUP_GRACE = dt.timedelta(minutes=15)
"""How much later than due a backup may be: a server checks every minute, and a copy takes time."""


class BackupCheck:
    """Checks the newest backup, and the last attempt of this process.

    `since` is when the server started: no backup could be taken before.
    """

    name = "backup"
    vital = False
    seconds_good = 5.0

    def __init__(self, backups: Backups, clock: Clock, since: dt.datetime | None = None) -> None:
        self._backups = backups
        self._clock = clock
        self._since = since

    async def look(self) -> Condition:
        newest = await asyncio.to_thread(self._backups.newest)
        details, figures = self._details(newest), _backup_figures(newest)
        if self._backups.failure is not None:
            return self._wrong("backup_failed", details, figures, self._backups.failure)
        every = self._backups.schedule.every
        if every is None:
            return fine(details, figures) if newest else disabled()
        if self._is_late(newest, every):
            return self._wrong("backup_late" if newest else "backup_missing", details, figures)
        if self._backups.command_failure is not None:
            failure = self._backups.command_failure
            return self._wrong("backup_not_passed_on", details, figures, failure)
        return fine(details, figures)

    def _is_late(self, newest: KeptBackup | None, every: dt.timedelta) -> bool:
        since = [self._since] if self._since else []
        due = since + ([newest.taken_at + every] if newest else [])
        return not due or self._clock() > max(due) + BACKUP_GRACE

    def _details(self, newest: KeptBackup | None) -> dict[str, Detail]:
        if newest is None:
            return {}
        age = self._clock() - newest.taken_at
        return {"age_seconds": int(age.total_seconds())}

    def _wrong(
        self,
        code: str,
        details: dict[str, Detail],
        figures: dict[str, Detail],
        reason: ReserveError | None = None,
    ) -> Condition:
        return Condition(
            status="degraded",
            code=code,
            effect="effect_loss_at_risk",
            details=details,
            figures=figures,
            reason=reason,
        )


def _backup_figures(newest: KeptBackup | None) -> dict[str, Detail]:
    return {"size_mb": newest.bytes // 1024**2} if newest else {}
