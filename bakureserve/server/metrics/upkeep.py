"""Backups and disks, looked at for each scrape, with the figures from which alerts judge them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from prometheus_client.core import Metric

from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from bakureserve.server.metrics.families import Labels, gauge, gauges
from bakureserve.services.health.disk import Room, room_for
from bakureserve.services.operations.backups import Backups
from bakureserve.store.maintenance.backup_folder import KeptBackup


class BackupFigures:
    """The newest backup, by whomever. `refresh` looks; a folder that cannot be read leaves what was
    seen last."""

    def __init__(self, backups: Backups) -> None:
        self._backups = backups
        self._newest: KeptBackup | None = None

    async def refresh(self) -> None:
        with suppress(Unavailable):
            self._newest = await asyncio.to_thread(self._backups.newest)

    def metrics(self) -> Iterator[Metric]:
        newest, every = self._newest, self._backups.schedule.every
        yield gauge(
            "bakureserve_backup_timestamp_seconds",
            "When the newest verified backup was begun; 0 for none.",
            newest.taken_at.timestamp() if newest else 0,
        )
        yield gauge("bakureserve_backup_bytes", "How large that is.", newest.bytes if newest else 0)
        yield gauge(
            "bakureserve_backup_interval_seconds",
            "How often one is taken by itself; 0 for never.",
            every.total_seconds() if every else 0,
        )
        yield gauge(
            "bakureserve_backup_failed",
            "1 while this process's last backup, or what is run with each, failed.",
            1 if self._backups.failure or self._backups.command_failure else 0,
        )


class DiskFigures:
    """The room for the database and for its backups. `refresh` looks; where that fails, what was
    seen last stays."""

    def __init__(self, runtime: Runtime) -> None:
        settings = runtime.settings
        self._files = {
            "database": settings.database_path,
            "backups": settings.backup_folder / "any.db",
        }
        self._rooms: dict[str, Room] = {}

    async def refresh(self) -> None:
        for name, file in self._files.items():
            with suppress(OSError):
                self._rooms[name] = await asyncio.to_thread(room_for, file)

    def metrics(self) -> Iterator[Metric]:
        def of(field: str) -> dict[Labels, float]:
            return {(name,): getattr(room, field) for name, room in self._rooms.items()}

        disk = ("disk",)
        yield gauges("bakureserve_disk_free_bytes", "Free on the disk.", disk, of("free"))
        yield gauges("bakureserve_disk_bytes", "The disk in all.", disk, of("total"))
        yield gauges(
            "bakureserve_disk_wanted_bytes",
            "What should be free, for a backup and for what is written meanwhile.",
            disk,
            of("wanted"),
        )
