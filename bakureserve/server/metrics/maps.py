"""Estimates, and the map services behind them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import Metric

from bakureserve.domain.places.estimate import BreakerState, Estimate, Leg
from bakureserve.eta.factory import MapServices
from bakureserve.server.metrics.exposition import Labels, counters, gauges, histograms
from bakureserve.server.observers import Histogram

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.5, 5.0)
_UNASKED = frozenset({"disabled", "cached", "circuit_open"})
"""Outcomes of a leg for which no service was called, so that its time says nothing of one."""


class EstimateTally:
    """Counts estimates as they are told, and the legs they were made from."""

    def __init__(self) -> None:
        self._estimates: Counter[Labels] = Counter()
        self._seconds = Histogram(BUCKETS)
        self._legs: Counter[Labels] = Counter()
        self._leg_seconds: dict[Labels, Histogram] = {}

    def observe(self, estimate: Estimate) -> None:
        """An observer of the engine."""
        diagnosis = estimate.diagnosis
        self._estimates[estimate.provider, diagnosis.choice] += 1
        self._seconds.observe(diagnosis.took_ms / 1000)
        for leg in diagnosis.legs:
            self._observe_leg(leg)

    def metrics(self) -> Iterator[Metric]:
        yield counters(
            "bakureserve_eta_estimates",
            "Estimates given, by the provider of their route and the reason for choosing it.",
            ("provider", "choice"),
            self._estimates,
        )
        yield histograms(
            "bakureserve_eta_seconds",
            "Time until an estimate was given, in seconds.",
            (),
            {(): self._seconds},
        )
        yield counters(
            "bakureserve_map_legs",
            "Questions to map services on the way to an estimate.",
            ("service", "outcome"),
            self._legs,
        )
        yield histograms(
            "bakureserve_map_seconds",
            "Time until a map service answered or was given up, in seconds.",
            ("service",),
            self._leg_seconds,
        )

    def _observe_leg(self, leg: Leg) -> None:
        if leg.outcome == "disabled":
            return
        self._legs[leg.service, leg.outcome] += 1
        if leg.outcome not in _UNASKED:
            timings = self._leg_seconds.get((leg.service,))
            if timings is None:
                timings = self._leg_seconds[leg.service,] = Histogram(BUCKETS)
            timings.observe(leg.took_ms / 1000)


def map_metrics(maps: MapServices) -> Iterator[Metric]:
    breakers, calls = maps.breakers(), maps.calls()
    spared: dict[Labels, float] = {(each.name, "shared"): each.shared for each in calls}
    spared |= {(each.name, "crowded"): each.crowded for each in calls}
    yield gauges(
        "bakureserve_breaker_state",
        "1 for the state that the breaker is in.",
        ("breaker", "state"),
        {
            (breaker.name, state): float(state == breaker.state)
            for breaker in breakers
            for state in get_args(BreakerState)
        },
    )
    yield counters(
        "bakureserve_breaker_opened",
        "Times that the breaker opened.",
        ("breaker",),
        {(breaker.name,): breaker.opened for breaker in breakers},
    )
    yield counters(
        "bakureserve_breaker_refused",
        "Calls that were not made because the breaker was open.",
        ("breaker",),
        {(breaker.name,): breaker.refused for breaker in breakers},
    )
    yield gauges(
        "bakureserve_map_calls_in_flight",
        "Calls under way to the service.",
        ("service",),
        {(each.name,): each.running for each in calls},
    )
    yield counters(
        "bakureserve_map_calls",
        "Calls made to the service, for estimates and place search.",
        ("service",),
        {(each.name,): each.calls for each in calls},
    )
    yield counters(
        "bakureserve_map_calls_spared",
        "Questions without a call of their own: shared with an equal one, or crowded out.",
        ("service", "why"),
        spared,
    )
