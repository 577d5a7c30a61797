"""Every metric of a process in one registry, and what the parts of the program count."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from aiohttp import web
from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import InfoMetricFamily, Metric

from bakureserve import __version__
from bakureserve.caching.cache import CacheRegistry
from bakureserve.limits.limiter import Limiter, State
from bakureserve.runtime import Runtime
from bakureserve.server import app_keys
from bakureserve.server.connection_limits import ConnectionLimits
from bakureserve.server.metrics.exposition import Labels, Reading, counter, counters, gauge, gauges
from bakureserve.server.metrics.maps import EstimateTally, map_metrics
from bakureserve.server.metrics.operations import (
    BackupMetrics,
    DiskMetrics,
    HealthMetrics,
    OutboxMetrics,
)
from bakureserve.server.streams.stream_limits import StreamLimits
from bakureserve.services.operations.store_care import StoreCare
from bakureserve.services.reservations.unit import BookingCounters
from bakureserve.store.database import Database
from bakureserve.store.writer import Writer


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
    backlog = OutboxMetrics(runtime.outbox, runtime.clock)
    backups, disks = BackupMetrics(runtime.backups), DiskMetrics(runtime)
    health = HealthMetrics(lambda: app[app_keys.EXAMINER], runtime.clock)
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


def store_metrics(database: Database, care: StoreCare) -> Iterator[Metric]:
    yield gauge("bakureserve_store_bytes", "The database's file.", database.file_bytes())
    yield gauge(
        "bakureserve_store_log_bytes", "The database's write-ahead log.", database.log_bytes()
    )
    yield gauge(
        "bakureserve_store_sound",
        "1 while writes are taken, 0 once damage or a failing disk has shown.",
        0 if database.health.fault else 1,
    )
    yield gauge(
        "bakureserve_store_checked_timestamp_seconds",
        "When the whole file was last found without damage; 0 for not yet.",
        care.checked_at.timestamp() if care.checked_at else 0,
    )


def booking_metrics(bookings: BookingCounters) -> Iterator[Metric]:
    yield counters(
        "bakureserve_reservation_changes",
        "Changes of reservations that were made, such as booked or cancelled.",
        ("change",),
        {(change,): count for change, count in bookings.changes.items()},
    )
    yield counters(
        "bakureserve_reservation_conflicts",
        "Changes that the state of things forbade, such as table_taken.",
        ("code",),
        {(code,): count for code, count in bookings.conflicts.items()},
    )


def writer_metrics(writer: Writer) -> Iterator[Metric]:
    yield gauge("bakureserve_writer_waiting", "Units of work that wait.", writer.waiting)
    yield counter("bakureserve_writer_units", "Units of work committed.", writer.units_committed)
    yield counter(
        "bakureserve_writer_batches",
        "Commits; units divided by these is the size of a batch.",
        writer.batches_committed,
    )


_CACHE = ("cache",)


def cache_metrics(caches: CacheRegistry) -> Iterator[Metric]:
    figures = {(each.name,): each for each in caches.figures()}

    def of(field: str) -> dict[Labels, float]:
        return {name: getattr(each, field) for name, each in figures.items()}

    def both(fields: dict[str, str]) -> dict[Labels, float]:
        return {
            (*name, word): count
            for word, field in fields.items()
            for name, count in of(field).items()
        }

    yield gauges("bakureserve_cache_entries", "Entries.", _CACHE, of("entries"))
    yield gauges("bakureserve_cache_entries_bound", "Entries at most.", _CACHE, of("bound"))
    yield gauges("bakureserve_cache_bytes", "Memory taken, roughly.", _CACHE, of("bytes"))
    yield gauges(
        "bakureserve_cache_bytes_bound", "Memory taken at most.", _CACHE, of("bytes_bound")
    )
    yield gauges(
        "bakureserve_cache_age_seconds", "Age of the oldest entry, in seconds.", _CACHE, of("age")
    )
    yield counters(
        "bakureserve_cache_gets",
        "Questions, by whether the cache could answer.",
        ("cache", "outcome"),
        both({"hit": "hits", "miss": "misses"}),
    )
    yield counters(
        "bakureserve_cache_dropped",
        "Entries forgotten: grown too old, and pushed out by newer ones.",
        ("cache", "why"),
        both({"expired": "expirations", "evicted": "evictions"}),
    )


def connection_metrics(limits: ConnectionLimits) -> Iterator[Metric]:
    yield gauge("bakureserve_connections_open", "Connections that are open.", limits.open)
    yield gauge(
        "bakureserve_connections_allowed",
        "How many there may be, by the descriptors that the process may have.",
        limits.total,
    )
    yield counters(
        "bakureserve_connections_closed",
        "Connections closed because their client or all had too many, by what they were.",
        ("which",),
        {("idle",): limits.closed_idle, ("new",): limits.refused, ("full",): limits.full},
    )


def limiter_metrics(limiter: Limiter) -> Iterator[Metric]:
    figures = limiter.figures()
    yield gauges(
        "bakureserve_limiter_state",
        "1 for the state it is in: memory (this process alone), shared (Redis decides), local "
        "(Redis is away).",
        ("state",),
        {(state,): float(state == figures.state) for state in get_args(State)},
    )
    yield gauge("bakureserve_limiter_buckets", "Clients that are remembered.", figures.buckets)
    yield gauge("bakureserve_limiter_buckets_bound", "Clients remembered at most.", figures.bound)
    yield counters(
        "bakureserve_limiter_calls",
        "Calls that were judged.",
        ("verdict",),
        {("allowed",): figures.allowed, ("denied",): figures.denied},
    )
    yield counters(
        "bakureserve_limiter_dropped",
        "Clients forgotten: idle ones, and ones in use for want of room.",
        ("why",),
        {("idle",): figures.pruned, ("evicted",): figures.evicted},
    )
    yield counter(
        "bakureserve_limiter_redis_failures",
        "Times that Redis did not answer, or not in time.",
        figures.failures,
    )


def log_metrics(dropped: int) -> Iterator[Metric]:
    yield counter(
        "bakureserve_log_lines_dropped",
        "Log lines dropped because nothing read the log.",
        dropped,
    )


def stream_metrics(stream_limits: StreamLimits) -> Iterator[Metric]:
    yield gauge("bakureserve_streams_open", "WebSockets that are open.", stream_limits.open)
    yield counter("bakureserve_streams_opened", "WebSockets opened.", stream_limits.opened)
    yield counter("bakureserve_stream_messages", "Messages sent to them.", stream_limits.delivered)
    yield counters(
        "bakureserve_streams_closed",
        "WebSockets that were ended by the server, by close code.",
        ("code",),
        {(str(int(code)),): count for code, count in stream_limits.closed.items()},
    )
