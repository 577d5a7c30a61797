"""What the server does by itself between requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from typing import Any

import structlog
from aiohttp import web

from bakureserve.caching.registry import CacheRegistry
from bakureserve.domain.actor import system_actor
from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.examination import examining
from bakureserve.limits.limiter import Limiter
from bakureserve.server.keys import EXAMINER, PULSE, RUNTIME
from bakureserve.server.pulse import BEAT_SECONDS, Pulse
from bakureserve.services.arrival_watch import ArrivalWatch
from bakureserve.services.backups import Backups
from bakureserve.services.calibration import Calibration
from bakureserve.services.housekeeping import Housekeeping
from bakureserve.services.privacy import Privacy
from bakureserve.store.database import Database

SWEEP_SECONDS = 900.0
WATCH_SECONDS = 5.0
"""How late the kitchen may be told to start."""
HOUSEKEEPER = system_actor("housekeeping")
SETTLING_SECONDS = 60.0
"""How long after its start the server takes no backup: one that keeps dying must not take many."""
LOOK_SECONDS = 60.0
"""How often the server looks whether a backup is due."""
RETRY_SECONDS = 840.0
"""How much longer it waits after one that failed."""
OTHERS_SECONDS = 1.0
"""How often work that follows our own commits looks for those of other processes."""
TEND_SECONDS = 1.0
REFRESH_SECONDS = 60.0
"""How soon a running server drives at speeds that were fitted from the command line."""
CACHE_SWEEP_SECONDS = 60.0


async def housekeeping(app: web.Application) -> AsyncIterator[None]:
    """Sweep at the start and every quarter of an hour, for as long as the application runs."""
    runtime = app[RUNTIME]
    async with running(_sweep_forever(runtime.housekeeping, runtime.privacy), "housekeeping"):
        yield


async def tend_limiter(app: web.Application) -> AsyncIterator[None]:
    """Look after the limiter before the first request and every second from then on."""
    limiter = app[RUNTIME].limiter
    await limiter.tend()
    async with running(_tend_forever(limiter), "limiter"):
        yield


async def fitted_speeds(app: web.Application) -> AsyncIterator[None]:
    """Have estimates follow the fitted speeds, for as long as the application runs."""
    async with running(_refresh_forever(app[RUNTIME].calibration), "fitted speeds"):
        yield


async def sweep_caches(app: web.Application) -> AsyncIterator[None]:
    """Have the map services ready before the first request, and drop what expired every minute."""
    runtime = app[RUNTIME]
    runtime.maps.get_ready()
    async with running(_sweep_caches_forever(runtime.caches), "caches"):
        yield


async def after_commits(
    database: Database, work: Callable[[], Awaitable[object]], name: str, *, pause: float
) -> None:
    """Do `work` at once and after every commit of this process, at least `pause` seconds apart, and
    every second for the sake of other processes. Only a cancellation ends it."""
    log = structlog.get_logger()
    nudged = asyncio.Event()
    database.on_commit(nudged.set)
    while True:
        nudged.clear()
        try:
            await work()
        except Unavailable as error:
            log.warning("work_late", work=name, code=error.code)
        except Exception:  # whatever it was, it must not be the end of all that comes after
            log.exception("work_failed", work=name)
            await asyncio.sleep(OTHERS_SECONDS)
        await asyncio.sleep(pause)
        with suppress(TimeoutError):
            async with asyncio.timeout(OTHERS_SECONDS):
                await nudged.wait()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None], name: str) -> AsyncIterator[None]:
    """Have `work` done beside what happens inside, and cancelled at its end."""
    task = asyncio.create_task(work, name=name)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])  # which, unlike `await task`, can be cancelled itself


async def examination(app: web.Application) -> AsyncIterator[None]:
    """Have an examiner at hand for as long as the application runs."""
    async with examining(app[RUNTIME]) as examiner:
        app[EXAMINER] = examiner
        yield


async def pulse(app: web.Application) -> AsyncIterator[None]:
    """Note the count of requests every second."""
    async with running(_beat_forever(app[PULSE]), "pulse"):
        yield


async def backups(app: web.Application) -> AsyncIterator[None]:
    """Back the database up whenever that is due, for as long as the application runs."""
    keeper = app[RUNTIME].backups
    async with running(_back_up_forever(keeper), "backups"):
        yield
        keeper.stop()


async def _beat_forever(pulse: Pulse) -> None:
    while True:
        pulse.beat()
        await asyncio.sleep(BEAT_SECONDS)


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


async def watch_arrivals(app: web.Application) -> AsyncIterator[None]:
    """Look after guests on the way every few seconds, for as long as the application runs."""
    async with running(_watch_forever(app[RUNTIME].arrival_watch), "arrivals"):
        yield


async def _watch_forever(watch: ArrivalWatch) -> None:
    log = structlog.get_logger()
    while True:
        try:
            seen = await watch.look()
        except ReserveError as error:
            log.warning("arrival_watch_failed", code=error.code)  # the next look sees to it
        except Exception:  # kitchens must be told though one trip is beyond reading
            log.exception("arrival_watch_broken")
        else:
            if seen.told:
                log.info("arrivals_told", **seen.counts)
        await asyncio.sleep(WATCH_SECONDS)


async def _sweep_forever(keeper: Housekeeping, privacy: Privacy) -> None:
    log = structlog.get_logger()
    while True:
        try:
            forgotten = await keeper.sweep()
            await privacy.sweep(HOUSEKEEPER)
        except Unavailable as error:
            log.warning("sweep_failed", code=error.code)  # the next one sees to it
        else:
            log.debug("swept", answers_forgotten=forgotten)
        await asyncio.sleep(SWEEP_SECONDS)


async def _refresh_forever(calibration: Calibration) -> None:
    log = structlog.get_logger()
    while True:
        await asyncio.sleep(REFRESH_SECONDS)
        try:
            await calibration.refresh()
        except Unavailable as error:
            log.warning("speeds_not_refreshed", code=error.code)


async def _tend_forever(limiter: Limiter) -> None:
    while True:
        await asyncio.sleep(TEND_SECONDS)
        await limiter.tend()


async def _sweep_caches_forever(caches: CacheRegistry) -> None:
    log = structlog.get_logger()
    while True:
        await asyncio.sleep(CACHE_SWEEP_SECONDS)
        log.debug("caches_swept", expired=caches.sweep())
