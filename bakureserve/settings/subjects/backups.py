"""Copies of the database that the server takes by itself."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import DAY, Period, Seconds, Whole, Words
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Backups:
    backup_interval: float = setting(
        "BACKUP_INTERVAL",
        kind=Period(60, 366 * DAY),
        default=float(DAY),
        what="How often the server backs the database up into `backups/` in `DATA_DIR`.",
    )
    backup_keep: int = setting(
        "BACKUP_KEEP",
        kind=Whole(1, 10_000),
        default=7,
        what="How many of these backups are kept at least: the newest.",
    )
    backup_keep_hourly: int = setting(
        "BACKUP_KEEP_HOURLY",
        kind=Whole(0, 1_000),
        default=0,
        what="For how many hours back the newest backup of each hour is kept as well.",
    )
    backup_keep_daily: int = setting(
        "BACKUP_KEEP_DAILY",
        kind=Whole(0, 1_000),
        default=0,
        what="For how many days back the newest backup of each day is kept as well.",
    )
    backup_keep_weekly: int = setting(
        "BACKUP_KEEP_WEEKLY",
        kind=Whole(0, 1_000),
        default=4,
        what="For how many weeks back the newest backup of each week is kept as well.",
    )
    backup_command: tuple[str, ...] = setting(
        "BACKUP_COMMAND",
        kind=Words(),
        default=(),
        what="A program to run after each backup, with its path as the last word; no shell.",
    )
    backup_command_seconds: float = setting(
        "BACKUP_COMMAND_SECONDS",
        kind=Seconds(1, DAY),
        default=600.0,
        what="How long that program may take before it is ended.",
    )
