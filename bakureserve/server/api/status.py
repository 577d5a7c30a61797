"""The server in figures, and its settings, for operators."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
from collections.abc import Awaitable
from time import monotonic
from typing import TypeVar

import msgspec
from aiohttp import web

from bakureserve import __version__
from bakureserve.caching.cache import CacheFigures
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Backlog
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.limits.limiter import LimiterFigures
from bakureserve.runtime import Runtime
from bakureserve.server import app_keys
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.history import (
    ErrorFigures,
    LagFigures,
    Lines,
    RequestFigures,
    open_descriptors,
    resident_bytes,
)
from bakureserve.services.health.database import room_for
from bakureserve.services.operations.overview import Guests, Today
from bakureserve.settings import TABLE

api = Group("Administration", auth="admin")


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
    """The database's file and its write-ahead log. `sound` is false while damage stops all
    bookings; `checked_at` is when the last full check ended without any, and `unread` are the
    tables that took too long to check. `bytes_per_reservation` is the file's size for each
    reservation in it, None while there are too few to tell."""

    bytes: int
    log_bytes: int
    bytes_per_reservation: int | None
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
    """The process's use of the machine. `processor` is the share of one core in the last
    minute; `descriptors` are open files and connections. None stands for an unknown."""

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
    last one or its command failed, and the newest backup, also one taken by hand."""

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
    does not answer; they are the same for all servers on it. `disk` is None when it cannot be
    examined. `addresses` are the URLs that the server listens on."""

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


T = TypeVar("T")


@api.get(
    "/v1/admin/status",
    "The server in figures: requests, errors, process, database, the last minutes",
    problems=(503,),
)
async def status(call: Call[None, None]) -> StatusOut:
    app, runtime, history = call.app, call.runtime, call.app[app_keys.HISTORY]
    connections, streams = app[app_keys.CONNECTION_LIMITS], app[app_keys.STREAM_LIMITS]
    writer = runtime.database.writer
    return StatusOut(
        version=__version__,
        pid=os.getpid(),
        uptime_seconds=round(monotonic() - app[app_keys.STARTED], 1),
        addresses=(*app[app_keys.ADDRESSES],),
        requests=history.minute.figures(),
        errors=history.errors.figures(),
        process=await _process(app),
        connections=ConnectionFigures(open=connections.open, allowed=connections.total),
        today=await _if_available(runtime.overview.today()),
        guests=await _if_available(runtime.overview.guests()),
        writer=WriterFigures(
            waiting=writer.waiting, units=writer.units_committed, batches=writer.batches_committed
        ),
        store=StoreFigures(
            bytes=runtime.database.file_bytes(),
            log_bytes=runtime.care.log_bytes,
            bytes_per_reservation=await _if_available(runtime.care.bytes_per_reservation()),
            sound=runtime.database.health.fault is None,
            checked_at=runtime.care.checked_at,
            unread=runtime.care.unread,
        ),
        disk=await _disk(runtime),
        streams=StreamFigures(open=streams.open, delivered=streams.delivered),
        outbox=await _if_available(runtime.outbox.backlog()),
        limiter=runtime.limiter.figures(),
        caches=runtime.caches.figures(),
        breakers=runtime.maps.breakers(),
        backups=await _backups(runtime),
        history=history.ten_minutes.lines(),
    )


@api.get("/v1/admin/settings", "The settings in effect; secrets only as set or unset")
async def settings(call: Call[None, None]) -> list[SettingOut]:
    shown = call.app[app_keys.IN_EFFECT]().shown_anywhere()
    return [SettingOut(name=row.name, value=shown[row.field]) for row in TABLE]


async def _if_available(question: Awaitable[T]) -> T | None:
    """The answer; None where the store fails, so that status shows what it can."""
    try:
        return await question
    except Unavailable:
        return None


async def _process(app: web.Application) -> ProcessFigures:
    return ProcessFigures(
        resident_bytes=resident_bytes(),
        processor=app[app_keys.HISTORY].ten_minutes.processor(),
        loop_lag=app[app_keys.LAG].figures(),
        descriptors=await asyncio.to_thread(open_descriptors),
        descriptors_allowed=app[app_keys.SHARES].descriptors,
    )


async def _disk(runtime: Runtime) -> DiskFigures | None:
    try:
        room = await asyncio.to_thread(room_for, runtime.settings.database_path)
    except OSError:
        return None
    return DiskFigures(free_bytes=room.free, total_bytes=room.total, wanted_bytes=room.wanted)


async def _backups(runtime: Runtime) -> BackupFigures:
    backups = runtime.backups
    every = backups.schedule.every
    newest = await asyncio.to_thread(backups.newest)
    return BackupFigures(
        every_seconds=every.total_seconds() if every else 0.0,
        keep=backups.schedule.keep.newest,
        newest_at=newest.taken_at if newest else None,
        newest_bytes=newest.bytes if newest else 0,
        failed=backups.failure is not None,
        command_failed=backups.command_failure is not None,
    )
