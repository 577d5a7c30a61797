"""A running server on one page, for operators."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.caching.bounded import CacheFigures
from bakureserve.domain.notices import Backlog
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import LimiterFigures
from bakureserve.server.pulse import RequestFigures
from bakureserve.services.overview import Today


class SettingOut(msgspec.Struct, frozen=True, kw_only=True):
    """A setting by its variable, and its value as text; of a secret `set` or `unset`."""

    name: str
    value: str


class WriterFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The database's writer: units of work that wait, and what was committed since the start."""

    waiting: int
    units: int
    batches: int


class StoreFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The database's file and its write-ahead log. `sound` is false while nothing is booked because
    of damage; `checked_at` is when the last round through the whole file ended without any, and
    `unread` are tables of it that took too long."""

    bytes: int
    log_bytes: int
    sound: bool
    checked_at: dt.datetime | None
    unread: tuple[str, ...]


class BackupFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Scheduled backups: how often in seconds (0: never), how many are kept at least, whether the
    last one or what is run with each `failed`, and the newest one by anybody."""

    every_seconds: float
    keep: int
    newest_at: dt.datetime | None
    newest_bytes: int
    failed: bool
    command_failed: bool


class StreamFigures(msgspec.Struct, frozen=True, kw_only=True):
    """WebSockets: open now, and messages delivered since the start."""

    open: int
    delivered: int


class StatusOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the server is doing in figures. `today` and `outbox` are None when the database does not
    say; they are the same for all servers on it."""

    version: str
    pid: int
    uptime_seconds: float
    requests: RequestFigures
    today: Today | None
    writer: WriterFigures
    store: StoreFigures
    streams: StreamFigures
    outbox: Backlog | None
    limiter: LimiterFigures
    caches: tuple[CacheFigures, ...]
    breakers: tuple[BreakerFigures, ...]
    backups: BackupFigures
