"""A running server on one page, for operators."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.caching.ttl_cache import CacheFigures
from bakureserve.domain.notifications import Backlog
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import LimiterFigures
from bakureserve.server.history import Lines
from bakureserve.server.metrics.loop import LagFigures
from bakureserve.server.recent_errors import ErrorFigures
from bakureserve.server.request_stats import RequestFigures
from bakureserve.services.operations.overview import Guests, Today


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


class DiskFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The disk of the database, in bytes; `wanted_bytes` is what should be free, for a backup and
    for what is written meanwhile."""

    free_bytes: int
    total_bytes: int
    wanted_bytes: int


class ProcessFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What the process takes of the machine. `processor` is the share of one core in the last
    minute; `descriptors` are open files and connections. None is what the system does not tell."""

    resident_bytes: int | None
    processor: float
    loop_lag: LagFigures
    descriptors: int | None
    descriptors_allowed: int


class ConnectionFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Connections over the network: open now, and how many there may be."""

    open: int
    allowed: int


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
    """How the server is doing in figures. `today`, `guests` and `outbox` are None when the database
    does not say; they are the same for all servers on it. `disk` is None when it cannot be looked
    at. `addresses` are the URLs that it listens on."""

    version: str
    pid: int
    uptime_seconds: float
    addresses: tuple[str, ...]
    requests: RequestFigures
    errors: ErrorFigures
    process: ProcessFigures
    connections: ConnectionFigures
    today: Today | None
    guests: Guests | None
    writer: WriterFigures
    store: StoreFigures
    disk: DiskFigures | None
    streams: StreamFigures
    outbox: Backlog | None
    limiter: LimiterFigures
    caches: tuple[CacheFigures, ...]
    breakers: tuple[BreakerFigures, ...]
    backups: BackupFigures
    history: Lines
