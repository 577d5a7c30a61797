"""The engine: asks everybody at once, waits no longer than it may, and makes of it what it can."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import structlog

from bakureserve.domain.estimate import Estimate
from bakureserve.domain.geo import Coordinates, is_on_earth, straight_line_km
from bakureserve.eta.composition import Circumstances, Rules, assemble, fallback_base

log = structlog.get_logger(__name__)

Witness = Callable[[Estimate], None]
"""Told of every estimate, in the event loop: it may count, and may not wait."""


class EtaEngine:
    """Estimates the way by car between two points.

    `budget` is in seconds: an estimate is there by then, whatever the map services do.
    """

    def __init__(self, rules: Rules, *, budget: float) -> None:
        self.rules = rules
        self.budget = budget
        self.witnesses: list[Witness] = []

    async def estimate(
        self, origin: Coordinates, destination: Coordinates, *, language: str = "en"
    ) -> Estimate:
        """When somebody who leaves `origin` now is at `destination`.

        `language` (az, en, ru) is that of the route's summary. Never raises because of a map
        service. Raises ValueError for a point that is not on earth.
        """
        if not (is_on_earth(origin) and is_on_earth(destination)):
            raise ValueError("not on earth")
        started = perf_counter()
        line_km = straight_line_km(origin, destination)
        around = Circumstances(
            line_km=line_km,
            traffic="unknown",
            legs=(),
            deadline_ms=self.budget * 1000,
            took_ms=(perf_counter() - started) * 1000,
        )
        estimate = assemble(fallback_base(line_km, self.rules), around, self.rules)
        self._tell(estimate)
        return estimate

    def _tell(self, estimate: Estimate) -> None:
        for witness in self.witnesses:
            witness(estimate)
