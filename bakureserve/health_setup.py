"""Build the health checks: the second composition root, over a runtime.

It also works without one, when the database cannot be opened.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.eta.factory import MapServices, open_maps
from bakureserve.notify.mail import outlet_of
from bakureserve.runtime import Runtime, backup_schedule, open_runtime
from bakureserve.services.clock import Clock, system_clock
from bakureserve.services.health.check import Check, Examiner
from bakureserve.services.health.database import (
    BackupCheck,
    DatabaseCheck,
    DiskCheck,
    UnopenedDatabaseCheck,
)
from bakureserve.services.health.dependencies import MailCheck, RedisCheck, RoadsCheck
from bakureserve.services.health.process import AuthCheck, CacheCheck, LimiterCheck
from bakureserve.services.operations.backups import Backups
from bakureserve.settings import Settings


@asynccontextmanager
async def examining(runtime: Runtime) -> AsyncIterator[Examiner]:
    """The examiner of a starting server."""
    examiner = Examiner(
        _checks(runtime, since=runtime.clock(), redis_url=runtime.settings.redis_url)
    )
    try:
        yield examiner
    finally:
        await examiner.close()


@asynccontextmanager
async def examining_alone(
    settings: Settings, *, clock: Clock = system_clock
) -> AsyncIterator[Examiner]:
    """The examiner for these settings without a server; makes no files.

    A database that cannot be opened is one of its findings.
    """
    async with AsyncExitStack() as stack:
        try:
            runtime = await _opened(stack, settings, clock)
            runtime.maps.get_ready()  # takes as long as all checks together
            checks = list(_checks(runtime, since=None, redis_url=settings.redis_url))
        except ReserveError as error:
            maps = await stack.enter_async_context(open_maps(settings, CacheRegistry()))
            maps.get_ready()
            checks = list(_checks_without_store(settings, maps, clock, error))
        examiner = Examiner(checks)
        stack.push_async_callback(examiner.close)
        yield examiner


async def _opened(stack: AsyncExitStack, settings: Settings, clock: Clock) -> Runtime:
    """The runtime; without Redis if that cannot even be tried, which its own check reports."""
    try:
        return await stack.enter_async_context(open_runtime(settings, clock=clock))
    except Unavailable as error:
        if error.code not in {"redis_not_installed", "redis_url_unreadable"}:
            raise
    alone = replace(settings, redis_url="")
    return await stack.enter_async_context(open_runtime(alone, clock=clock))


def _checks(runtime: Runtime, *, since: dt.datetime | None, redis_url: str) -> Iterator[Check]:
    yield DatabaseCheck(runtime.database, runtime.care if since else None)
    yield from _road_checks(runtime.maps)
    yield RedisCheck(redis_url)
    yield CacheCheck(runtime.caches)
    yield LimiterCheck(runtime.limiter, enabled=runtime.settings.limits_rates)
    if since or runtime.settings.signing_keys_path.exists():  # opening it would make the file
        yield AuthCheck(runtime.signing_keys, runtime.passwords)
    outlet = outlet_of(runtime.settings) if runtime.settings.notify_enabled else None
    yield MailCheck(runtime.outbox, runtime.clock, outlet)
    yield DiskCheck(runtime.settings.database_path)
    yield BackupCheck(runtime.backups, runtime.clock, since)


def _checks_without_store(
    settings: Settings, maps: MapServices, clock: Clock, error: ReserveError
) -> Iterator[Check]:
    yield UnopenedDatabaseCheck(error)
    yield from _road_checks(maps)
    yield RedisCheck(settings.redis_url)
    yield DiskCheck(settings.database_path)
    schedule = backup_schedule(settings)
    backups = Backups(settings.database_path, settings.backup_folder, clock, schedule)
    yield BackupCheck(backups, clock)


def _road_checks(maps: MapServices) -> Iterator[Check]:
    """A check for each provider, which has a breaker for each kind of call.

    Each waits as long as an estimate does by default.
    """
    seconds = Settings.eta_budget_seconds
    for each in maps.providers:
        yield RoadsCheck(each.name, each.probe, each.breakers, seconds=seconds)
