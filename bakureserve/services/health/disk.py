"""The disk of the database: is there room to go on."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path
from typing import Literal, NamedTuple

from bakureserve.services.health.check import Condition, Detail, fine

MEGABYTE = 1024 * 1024
FULL_BYTES = 16 * MEGABYTE
"""With less than this, the next bookings may already find no room for the write-ahead log."""
SPARE_BYTES = 256 * MEGABYTE
"""What should be free beside room for a backup and for the log that grows while one is made."""


class Room(NamedTuple):
    """Bytes on a disk: free, in all, and how many should be free."""

    free: int
    total: int
    wanted: int


class DiskCheck:
    """Looks at the free space where the database is."""

    name = "disk"
    vital = False
    seconds_good = 5.0

    def __init__(self, database: Path) -> None:
        self._database = database

    async def look(self) -> Condition:
        room = await asyncio.to_thread(room_for, self._database)
        if room.free < FULL_BYTES:
            return _short(room, "error", "disk_full", "effect_changes_at_risk")
        if room.free < room.wanted:
            return _short(room, "degraded", "disk_low", "effect_backups_at_risk")
        return fine(_details(room), _figures(room))


def room_for(database: Path) -> Room:
    """The room on the disk of `database`, whether that exists already or not. Blocking."""
    folder = next(each for each in database.absolute().parents if each.exists())
    size = database.stat().st_size if database.exists() else 0
    total, _used, free = shutil.disk_usage(folder)
    return Room(free, total, SPARE_BYTES + 2 * size)


def _short(room: Room, status: Literal["degraded", "error"], code: str, effect: str) -> Condition:
    return Condition(
        status=status,
        code=code,
        params={"free": room.free // MEGABYTE, "wanted": room.wanted // MEGABYTE},
        effect=effect,
        details=_details(room),
        figures=_figures(room),
    )


def _details(room: Room) -> dict[str, Detail]:
    return {"free_percent": round(100 * room.free / room.total, 1) if room.total else 0.0}


def _figures(room: Room) -> dict[str, Detail]:
    return {"free_mb": room.free // MEGABYTE, "wanted_mb": room.wanted // MEGABYTE}
