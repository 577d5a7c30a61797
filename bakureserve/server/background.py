"""What the server does by itself between requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from aiohttp import web

from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.server.keys import RUNTIME
from bakureserve.services.backups import Backups
from bakureserve.services.housekeeping import Housekeeping

SWEEP_SECONDS = 900.0
SETTLING_SECONDS = 60.0
"""How long after its start the server takes no backup: one that keeps dying must not take many."""
LOOK_SECONDS = 60.0
"""How often the server looks whether a backup is due."""
RETRY_SECONDS = 840.0
"""How much longer it waits after one that failed."""


async def housekeeping(app: web.Application) -> AsyncIterator[None]:
    """Sweep at the start and every quarter of an hour, for as long as the application runs."""
    task = asyncio.create_task(_sweep_forever(app[RUNTIME].housekeeping), name="housekeeping")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def backups(app: web.Application) -> AsyncIterator[None]:
    """Back the database up whenever that is due, for as long as the application runs."""
    keeper = app[RUNTIME].backups
    task = asyncio.create_task(_back_up_forever(keeper), name="backups")
    yield
    keeper.stop()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _back_up_forever(keeper: Backups) -> None:
    log = structlog.get_logger()
    await asyncio.sleep(SETTLING_SECONDS)
    while True:
        try:
            taken = await keeper.take_if_due()
        except ReserveError as error:
            log.warning("backup_failed", code=error.code)
            await asyncio.sleep(RETRY_SECONDS)
        else:
            if taken is not None:
                log.info(
                    "backup_taken",
                    bytes=taken.report.bytes,
                    seconds=taken.report.seconds,
                    pruned=len(taken.pruned),
                )
        await asyncio.sleep(LOOK_SECONDS)


async def _sweep_forever(keeper: Housekeeping) -> None:
    log = structlog.get_logger()
    while True:
        try:
            forgotten = await keeper.sweep()
        except Unavailable as error:
            log.warning("sweep_failed", code=error.code)  # the next one sees to it
        else:
            log.debug("swept", answers_forgotten=forgotten)
        await asyncio.sleep(SWEEP_SECONDS)
