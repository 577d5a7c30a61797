"""Counts and times every request for Prometheus."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from itertools import accumulate
from typing import NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from bakureserve.server.exchange import Exchange

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
STREAMED = 101
"""A WebSocket's status: it lasts as long as its reader likes, which says nothing of an answer."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_BOUNDS = (*map(floatToGoString, BUCKETS), "+Inf")


class _Timings:
    """Requests of one route and method: how many fell into each bucket, and their seconds."""

    __slots__ = ("counts", "seconds")

    def __init__(self) -> None:
        self.counts = [0] * len(_BOUNDS)
        self.seconds = 0.0


class Totals(NamedTuple):
    """All requests since the start. `failed` ones were answered with a 5xx; `counts` are those
    answered in a time of each of `BUCKETS`, and beyond; `seconds` is their sum."""

    arrived: int
    answered: int
    failed: int
    counts: tuple[int, ...]
    seconds: float


class RequestMetrics(Collector):
    """Plain numbers, made into metrics when they are asked for: the library's own take locks.

    No label comes from a client: unknown addresses share a route, unknown methods are `other`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._arrived = 0
        self._answered: dict[tuple[str, str, int], int] = {}
        self._timings: dict[tuple[str, str], _Timings] = {}
        registry.register(self)

    def arrive(self, _request: web.Request, _exchange: Exchange) -> None:
        """A guard that lets everything pass, and counts it."""
        self._arrived += 1

    def observe(
        self, request: web.Request, exchange: Exchange, status: int, seconds: float
    ) -> None:
        """A witness that counts and times what was answered."""
        route, method = exchange.route.template, request.method
        if method not in METHODS:
            method = "other"
        answered = (route, method, status)
        self._answered[answered] = self._answered.get(answered, 0) + 1
        if status == STREAMED:
            return
        timings = self._timings.get((route, method))
        if timings is None:
            timings = self._timings[route, method] = _Timings()
        timings.counts[bisect_left(BUCKETS, seconds)] += 1
        timings.seconds += seconds

    def totals(self) -> Totals:
        """The sum over routes, methods and statuses."""
        timings = self._timings.values()
        counts = zip(*(each.counts for each in timings), strict=True)
        return Totals(
            arrived=self._arrived,
            answered=sum(self._answered.values()),
            failed=sum(count for key, count in self._answered.items() if key[2] >= 500),
            counts=tuple(map(sum, counts)) or (0,) * len(_BOUNDS),
            seconds=sum(each.seconds for each in timings),
        )

    def collect(self) -> Iterator[Metric]:
        """The three metrics as they stand."""
        yield GaugeMetricFamily(
            "bakureserve_http_requests_in_flight",
            "Requests being handled.",
            self._arrived - sum(self._answered.values()),
        )
        requests = CounterMetricFamily(
            "bakureserve_http_requests", "Requests answered.", labels=("route", "method", "status")
        )
        for (route, method, status), count in self._answered.items():
            requests.add_metric((route, method, str(status)), count)
        yield requests
        seconds = HistogramMetricFamily(
            "bakureserve_http_request_seconds",
            "Time from a request's arrival until its answer was ready, in seconds.",
            labels=("route", "method"),
        )
        for labels, timings in self._timings.items():
            buckets = list(zip(_BOUNDS, accumulate(timings.counts), strict=True))
            seconds.add_metric(labels, buckets, timings.seconds)
        yield seconds
