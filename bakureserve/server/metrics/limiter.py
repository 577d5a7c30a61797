"""The rate limiter's figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import get_args

from prometheus_client.core import Metric

from bakureserve.limits.limiter import Limiter, State
from bakureserve.server.metrics.families import counter, counters, gauge, gauges


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
