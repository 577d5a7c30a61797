"""What operators look at."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable
from time import monotonic
from typing import TypeVar

from bakureserve import __version__
from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from bakureserve.server.call import Call
from bakureserve.server.keys import DOORS, IN_EFFECT, PULSE, RUNTIME, STARTED
from bakureserve.server.wire import operations as wire
from bakureserve.settings import TABLE

T = TypeVar("T")


async def status(call: Call[None, None]) -> wire.StatusOut:
    runtime, doors = call.app[RUNTIME], call.app[DOORS]
    writer = runtime.database.writer
    return wire.StatusOut(
        version=__version__,
        pid=os.getpid(),
        uptime_seconds=round(monotonic() - call.app[STARTED], 1),
        requests=call.app[PULSE].figures(),
        today=await _if_told(runtime.overview.today()),
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
        streams=wire.StreamFigures(open=doors.inside, delivered=doors.delivered),
        outbox=await _if_told(runtime.outbox.backlog()),
        limiter=runtime.limiter.figures(),
        caches=runtime.caches.figures(),
        breakers=runtime.maps.breakers(),
        backups=await _backups(runtime),
    )


async def settings(call: Call[None, None]) -> list[wire.SettingOut]:
    shown = call.app[IN_EFFECT]().shown_anywhere()
    return [wire.SettingOut(name=row.name, value=shown[row.field]) for row in TABLE]


async def _if_told(question: Awaitable[T]) -> T | None:
    """Asked of a server in trouble, this page is to tell what it can."""
    try:
        return await question
    except Unavailable:
        return None


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
