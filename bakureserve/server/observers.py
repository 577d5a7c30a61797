"""What is recorded of every request: its line in the access log, a count, and a time.

A line has neither query, body nor token in it. No label of a metric comes from a client.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString

from bakureserve.server.metrics.exposition import counters, gauge, histograms
from bakureserve.server.pipeline import Exchange, Observer
from bakureserve.services.clock import Clock

T = TypeVar("T")

FLUSH_SECONDS = 0.25
FLUSH_LINES = 256


class ByteStream(Protocol):
    """Where lines are written."""

    def write(self, data: bytes, /) -> object: ...
    def flush(self) -> object: ...


class LineBuffer(Generic[T]):
    """Collects entries, and writes their lines together.

    One at a time they cost a fifth of the throughput. They are written 0.25 s after the first of
    them, at 256 of them, and on `flush`. A stream that fails loses its lines; no request ever fails
    because of its log.
    """

    def __init__(self, stream: ByteStream, render: Callable[[Sequence[T]], bytes]) -> None:
        self._stream = stream
        self._render = render
        self._waiting: list[T] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(self, entry: T) -> None:
        """Add an entry. Call it in a running event loop."""
        self._waiting.append(entry)
        if len(self._waiting) >= FLUSH_LINES:
            self.flush()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)

    def flush(self) -> None:
        """Write what was collected, now."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        waiting, self._waiting = self._waiting, []
        if not waiting:
            return
        with suppress(OSError, ValueError):
            self._stream.write(self._render(waiting))
            self._stream.flush()


class AccessLine(msgspec.Struct, tag_field="event", tag="request", gc=False):
    """One request's line. `route` is the template: no id, no query."""

    time: dt.datetime
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    client: str


AccessLines = LineBuffer[AccessLine]


def access_log(lines: AccessLines, clock: Clock) -> Observer:
    """An observer that logs every request, even one that was cancelled under way."""

    def log(exchange: Exchange, status: int, seconds: float) -> None:
        lines.add(
            AccessLine(
                clock(),
                exchange.request_id,
                exchange.method,
                exchange.route.template,
                status,
                round(seconds * 1000, 3),
                exchange.client.address,
            )
        )

    return log


def json_lines(lines: Sequence[AccessLine]) -> bytes:
    return msgspec.json.Encoder().encode_lines(lines)


def human_lines(lines: Sequence[AccessLine]) -> bytes:
    return "".join(map(_human_line, lines)).encode()


def _human_line(line: AccessLine) -> str:
    return (
        f"{line.time:%H:%M:%S} {line.status} {line.method:<6} {line.route} "
        f"{line.ms:.1f} ms {line.client} {line.request_id}\n"
    )


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

    def arrive(self, *_: object) -> None:
        """Count a request. As a guard it lets everything pass."""
        self._arrived += 1

    def observe(self, exchange: Exchange, status: int, seconds: float) -> None:
        """An observer that counts and times what was answered."""
        route, method = exchange.route.template, exchange.method
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
