"""Deliveries to the outside, counted in the store when somebody asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

from prometheus_client.core import Metric

from bakureserve.domain.errors import Unavailable
from bakureserve.server.metrics.families import gauges
from bakureserve.services.outbox import Outbox


class OutboxBacklog:
    """How many deliveries there are in each state. `refresh` looks; a store that does not answer
    leaves what was seen last."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._counts: Mapping[str, int] = {}

    async def refresh(self) -> None:
        with suppress(Unavailable):
            self._counts = await self._outbox.counts()

    def metrics(self) -> Iterator[Metric]:
        yield gauges(
            "bakureserve_outbox_deliveries",
            "Deliveries by state; the same for all processes on one store.",
            ("state",),
            {(state,): count for state, count in self._counts.items()},
        )
