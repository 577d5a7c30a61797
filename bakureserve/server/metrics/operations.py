"""Metrics that are looked up for each scrape: backups, disks, the outbox and health checks."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import get_args

from prometheus_client.core import Metric

from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Backlog, Channel, DeliveryStatus
from bakureserve.runtime import Runtime
from bakureserve.server.metrics.exposition import Labels, gauge, gauges
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Examiner, Health, Overall, Status
from bakureserve.services.health.database import Room, room_for
from bakureserve.services.notifications.outbox import Outbox
from bakureserve.services.operations.backups import Backups
from bakureserve.store.maintenance.backup_folder import KeptBackup


class BackupMetrics:
    """The newest backup. `refresh` looks it up; an unreadable folder leaves what was seen last."""

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


class DiskMetrics:
    """The room for the database and for its backups. `refresh` looks it up; a failure leaves what
    was seen last."""

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


class OutboxMetrics:
    """How many deliveries are in each state, and how long the oldest waits, as does the oldest
    event from which none were made. `refresh` looks it up; a store that does not answer leaves what
    was seen last."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._counts: Mapping[tuple[Channel, DeliveryStatus], int] = {}
        self._backlog: Backlog | None = None

    async def refresh(self) -> None:
        with suppress(Unavailable):
            self._counts = await self._outbox.counts()
            self._backlog = await self._outbox.backlog()

    def metrics(self) -> Iterator[Metric]:
        yield gauges(
            "bakureserve_outbox_deliveries",
            "Deliveries by channel and state; the same for all processes on one store.",
            ("channel", "state"),
            {
                (channel, state): self._counts.get((channel, state), 0)
                for channel in get_args(Channel)
                for state in get_args(DeliveryStatus)
            },
        )
        backlog = self._backlog
        yield gauge(
            "bakureserve_outbox_oldest_seconds",
            "How long ago the oldest delivery was made that is not settled.",
            self._seconds_since(backlog.oldest_at if backlog else None),
        )
        yield gauge(
            "bakureserve_outbox_unread_seconds",
            "How long ago the oldest event happened from which no deliveries were made yet.",
            self._seconds_since(backlog.unread_at if backlog else None),
        )

    def _seconds_since(self, moment: dt.datetime | None) -> float:
        return max((self._clock() - moment).total_seconds(), 0.0) if moment else 0.0


EVERY = dt.timedelta(minutes=1)
"""How often a scrape has health examined, at most: that writes to the database and asks map
services, and alerts wait for minutes anyway."""


class HealthMetrics:
    """The last results of the health checks; `refresh` renews them unless they are recent."""

    def __init__(self, examiner: Callable[[], Examiner], clock: Clock) -> None:
        self._examiner = examiner
        self._clock = clock
        self._seen_at: dt.datetime | None = None
        self._health: Health | None = None

    async def refresh(self) -> None:
        now = self._clock()
        if self._seen_at is None or not dt.timedelta(0) <= now - self._seen_at < EVERY:
            self._health = await self._examiner().examine()
            self._seen_at = now

    def metrics(self) -> Iterator[Metric]:
        health = self._health
        yield gauges(
            "bakureserve_health",
            "1 for how the server is doing, looked at once a minute at most.",
            ("status",),
            {(each,): float(each == health.status) for each in get_args(Overall)} if health else {},
        )
        yield gauges(
            "bakureserve_health_check",
            "1 for how a part of it is doing.",
            ("check", "status"),
            {
                (name, status): float(status == seen.condition.status)
                for name, seen in (health.checks if health else {}).items()
                for status in get_args(Status)
            },
        )
