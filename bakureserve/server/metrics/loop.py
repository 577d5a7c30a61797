"""How late the event loop is: what every request waits before it is even looked at."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import islice

import msgspec
from prometheus_client.core import Metric

from bakureserve.server.metrics.families import Histogram, histograms

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_LOOK_SECONDS = 0.25
_LOOKS_OF_A_MINUTE = round(60 / _LOOK_SECONDS)


class LagFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How late the event loop was in the last minute, in milliseconds."""

    mean_ms: float
    worst_ms: float


class LoopLag:
    """By how many seconds the loop was late to wake somebody, looked at four times a second."""

    def __init__(self) -> None:
        self._seconds = Histogram(BUCKETS)
        self._recent: deque[float] = deque(maxlen=_LOOKS_OF_A_MINUTE)

    async def watch(self) -> None:
        """Look again and again. Only a cancellation ends it."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self.observe(max(loop.time() - due, 0.0))

    def observe(self, seconds: float) -> None:
        """Note that the loop was so late."""
        self._seconds.observe(seconds)
        self._recent.append(seconds)

    def figures(self, seconds: float = 60.0) -> LagFigures:
        """Those of the last `seconds`, up to a minute; zeros before the first look."""
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
