"""What each question to a service took, and how it ended."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

from bakureserve.domain.places.estimate import Leg
from bakureserve.eta.upstream import Pending, Reply, Upstream

OSRM = "osrm"
GOMAP = "gomap"
TRAFFIC = "gomap_traffic"
PLACES = "gomap_places"
"""Names of the services; each has a breaker and a cap of its own."""

T = TypeVar("T")


class Stopwatch:
    """Runs from when it is made, until `budget` seconds later at `until`; `clock` in seconds."""

    def __init__(self, clock: Callable[[], float], budget: float) -> None:
        self.clock = clock
        self.started = clock()
        self.until = self.started + budget

    def elapsed_ms(self) -> float:
        return (self.clock() - self.started) * 1000


class PendingCall(Generic[T]):
    """A leg that is under way: a question to a service, from the moment it was put."""

    def __init__(
        self, name: str, service: str, watch: Stopwatch, upstream: Upstream | None = None
    ) -> None:
        self.pending: Pending[T] = Pending(Reply("disabled"))
        self._name = name
        self._service = service
        self._watch = watch
        self._upstream = upstream
        self._began = watch.clock()
        self._ended: float | None = None

    def put(self, pending: Pending[T]) -> PendingCall[T]:
        """What came of putting the question."""
        self.pending = pending
        if pending.task is None:
            self._ended = self._watch.clock()
        return self

    @property
    def brought(self) -> T | None:
        return self.pending.reply().value

    def leg(self, **brought: Any) -> Leg:
        """The leg as it stands now; `brought` is what to tell of the answer."""
        reply = self.pending.reply()
        if self._upstream is None:
            return Leg(name=self._name, service=self._service, outcome=reply.outcome)
        ended = self._ended or self.pending.ended_at or self._watch.clock()
        return Leg(
            name=self._name,
            service=self._service,
            started_ms=(self._began - self._watch.started) * 1000,
            took_ms=(ended - self._began) * 1000,
            outcome=reply.outcome,
            breaker=self._upstream.breaker.state,
            detail=reply.detail,
            **brought,
        )
