"""Where things are kept."""

# ruff: noqa: RUF009  # setting() declares a field, like dataclasses.field() itself

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bakureserve.settings.kinds import Folder, FolderOrUnset, Seconds, SqliteUrl, Switch, Url, Whole
from bakureserve.settings.row import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class Storage:
    data_dir: Path = setting(
        "DATA_DIR",
        kind=Folder(),
        default=Path("~/.baku-reserve-data"),
        what="Folder of the database and everything else the server keeps.",
    )
    photos_dir: Path | None = setting(
        "PHOTOS_DIR",
        kind=FolderOrUnset(),
        default=None,
        what="Folder of restaurants' photos, served at `/assets/`. Unset: `photos` in `DATA_DIR`.",
    )
    database_url: str = setting(
        "DATABASE_URL",
        kind=SqliteUrl(),
        default="",
        what="The database. Unset: `bakureserve.db` in `DATA_DIR`.",
    )
    store_busy_timeout_seconds: float = setting(
        "STORE_BUSY_TIMEOUT_SECONDS",
        kind=Seconds(0, 300),
        default=5.0,
        what="How long a write waits for another process's lock before it gives up.",
    )
    audit_keep_days: int = setting(
        "AUDIT_KEEP_DAYS",
        kind=Whole(1, 36_500),
        default=730,
        what="How long the audit log remembers who changed what; removals it never forgets.",
    )
    redis_url: str = setting(
        "REDIS_URL",
        kind=Url("redis", "rediss", "unix"),
        default="",
        what="Redis for limits that all processes share; needs the extra `redis`.",
    )
    seed: bool = setting(
        "SEED",
        kind=Switch(),
        default=True,
        what="Load the sample restaurants at the first start, when no restaurant has ever existed.",
    )
