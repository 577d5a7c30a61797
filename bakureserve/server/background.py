"""The tasks that run beside requests, from the start of the application to its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from time import monotonic

import structlog
from aiohttp import web

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.errors import StoreCorrupt, Unavailable
from bakureserve.health_setup import examining
from bakureserve.locale import say
from bakureserve.runtime import Runtime
from bakureserve.server.app_keys import (
    EXAMINER,
    HISTORY,
    LAG,
    RUNTIME,
    SETTINGS,
    STREAM_LIMITS,
)
from bakureserve.server.connection_limits import Shortage
from bakureserve.server.history import BEAT_SECONDS, NOTE_SECONDS
from bakureserve.server.jobs import Job, repeating, running
from bakureserve.server.logs import log_trouble
from bakureserve.server.streams.stream_limits import LONGEST_CLOSING
from bakureserve.services.operations.store_care import TABLE_SECONDS
from bakureserve.store.transaction import engine_words

SWEEP_SECONDS = 900.0
WATCH_SECONDS = 5.0
"""The kitchen's message to start may be this late."""
HOUSEKEEPER = system_actor("housekeeping")
SETTLING_SECONDS = 60.0
"""How long after its start the server takes no backup: one that keeps dying must not take many."""
LOOK_SECONDS = 60.0
"""How often the server checks whether a backup is due."""
RETRY_SECONDS = 840.0
"""How much longer the server waits after a failed backup."""
TEND_SECONDS = 1.0
CHECKING_SHARE = 0.03
"""The share of time spent checking a large database, of one core."""
FILES_SECONDS = 1.0
"""How soon the server notices that the database's file or log is gone, or shrank."""
KEYS_SECONDS = 0.5
"""How soon a running server signs with a key that was made at the command line, and refuses the
tokens of one that was dropped there."""
REFRESH_SECONDS = 60.0
"""How soon a running server uses speeds that were fitted from the command line."""
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
    """Watch the database's files every second, and check one table after another."""
    care = app[RUNTIME].care
    app[RUNTIME].database.health.listen(_log_soundness)
    watching = repeating(care.look, "store_watch", every=FILES_SECONDS)
    reading = repeating(
        care.look_through_next, "store_check", every=TABLE_SECONDS, share=CHECKING_SHARE
    )
    async with running(watching, "store watch"), running(reading, "store check"):
        yield


def _log_soundness(fault: Unavailable | None) -> None:
    log = structlog.get_logger()
    if fault is None:
        log.warning("store_sound_again")
    else:
        reason, engine = say(fault.code, fault.params, "en"), engine_words(fault)
        log.critical("store_unsound", code=fault.code, reason=reason, engine=engine)


async def tend_limiter(app: web.Application) -> AsyncIterator[None]:
    """Tend the limiter before the first request and every second from then on."""
    limiter = app[RUNTIME].limiter
    await limiter.tend()
    tending = repeating(limiter.tend, "limiter", every=TEND_SECONDS, first=TEND_SECONDS)
    async with running(tending, "limiter"):
        yield


async def signing_keys(app: web.Application) -> AsyncIterator[None]:
    """Re-read the file of signing keys when it changes, for as long as the application runs."""
    looking = _call_every(KEYS_SECONDS, app[RUNTIME].signing_keys.refresh, "signing keys")
    async with running(looking, "signing keys"):
        yield


async def fitted_speeds(app: web.Application) -> AsyncIterator[None]:
    """Reload fitted speeds every minute, for as long as the application runs."""
    refresh = app[RUNTIME].calibration.refresh
    refreshing = repeating(refresh, "fitted_speeds", every=REFRESH_SECONDS, first=REFRESH_SECONDS)
    async with running(refreshing, "fitted speeds"):
        yield


async def look_for_photos(app: web.Application) -> AsyncIterator[None]:
    """List the photos before the first request, and every half a minute from then on."""

    async def look() -> None:
        await asyncio.to_thread(app[RUNTIME].photos.look)

    await look()
    looking = repeating(look, "photos", every=PHOTOS_SECONDS, first=PHOTOS_SECONDS)
    async with running(looking, "photos"):
        yield


async def sweep_caches(app: web.Application) -> AsyncIterator[None]:
    """Open the map services before the first request; drop expired cache entries every minute."""
    runtime = app[RUNTIME]
    runtime.maps.get_ready()

    async def sweep() -> None:
        runtime.caches.sweep()

    sweeping = repeating(sweep, "caches", every=CACHE_SWEEP_SECONDS, first=CACHE_SWEEP_SECONDS)
    async with running(sweeping, "caches"):
        yield


async def health_examiner(app: web.Application) -> AsyncIterator[None]:
    """Keep a health examiner ready for as long as the application runs."""
    async with examining(app[RUNTIME]) as examiner:
        app[EXAMINER] = examiner
        yield


async def note_history(app: web.Application) -> AsyncIterator[None]:
    """Note request totals every second, and history and errors every few seconds."""
    history = app[HISTORY]
    beating = _call_every(BEAT_SECONDS, history.minute.beat, "last minute")
    noting = _call_every(NOTE_SECONDS, history.note, "history")
    async with running(beating, "last minute"), running(noting, "history"):
        yield


async def descriptors(app: web.Application) -> AsyncIterator[None]:
    """Check every second whether files can still be opened and connections accepted."""
    watching = _call_every(BEAT_SECONDS, Shortage(monotonic).look, "descriptors")
    async with running(watching, "descriptors"):
        yield


async def loop_lag(app: web.Application) -> AsyncIterator[None]:
    """Measure how late the event loop is, for as long as the application runs."""
    async with running(app[LAG].watch(), "loop lag"):
        yield


async def backups(app: web.Application) -> AsyncIterator[None]:
    """Back up the database whenever that is due, for as long as the application runs."""
    runtime = app[RUNTIME]
    async with running(_back_up_forever(runtime), "backups"):
        yield
        runtime.backups.stop()


async def _call_every(seconds: float, call: Callable[[], None], name: str) -> None:
    async def work() -> None:
        call()

    await repeating(work, name, every=seconds, first=seconds)


async def back_up_if_due(runtime: Runtime) -> None:
    """Take a backup if one is due, and log it. Raises the errors of `Backups.take_if_due`.

    When it fails because of damage, the whole database is checked: the damage may be in the copy
    only, and if it is not, bookings must stop.
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
    """Check every few seconds for parties that keep others waiting for their table."""
    watching = repeating(app[RUNTIME].table_watch.look, "tables", every=WATCH_SECONDS)
    async with running(watching, "tables"):
        yield


async def watch_arrivals(app: web.Application) -> AsyncIterator[None]:
    """Follow up on guests on the way every few seconds."""
    watch = app[RUNTIME].arrival_watch
    log = structlog.get_logger()

    async def look() -> None:
        seen = await watch.look()
        if seen.told:
            log.info("arrivals_told", **seen.counts)

    async with running(repeating(look, "arrivals", every=WATCH_SECONDS), "arrivals"):
        yield


POLLS_PER_SECOND = 20
"""How often the store is polled for other processes' commits; our own are noticed at once."""
PAUSE_AFTER_FAILURE = 1.0


async def following(app: web.Application) -> AsyncIterator[None]:
    """Publish changes to live readers for as long as the application runs."""
    runtime = app[RUNTIME]
    await runtime.live.start()
    async with running(_follow_forever(runtime), "live updates"):
        yield


async def close_streams(app: web.Application) -> None:
    """Tell every reader that the server stops, within half of the shutdown timeout."""
    patience = app[SETTINGS].shutdown_timeout_seconds / 2
    await app[STREAM_LIMITS].close(within=min(patience, LONGEST_CLOSING))


async def _follow_forever(runtime: Runtime) -> None:
    log = structlog.get_logger()
    nudged = asyncio.Event()

    def listen(has_readers: bool) -> None:
        """Wake up after every commit, as long as there are readers."""
        database = runtime.database
        if has_readers:
            database.on_commit(nudged.set)
        else:
            database.off_commit(nudged.set)

    runtime.live.broker.on_readers = listen
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
        except Exception:  # late updates are better than none
            log.exception("live_updates_failed")
            await asyncio.sleep(PAUSE_AFTER_FAILURE)
        with suppress(TimeoutError):
            async with asyncio.timeout(1 / POLLS_PER_SECOND):
                await nudged.wait()
