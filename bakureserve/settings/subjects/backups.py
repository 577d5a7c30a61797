"""Copies of the database that the server takes by itself."""

from __future__ import annotations

from dataclasses import dataclass

from bakureserve.settings.kinds import DAY, Period, Whole
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
        what="How many of these backups are kept; the oldest go first.",
    )
