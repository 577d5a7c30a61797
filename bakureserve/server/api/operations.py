"""What operators look at."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from time import monotonic
from typing import TypeVar

from aiohttp import web

from bakureserve import __version__
from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from bakureserve.server import keys
from bakureserve.server.call import Call
from bakureserve.server.process import open_descriptors, resident_bytes
from bakureserve.server.wire import operations as wire
from bakureserve.services.health.disk import room_for
from bakureserve.settings import TABLE

T = TypeVar("T")


async def status(call: Call[None, None]) -> wire.StatusOut:
    app = call.app
    runtime, stream_limits, history = app[keys.RUNTIME], app[keys.STREAM_LIMITS], app[keys.HISTORY]
    writer = runtime.database.writer
    return wire.StatusOut(
        version=__version__,
        pid=os.getpid(),
        uptime_seconds=round(monotonic() - app[keys.STARTED], 1),
        addresses=(*app[keys.ADDRESSES],),
        requests=app[keys.REQUEST_STATS].figures(),
        errors=app[keys.ERRORS].figures(),
        process=await _process(app),
        connections=wire.ConnectionFigures(
            open=app[keys.CROWD].open, allowed=app[keys.CROWD].total
        ),
        today=await _if_told(runtime.overview.today()),
        guests=await _if_told(runtime.overview.guests()),
        writer=wire.WriterFigures(
            waiting=writer.waiting, units=writer.units_committed, batches=writer.batches_committed
        ),
        store=wire.StoreFigures(
            bytes=runtime.database.file_bytes(),
            log_bytes=runtime.care.log_bytes,
            sound=runtime.database.soundness.fault is None,
            checked_at=runtime.care.checked_at,
            unread=runtime.care.unread,
        ),
        disk=await _disk(runtime),
        streams=wire.StreamFigures(open=stream_limits.inside, delivered=stream_limits.delivered),
        outbox=await _if_told(runtime.outbox.backlog()),
        limiter=runtime.limiter.figures(),
        caches=runtime.caches.figures(),
        breakers=runtime.maps.breakers(),
        backups=await _backups(runtime),
        history=history.lines(),
    )


async def settings(call: Call[None, None]) -> list[wire.SettingOut]:
    shown = call.app[keys.IN_EFFECT]().shown_anywhere()
    return [wire.SettingOut(name=row.name, value=shown[row.field]) for row in TABLE]


async def _if_told(question: Awaitable[T]) -> T | None:
    """Asked of a server in trouble, this page is to tell what it can."""
    try:
        return await question
    except Unavailable:
        return None


async def _process(app: web.Application) -> wire.ProcessFigures:
    return wire.ProcessFigures(
        resident_bytes=resident_bytes(),
        processor=app[keys.HISTORY].processor(),
        loop_lag=app[keys.LAG].figures(),
        descriptors=await asyncio.to_thread(open_descriptors),
        descriptors_allowed=app[keys.SHARES].descriptors,
    )


async def _disk(runtime: Runtime) -> wire.DiskFigures | None:
    try:
        room = await asyncio.to_thread(room_for, runtime.settings.database_path)
    except OSError:
        return None
    return wire.DiskFigures(free_bytes=room.free, total_bytes=room.total, wanted_bytes=room.wanted)


async def _backups(runtime: Runtime) -> wire.BackupFigures:
    backups = runtime.backups
    every = backups.schedule.every
    newest = await asyncio.to_thread(backups.newest)
    return wire.BackupFigures(
        every_seconds=every.total_seconds() if every else 0.0,
        keep=backups.schedule.keep.newest,
        newest_at=newest.taken_at if newest else None,
        newest_bytes=newest.bytes if newest else 0,
        failed=backups.failure is not None,
        command_failed=backups.command_failure is not None,
    )
