"""What keeps streams going: looking for changes, and letting everybody go at the end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog
from aiohttp import web

from bakureserve.domain.errors import Unavailable
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import RUNTIME, SETTINGS, STREAM_LIMITS
from bakureserve.server.background import running
from bakureserve.server.logs import log_trouble
from bakureserve.server.streams.stream_limits import LONGEST_LEAVING

LOOKS_A_SECOND = 20
"""How often the store is asked whether another process has changed it; our own changes tell."""
PAUSE_AFTER_FAILURE = 1.0


async def following(app: web.Application) -> AsyncIterator[None]:
    """Hand out changes for as long as the application runs."""
    runtime = app[RUNTIME]
    await runtime.live.start()
    async with running(_follow_forever(runtime), "live updates"):
        yield


async def close_streams(app: web.Application) -> None:
    """Tell every reader that the server goes away, within half of the time that a stop may take."""
    patience = app[SETTINGS].shutdown_timeout_seconds / 2
    await app[STREAM_LIMITS].close(within=min(patience, LONGEST_LEAVING))


async def _follow_forever(runtime: Runtime) -> None:
    log = structlog.get_logger()
    nudged = asyncio.Event()

    def nudge() -> None:
        if runtime.live.broker.has_readers():
            nudged.set()

    runtime.database.on_commit(nudge)
    mark = -1
    while True:
        try:
            seen = runtime.database.change_mark()
            if nudged.is_set() or seen != mark:
                nudged.clear()
                await runtime.live.catch_up()
                mark = seen
        except Unavailable as error:
            log_trouble("live_updates_late", error)
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        except Exception:  # readers are told late rather than never again
            log.exception("live_updates_failed")
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        with suppress(TimeoutError):
            async with asyncio.timeout(1 / LOOKS_A_SECOND):
                await nudged.wait()
