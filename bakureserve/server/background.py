"""What the server does by itself between requests."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from time import monotonic
from typing import Any

import structlog
from aiohttp import web

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.errors import (
    ReserveError,
    StoreCorrupt,
    Unavailable,
)
from bakureserve.health_setup import examining
from bakureserve.locale import say
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import ERRORS, EXAMINER, HISTORY, LAG, REQUEST_STATS, RUNTIME
from bakureserve.server.connection_limits import Shortage
from bakureserve.server.history import BEAT_SECONDS, NOTE_SECONDS
from bakureserve.server.logs import log_trouble
from bakureserve.services.operations.store_care import TABLE_SECONDS
from bakureserve.store.database import Database
from bakureserve.store.engines.sqlite import what_sqlite_said

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
CHECKING_SHARE = 0.03
"""Of the time, for looking through a large database: the other core is for guests."""
FILES_SECONDS = 1.0
"""How soon it shows that the database's file or log is gone, or shrank."""
REFRESH_SECONDS = 60.0
"""How soon a running server drives at speeds that were fitted from the command line."""
CACHE_SWEEP_SECONDS = 60.0
PHOTOS_SECONDS = 30.0
"""How soon a running server shows a new photo."""


async def housekeeping(app: web.Application) -> AsyncIterator[None]:
    """Sweep at the start and every quarter of an hour, for as long as the application runs."""
    runtime = app[RUNTIME]
    forgetting = repeating(runtime.housekeeping.sweep, "housekeeping", every=SWEEP_SECONDS)
    hiding = repeating(lambda: runtime.privacy.sweep(HOUSEKEEPER), "privacy", every=SWEEP_SECONDS)
    closing = repeating(
        lambda: runtime.close_out.sweep(HOUSEKEEPER), "close_out", every=SWEEP_SECONDS
    )
    async with (
        running(forgetting, "housekeeping"),
        running(hiding, "privacy"),
        running(closing, "close_out"),
    ):
        yield


async def care_for_store(app: web.Application) -> AsyncIterator[None]:
    """Watch the database's files every second, and look through one table after another."""
    care = app[RUNTIME].care
    app[RUNTIME].database.health.listen(_tell_soundness)
    watching = repeating(care.look, "store_watch", every=FILES_SECONDS)
    reading = repeating(
        care.look_through_next, "store_check", every=TABLE_SECONDS, share=CHECKING_SHARE
    )
    async with running(watching, "store watch"), running(reading, "store check"):
        yield


def _tell_soundness(fault: Unavailable | None) -> None:
    log = structlog.get_logger()
    if fault is None:
        log.warning("store_sound_again")
    else:
        reason, engine = say(fault.code, fault.params, "en"), what_sqlite_said(fault)
        log.critical("store_unsound", code=fault.code, reason=reason, engine=engine)


async def tend_limiter(app: web.Application) -> AsyncIterator[None]:
    """Look after the limiter before the first request and every second from then on."""
    limiter = app[RUNTIME].limiter
    await limiter.tend()
    tending = repeating(limiter.tend, "limiter", every=TEND_SECONDS, first=TEND_SECONDS)
    async with running(tending, "limiter"):
        yield


async def fitted_speeds(app: web.Application) -> AsyncIterator[None]:
    """Have estimates follow the fitted speeds, for as long as the application runs."""
    refresh = app[RUNTIME].calibration.refresh
    refreshing = repeating(refresh, "fitted_speeds", every=REFRESH_SECONDS, first=REFRESH_SECONDS)
    async with running(refreshing, "fitted speeds"):
        yield


async def look_for_photos(app: web.Application) -> AsyncIterator[None]:
    """See the photos there are before the first request, and every half a minute from then on."""

    async def look() -> None:
        await asyncio.to_thread(app[RUNTIME].photos.look)

    await look()
    looking = repeating(look, "photos", every=PHOTOS_SECONDS, first=PHOTOS_SECONDS)
    async with running(looking, "photos"):
        yield


async def sweep_caches(app: web.Application) -> AsyncIterator[None]:
    """Have the map services ready before the first request, and drop what expired every minute."""
    runtime = app[RUNTIME]
    runtime.maps.get_ready()

    async def sweep() -> None:
        runtime.caches.sweep()

    sweeping = repeating(sweep, "caches", every=CACHE_SWEEP_SECONDS, first=CACHE_SWEEP_SECONDS)
    async with running(sweeping, "caches"):
        yield


class Job:
    """One piece of work that is done again and again, and logs when it begins and ceases to fail.

    An error that is not ours is a fault of the program: it is logged with its traceback each time.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._failing_with = ""
        self._log = structlog.get_logger()

    async def attempt(self, work: Callable[[], Awaitable[object]]) -> bool:
        """Do the work. Returns whether it was done; raises only a cancellation."""
        try:
            await work()
        except ReserveError as error:
            self._note(error)
            return False
        except Exception:  # noqa: BLE001 - no failure may end the work for good
            self._log.exception("work_failed", work=self._name)
            return False
        self._note(None)
        return True

    def _note(self, error: ReserveError | None) -> None:
        code = error.code if error else ""
        if code == self._failing_with:
            return
        if error:
            log_trouble("work_late", error, work=self._name)
        else:
            self._log.warning("work_resumed", work=self._name, after=self._failing_with)
        self._failing_with = code


async def repeating(
    work: Callable[[], Awaitable[object]],
    name: str,
    *,
    every: float,
    first: float = 0.0,
    share: float = 1.0,
) -> None:
    """Do `work` after `first` seconds, and again `every` so many after it is done or has failed;
    later where it would take more than that `share` of the time. Only a cancellation ends it."""
    job, loop = Job(name), asyncio.get_running_loop()
    await asyncio.sleep(first)
    while True:
        began = loop.time()
        await job.attempt(work)
        await asyncio.sleep(max(every, (loop.time() - began) * (1 / share - 1)))


async def after_commits(
    database: Database, work: Callable[[], Awaitable[object]], name: str, *, pause: float
) -> None:
    """Do `work` at once and after every commit of this process, at least `pause` seconds apart, and
    every second for the sake of other processes. Only a cancellation ends it."""
    job = Job(name)
    nudged = asyncio.Event()
    database.on_commit(nudged.set)
    while True:
        nudged.clear()
        if not await job.attempt(work):
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


async def request_stats(app: web.Application) -> AsyncIterator[None]:
    """Note the count of requests every second, and what lines are drawn from every few seconds."""
    beating = _again_and_again(app[REQUEST_STATS].beat, every=BEAT_SECONDS)
    drawing = _again_and_again(app[HISTORY].note, every=NOTE_SECONDS)
    noting = _again_and_again(app[ERRORS].note, every=NOTE_SECONDS)
    async with (
        running(beating, "request_stats"),
        running(drawing, "history"),
        running(noting, "recent errors"),
    ):
        yield


async def descriptors(app: web.Application) -> AsyncIterator[None]:
    """Look every second whether files can still be opened and connections accepted."""
    watching = _again_and_again(Shortage(monotonic).look, every=BEAT_SECONDS)
    async with running(watching, "descriptors"):
        yield


async def loop_lag(app: web.Application) -> AsyncIterator[None]:
    """Look how late the event loop is, for as long as the application runs."""
    async with running(app[LAG].watch(), "loop lag"):
        yield


async def backups(app: web.Application) -> AsyncIterator[None]:
    """Back the database up whenever that is due, for as long as the application runs."""
    runtime = app[RUNTIME]
    async with running(_back_up_forever(runtime), "backups"):
        yield
        runtime.backups.stop()


async def _again_and_again(note: Callable[[], None], *, every: float) -> None:
    while True:
        await asyncio.sleep(every)
        note()


async def back_up_if_due(runtime: Runtime) -> None:
    """Take a backup if one is due, and tell of it. Raises the errors of `Backups.take_if_due`.

    One that cannot be made because of damage has the database looked through: it may be the copy
    that is damaged, and if it is not, nothing more must be booked.
    """
    log, keeper = structlog.get_logger(), runtime.backups
    try:
        taken = await keeper.take_if_due()
    except StoreCorrupt:
        await runtime.care.look_through_all()
        raise
    if taken is None:
        return
    report, pruned = taken.report, taken.pruned
    log.info(
        "backup_taken",
        bytes=report.bytes,
        seconds=report.seconds,
        pruned=len(pruned.gone),
        spared=len(pruned.spared),
    )
    if keeper.command_failure is not None:
        log.error("backup_command_failed", **keeper.command_failure.params)


async def _back_up_forever(runtime: Runtime) -> None:
    job = Job("backup")
    await asyncio.sleep(SETTLING_SECONDS)
    while True:
        if not await job.attempt(lambda: back_up_if_due(runtime)):
            await asyncio.sleep(RETRY_SECONDS)
        await asyncio.sleep(LOOK_SECONDS)


async def watch_tables(app: web.Application) -> AsyncIterator[None]:
    """Look for parties that keep others waiting every few seconds, for as long as it runs."""
    watching = repeating(app[RUNTIME].table_watch.look, "tables", every=WATCH_SECONDS)
    async with running(watching, "tables"):
        yield


async def watch_arrivals(app: web.Application) -> AsyncIterator[None]:
    """Look after guests on the way every few seconds, for as long as the application runs."""
    watch = app[RUNTIME].arrival_watch
    log = structlog.get_logger()

    async def look() -> None:
        seen = await watch.look()
        if seen.told:
            log.info("arrivals_told", **seen.counts)

    async with running(repeating(look, "arrivals", every=WATCH_SECONDS), "arrivals"):
        yield
