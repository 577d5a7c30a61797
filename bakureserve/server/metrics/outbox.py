"""Deliveries to the outside, counted in the store when somebody asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import get_args

from prometheus_client.core import Metric

from bakureserve.domain.errors import Unavailable
from bakureserve.domain.notifications import Channel, DeliveryStatus
from bakureserve.server.metrics.families import gauge, gauges
from bakureserve.services.clock import Clock
from bakureserve.services.notifications.outbox import Outbox


class OutboxBacklog:
    """How many deliveries there are in each state, and how long the oldest waits. `refresh` looks;
    a store that does not answer leaves what was seen last."""

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._counts: Mapping[tuple[Channel, DeliveryStatus], int] = {}
        self._oldest_at: dt.datetime | None = None

    async def refresh(self) -> None:
        with suppress(Unavailable):
            self._counts = await self._outbox.counts()
            self._oldest_at = (await self._outbox.backlog()).oldest_at

    def metrics(self) -> Iterator[Metric]:
        yield gauges(
            "bakureserve_outbox_deliveries",
            "Deliveries by channel and state; the same for all processes on one store.",
            ("channel", "state"),
            {
                (channel, state): self._counts.get((channel, state), 0)
                for channel in get_args(Channel)
                for state in get_args(DeliveryStatus)
            },
        )
        waits = self._clock() - self._oldest_at if self._oldest_at else dt.timedelta()
        yield gauge(
            "bakureserve_outbox_oldest_seconds",
            "How long ago the oldest delivery was made that is not settled.",
            max(waits.total_seconds(), 0.0),
        )
