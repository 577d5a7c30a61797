"""Counts and times every request, and the lag of the event loop that each of them waits for."""

from __future__ import annotations

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from itertools import accumulate, islice
from typing import NamedTuple

import msgspec
from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    Metric,
)
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from bakureserve.server.metrics.exposition import counters, gauge, histograms
from bakureserve.server.pipeline import Exchange


class Histogram:
    """How many fell into each bucket, and what they add up to. `bounds` are in rising order."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> list[tuple[str, float]]:
        """Each bound as Prometheus writes it, and how many values are at most that."""
        bounds = (*map(floatToGoString, self.bounds), "+Inf")
        return list(zip(bounds, accumulate(self.counts), strict=True))


METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SCRAPES = frozenset({"/metrics", "/v1/metrics"})
"""Left out: two scrapes with nothing in between must find the same."""
REPORTS = frozenset({"/health", "/v1/health", "/readyz", "/v1/readyz"})
"""Their 503 is the answer and no failure: a monitor, or `top`, would otherwise count as failed
requests for a minute after all is well."""
STREAMED = 101
"""A WebSocket's status: how long it lasts says nothing about answering."""
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Totals(NamedTuple):
    """All requests since the start. `failed` ones were answered with a 5xx, `refused` with a 4xx;
    `counts` are those answered in a time of each of `BUCKETS`, and beyond; `seconds` is their
    sum."""

    arrived: int
    answered: int
    failed: int
    refused: int
    counts: tuple[int, ...]
    seconds: float


class RequestMetrics(Collector):
    """Plain numbers, made into metrics when they are asked for: the library's own take locks.

    No label comes from a client: unknown addresses share a route, unknown methods are `other`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._arrived = 0
        self._answered: dict[tuple[str, str, int], int] = {}
        self._timings: dict[tuple[str, ...], Histogram] = {}
        registry.register(self)

    def arrive(self, _request: web.Request, _exchange: Exchange) -> None:
        """A guard that lets everything pass, and counts it."""
        self._arrived += 1

    def observe(
        self, request: web.Request, exchange: Exchange, status: int, seconds: float
    ) -> None:
        """An observer that counts and times what was answered."""
        route, method = exchange.route.template, request.method
        if method not in METHODS:
            method = "other"
        answered = (route, method, status)
        self._answered[answered] = self._answered.get(answered, 0) + 1
        if status == STREAMED:
            return
        timings = self._timings.get((route, method))
        if timings is None:
            timings = self._timings[route, method] = Histogram(BUCKETS)
        timings.observe(seconds)

    def totals(self) -> Totals:
        """The sum over routes, methods and statuses."""
        timings, errors = self._timings.values(), self.errors().items()
        counts = zip(*(each.counts for each in timings), strict=True)
        return Totals(
            arrived=self._arrived,
            answered=sum(self._answered.values()),
            failed=sum(count for key, count in errors if key[2] >= 500),
            refused=sum(count for key, count in errors if key[2] < 500),
            counts=tuple(map(sum, counts)) or (0,) * (len(BUCKETS) + 1),
            seconds=sum(each.total for each in timings),
        )

    def errors(self) -> dict[tuple[str, str, int], int]:
        """How many were answered with a 4xx or 5xx since the start, by route, method and status.

        Without the 503s of those that report how the server is.
        """
        return {
            (route, method, status): count
            for (route, method, status), count in self._answered.items()
            if status >= 400 and (route not in REPORTS or status != 503)
        }

    def collect(self) -> Iterator[Metric]:
        """The three metrics as they stand."""
        yield gauge(
            "bakureserve_http_requests_in_flight",
            "Requests being handled, the scrape among them.",
            self._arrived - sum(self._answered.values()),
        )
        yield counters(
            "bakureserve_http_requests",
            "Requests answered.",
            ("route", "method", "status"),
            {
                (route, method, str(status)): count
                for (route, method, status), count in self._answered.items()
                if route not in SCRAPES
            },
        )
        yield histograms(
            "bakureserve_http_request_seconds",
            "Time from a request's arrival until its answer was ready, in seconds.",
            ("route", "method"),
            {key: each for key, each in self._timings.items() if key[0] not in SCRAPES},
        )


LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_LOOK_SECONDS = 0.25
_LOOKS_OF_A_MINUTE = round(60 / _LOOK_SECONDS)


class LagFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How late the event loop was in the last minute, in milliseconds."""

    mean_ms: float
    worst_ms: float


class LoopLag:
    """By how many seconds the loop was late to wake a task, measured four times a second."""

    def __init__(self) -> None:
        self._seconds = Histogram(LAG_BUCKETS)
        self._recent: deque[float] = deque(maxlen=_LOOKS_OF_A_MINUTE)

    async def watch(self) -> None:
        """Measure again and again. Only a cancellation ends it."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.observe(max(loop.time() - due, 0.0))

    def observe(self, seconds: float) -> None:
        """Note that the loop was late by so many seconds."""
        self._seconds.observe(seconds)
        self._recent.append(seconds)

    def figures(self, seconds: float = 60.0) -> LagFigures:
        """The lag of the last `seconds`, up to a minute; zeros before the first measurement."""
        looks = list(islice(reversed(self._recent), round(seconds / _LOOK_SECONDS)))
        return LagFigures(
            mean_ms=round(1000 * sum(looks) / max(len(looks), 1), 2),
            worst_ms=round(1000 * max(looks, default=0.0), 2),
        )

    def metrics(self) -> Iterator[Metric]:
        yield histograms(
            "bakureserve_loop_lag_seconds",
            "How late the event loop was to wake somebody, in seconds.",
            (),
            {(): self._seconds},
        )
