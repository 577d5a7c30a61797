"""How many calls to map services strangers may cause, all of them together."""

from __future__ import annotations

from collections.abc import Callable

from bakureserve.limits.gcra import NANOSECONDS, Quota, take

MINUTE = 60.0


class CallBudget:
    """At most `calls` at once, and as many again in every minute; 0 is no limit.

    A limit for each client is not enough: whoever has many addresses would use up, for everybody,
    what a map service allows this server. `clock` is steady, in seconds.
    """

    def __init__(self, calls: int, clock: Callable[[], float]) -> None:
        self._quota = Quota(calls, MINUTE) if calls else None
        self._clock = clock
        self._arrival = 0

    def take(self) -> bool:
        """Whether one more call may be made, which counts from now on."""
        if self._quota is None:
            return True
        verdict = take(self._quota, self._arrival, 1, round(self._clock() * NANOSECONDS))
        self._arrival = verdict.arrival
        return verdict.allowed
