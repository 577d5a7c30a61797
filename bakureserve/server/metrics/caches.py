"""The caches' figures."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.caching.registry import CacheRegistry
from bakureserve.server.metrics.families import Labels, counters, gauges

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
