"""The log."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import counter


def log_metrics(dropped: int) -> Iterator[Metric]:
    yield counter(
        "bakureserve_log_lines_dropped",
        "Log lines dropped because nothing read the log.",
        dropped,
    )
