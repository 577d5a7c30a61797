"""All metrics of a process in one registry."""

from __future__ import annotations

from aiohttp import web
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import InfoMetricFamily

from bakureserve import __version__
from bakureserve.runtime import Runtime
from bakureserve.server import app_keys
from bakureserve.server.metrics.counts import (
    booking_metrics,
    cache_metrics,
    connection_metrics,
    limiter_metrics,
    store_metrics,
    stream_metrics,
    writer_metrics,
)
from bakureserve.server.metrics.families import Reading
from bakureserve.server.metrics.maps import EstimateTally, map_metrics
from bakureserve.server.metrics.upkeep import (
    BackupFigures,
    DiskFigures,
    HealthFigures,
    OutboxBacklog,
)


def process_registry() -> CollectorRegistry:
    """What is known of any process."""
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    registry.register(Reading(_build))
    return registry


def register_figures(app: web.Application, runtime: Runtime) -> None:
    """Add what the parts of the runtime and of the application count, to the app's registry."""
    estimates = EstimateTally()
    runtime.eta.observers.append(estimates.observe)
    backlog = OutboxBacklog(runtime.outbox, runtime.clock)
    backups, disks = BackupFigures(runtime.backups), DiskFigures(runtime)
    health = HealthFigures(lambda: app[app_keys.EXAMINER], runtime.clock)
    for each in (backlog, backups, disks, health):
        app[app_keys.EXPOSITION].before.append(each.refresh)
    for read in (
        lambda: limiter_metrics(runtime.limiter),
        lambda: cache_metrics(runtime.caches),
        lambda: booking_metrics(runtime.units.counters),
        lambda: writer_metrics(runtime.database.writer),
        lambda: store_metrics(runtime.database, runtime.care),
        lambda: map_metrics(runtime.maps),
        lambda: connection_metrics(app[app_keys.CONNECTION_LIMITS]),
        lambda: stream_metrics(app[app_keys.STREAM_LIMITS]),
        estimates.metrics,
        backlog.metrics,
        backups.metrics,
        disks.metrics,
        health.metrics,
        app[app_keys.LAG].metrics,
    ):
        app[app_keys.REGISTRY].register(Reading(read))


def _build() -> list[InfoMetricFamily]:
    return [InfoMetricFamily("bakureserve_build", "What runs.", {"version": __version__})]
