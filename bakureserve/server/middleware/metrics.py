"""Counts and times every request for Prometheus."""

from __future__ import annotations

from typing import NamedTuple

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from bakureserve.server.exchange import Exchange
from bakureserve.server.middleware.around import Guard, Witness

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class _Children(NamedTuple):
    requests: Counter
    seconds: Histogram


class RequestMetrics:
    """The metrics of a registry. A child is looked up once for each route, method and status.

    No label comes from a client: unknown addresses share a route, unknown methods are `other`.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._arrived = 0
        self._answered = 0
        in_flight = Gauge(
            "bakureserve_http_requests_in_flight",
            "Requests being handled.",
            registry=registry,
        )
        in_flight.set_function(lambda: self._arrived - self._answered)
        self._requests = Counter(
            "bakureserve_http_requests_total",
            "Requests answered.",
            ("route", "method", "status"),
            registry=registry,
        )
        self._seconds = Histogram(
            "bakureserve_http_request_seconds",
            "Time from a request's arrival until its answer was ready, in seconds.",
            ("route", "method"),
            buckets=BUCKETS,
            registry=registry,
        )
        self._children: dict[tuple[str, str, int], _Children] = {}

    def arrive(self) -> None:
        """Count a request that came in."""
        self._arrived += 1

    def observe(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count a request that was answered."""
        self._answered += 1
        key = (route, method if method in METHODS else "other", status)
        children = self._children.get(key)
        if children is None:
            children = self._children[key] = self._resolve(*key)
        children.requests.inc()
        children.seconds.observe(seconds)

    def _resolve(self, route: str, method: str, status: int) -> _Children:
        return _Children(
            self._requests.labels(route, method, status), self._seconds.labels(route, method)
        )


def measure(metrics: RequestMetrics) -> Witness:
    def observe(request: web.Request, exchange: Exchange, status: int, seconds: float) -> None:
        metrics.observe(exchange.route.template, request.method, status, seconds)

    return observe


def count_arrivals(metrics: RequestMetrics) -> Guard:
    """Lets everything pass."""

    def arrive(_request: web.Request, _exchange: Exchange) -> None:
        metrics.arrive()

    return arrive
