"""Metrics from plain numbers, and their text for Prometheus, made at most once a second."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from typing import Protocol

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

Labels = tuple[str, ...]
"""The values of a metric's labels, in order."""


class Reading(Collector):
    """Reads metrics at the moment of a scrape."""

    def __init__(self, read: Callable[[], Iterable[Metric]]) -> None:
        self._read = read

    def collect(self) -> Iterable[Metric]:
        return self._read()

    def describe(self) -> Iterator[Metric]:
        """Nothing: registering must not read."""
        return iter(())


def gauge(name: str, says: str, value: float) -> Metric:
    return GaugeMetricFamily(name, says, value)


def counter(name: str, says: str, value: float) -> Metric:
    return CounterMetricFamily(name, says, value)


def gauges(name: str, says: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    family = GaugeMetricFamily(name, says, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


def counters(name: str, says: str, labels: Labels, values: Mapping[Labels, float]) -> Metric:
    family = CounterMetricFamily(name, says, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value)
    return family


class Bucketed(Protocol):
    """A histogram: what all values add up to, and how many are at most each bound."""

    total: float

    def cumulative(self) -> list[tuple[str, float]]: ...


def histograms(name: str, says: str, labels: Labels, values: Mapping[Labels, Bucketed]) -> Metric:
    family = HistogramMetricFamily(name, says, labels=labels)
    for each, value in values.items():
        family.add_metric(each, value.cumulative(), value.total)
    return family


GOOD_FOR = dt.timedelta(seconds=1)
"""Making the text holds the event loop for tens of milliseconds, however many scrapers ask."""


class Exposition:
    """The registry's text. Awaits `before` first, for figures that have to be looked up."""

    def __init__(self, registry: CollectorRegistry, clock: Callable[[], dt.datetime]) -> None:
        self.before: list[Callable[[], Awaitable[None]]] = []
        self._registry = registry
        self._clock = clock
        self._making = asyncio.Lock()
        self._made_at: dt.datetime | None = None
        self._text = b""

    async def text(self) -> bytes:
        """The metrics of this moment, or of less than a second ago."""
        async with self._making:
            if not self._is_good():
                for look in self.before:
                    await look()
                self._text = generate_latest(self._registry)
                self._made_at = self._clock()
            return self._text

    def _is_good(self) -> bool:
        if self._made_at is None:
            return False
        return dt.timedelta(0) <= self._clock() - self._made_at < GOOD_FOR
