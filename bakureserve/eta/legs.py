"""What each question to a service took, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bakureserve.domain.estimate import Leg
from bakureserve.eta.upstream import Reply, Upstream

OSRM = "osrm"
GOMAP = "gomap"
TRAFFIC = "gomap_traffic"
PLACES = "gomap_places"
"""Names of the services; each has a breaker and a cap of its own."""


class Stopwatch:
    """Runs from when it is made, until `budget` seconds later at `until`; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float], budget: float) -> None:
        self._clock = clock
        self._started = clock()
        self.until = self._started + budget

    def elapsed_ms(self) -> float:
        return (self._clock() - self._started) * 1000

    def leg(
        self, name: str, upstream: Upstream, reply: Reply[Any], *, began: float, **brought: Any
    ) -> Leg:
        """The leg from `began`, in elapsed milliseconds, to now; `brought` is what it brought."""
        return Leg(
            name=name,
            service=upstream.name,
            started_ms=began,
            took_ms=self.elapsed_ms() - began,
            outcome=reply.outcome,
            breaker=upstream.breaker.state,
            detail=reply.detail,
            **brought,
        )


def disabled(name: str, service: str) -> Leg:
    """The leg of a service that is not configured."""
    return Leg(name=name, service=service, outcome="disabled")
