"""How late the event loop is: what every request waits before it is even looked at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

from aiohttp import web
from prometheus_client.core import Metric

from bakureserve.server.background import running
from bakureserve.server.metrics.families import Histogram, histograms

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_LOOK_SECONDS = 0.25


class LoopLag:
    """By how many seconds the loop was late to wake somebody, looked at four times a second."""

    def __init__(self) -> None:
        self._seconds = Histogram(BUCKETS)

    async def watched(self, _app: web.Application) -> AsyncIterator[None]:
        """A cleanup context: look for as long as the application runs."""
        async with running(self._watch(), "loop lag"):
            yield

    async def _watch(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _LOOK_SECONDS
            await asyncio.sleep(_LOOK_SECONDS)
            self._seconds.observe(max(loop.time() - due, 0.0))

    def metrics(self) -> Iterator[Metric]:
        yield histograms(
            "bakureserve_loop_lag_seconds",
            "How late the event loop was to wake somebody, in seconds.",
            (),
            {(): self._seconds},
        )
