"""How the parts are doing, as `/health` tells it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import get_args

from prometheus_client.core import Metric

from bakureserve.server.metrics.families import gauges
from bakureserve.services.clock import Clock
from bakureserve.services.health.check import Status
from bakureserve.services.health.examiner import Examiner, Health, Overall

EVERY = dt.timedelta(minutes=1)
"""How often a scrape has the parts looked at: that writes to the database and asks map services,
and alerts wait for minutes anyway."""


class HealthFigures:
    """What an examination found; `refresh` has one made, unless the last was a moment ago."""

    def __init__(self, examiner: Callable[[], Examiner], clock: Clock) -> None:
        self._examiner = examiner
        self._clock = clock
        self._seen_at: dt.datetime | None = None
        self._health: Health | None = None

    async def refresh(self) -> None:
        now = self._clock()
        if self._seen_at is None or not dt.timedelta(0) <= now - self._seen_at < EVERY:
            self._health = await self._examiner().examine()
            self._seen_at = now

    def metrics(self) -> Iterator[Metric]:
        health = self._health
        yield gauges(
            "bakureserve_health",
            "1 for how the server is doing, looked at once a minute at most.",
            ("status",),
            {(each,): float(each == health.status) for each in get_args(Overall)} if health else {},
        )
        yield gauges(
            "bakureserve_health_check",
            "1 for how a part of it is doing.",
            ("check", "status"),
            {
                (name, status): float(status == seen.condition.status)
                for name, seen in (health.checks if health else {}).items()
                for status in get_args(Status)
            },
        )
