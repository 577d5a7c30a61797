"""A circuit breaker: a service that keeps failing is left alone for a while.

After M. Nygard, "Release It!" (2nd ed., 2018, "Circuit Breaker"). Closed, every call goes through;
some failures in a row open it. Open, no call is made. When the cooldown is over it is half-open:
one trial call goes through, and its outcome closes the breaker or opens it again.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

import msgspec

from bakureserve.domain.places.estimate import BreakerState


class BreakerFigures(msgspec.Struct, frozen=True, kw_only=True):
    """A breaker at one moment. `failures` are those in a row; `retry_in` is in how many seconds
    a trial may be made, 0 when calls go through. `opened` and `refused` count since the start."""

    name: str
    state: BreakerState
    failures: int
    retry_in: float
    opened: int
    refused: int


class Breaker:
    """Opens after `failures` in a row, for `cooldown` seconds of `clock`."""

    def __init__(
        self,
        name: str,
        *,
        failures: int,
        cooldown: float,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self._limit = failures
        self._cooldown = cooldown
        self._clock = clock
        self._failures = 0
        self._opened = 0
        self._refused = 0
        self._opened_at: float | None = None
        self._trial: Admission | None = None
        self._epoch = 0

    @property
    def state(self) -> BreakerState:
        if self._opened_at is None:
            return "closed"
        return "open" if self._retry_in() > 0 else "half_open"

    def admit(self) -> Admission | None:
        """Permission for one call, whose outcome it takes; None when no call may be made."""
        state = self.state
        if state == "open" or (state == "half_open" and self._trial is not None):
            self._refused += 1
            return None
        admission = Admission(self, self._epoch)
        if state == "half_open":
            self._trial = admission
        return admission

    def reset(self) -> None:
        """Close the breaker and forget its failures; calls under way no longer count."""
        self._epoch += 1
        self._failures = 0
        self._opened_at = None
        self._trial = None

    def figures(self) -> BreakerFigures:
        return BreakerFigures(
            name=self.name,
            state=self.state,
            failures=self._failures,
            retry_in=self._retry_in(),
            opened=self._opened,
            refused=self._refused,
        )

    def settle(self, admission: Admission, *, good: bool | None) -> None:
        """Record a call's outcome (None: no verdict). Calls from before a change are ignored."""
        if admission.epoch != self._epoch:
            return
        if self._trial is admission:
            self._trial = None
        if good and self._opened_at is None:
            self._failures = 0
        elif good:
            self.reset()
        elif good is False:
            self._failures += 1
            if self._failures >= self._limit:
                self._open()

    def _open(self) -> None:
        self._epoch += 1
        self._opened += 1
        self._opened_at = self._clock()

    def _retry_in(self) -> float:
        if self._opened_at is None:
            return 0.0
        return max(self._opened_at + self._cooldown - self._clock(), 0.0)


class Admission:
    """Permission for one call. Its first outcome counts; later ones are ignored."""

    def __init__(self, breaker: Breaker, epoch: int) -> None:
        self.epoch = epoch
        self._breaker: Breaker | None = breaker

    def succeeded(self) -> None:
        """The service works."""
        self._settle(good=True)

    def failed(self) -> None:
        """The service did not answer in time, or answered nonsense."""
        self._settle(good=False)

    def abandoned(self) -> None:
        """The call was given up for a reason that is not the service's fault."""
        self._settle(good=None)

    def _settle(self, *, good: bool | None) -> None:
        breaker, self._breaker = self._breaker, None
        if breaker is not None:
            breaker.settle(self, good=good)
