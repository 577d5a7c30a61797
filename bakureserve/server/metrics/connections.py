"""Connections over the network."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.crowd import Crowd
from bakureserve.server.metrics.families import counters, gauge


def connection_metrics(crowd: Crowd) -> Iterator[Metric]:
    yield gauge("bakureserve_connections_open", "Connections that are open.", crowd.open)
    yield gauge(
        "bakureserve_connections_allowed",
        "How many there may be, by the descriptors that the process may have.",
        crowd.total,
    )
    yield counters(
        "bakureserve_connections_closed",
        "Connections closed because their client or all had too many, by what they were.",
        ("which",),
        {("idle",): crowd.closed_idle, ("new",): crowd.refused, ("full",): crowd.full},
    )
