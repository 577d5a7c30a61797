"""What the server does by itself between requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from aiohttp import web

from bakureserve.domain.errors import Unavailable
from bakureserve.server.keys import RUNTIME
from bakureserve.services.housekeeping import Housekeeping

SWEEP_SECONDS = 900.0


async def housekeeping(app: web.Application) -> AsyncIterator[None]:
    """Sweep at the start and every quarter of an hour, for as long as the application runs."""
    task = asyncio.create_task(_sweep_forever(app[RUNTIME].housekeeping), name="housekeeping")
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


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
