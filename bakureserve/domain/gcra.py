"""The generic cell rate algorithm: a leaky bucket kept as one number.

After ITU-T Recommendation I.371 (annex A, "virtual scheduling"). A client is remembered by its
*theoretical arrival time*: the moment until which its past calls have used up its quota. A call of
weight w moves that moment on by w/N of the window, and is refused if this would put it more than
one window ahead of now. Hence over any span of t seconds nobody is allowed more than
N + t * N / window calls of weight 1. All times are in seconds on one clock of the caller's choice.
"""

from __future__ import annotations

from math import floor
from typing import NamedTuple

TOLERANCE = 1e-6
"""Share of one call that is forgiven, so that N calls fit although N * (window / N) rounds up."""


class Quota(NamedTuple):
    """At most `requests` calls at once, and as many again in every `window` seconds."""

    requests: int
    window: float

    @property
    def interval(self) -> float:
        """Seconds in which one call's worth of quota comes back."""
        return self.window / self.requests


class Verdict(NamedTuple):
    """What became of one call, and what the client has left after it.

    `arrival` is the theoretical arrival time to remember. `reset_after` is in how many seconds
    the whole quota is free again, `retry_after` in how many this call would be allowed (0: it was).
    """

    allowed: bool
    arrival: float
    remaining: int
    reset_after: float
    retry_after: float


def take(quota: Quota, arrival: float, weight: int, now: float) -> Verdict:
    """Judge a call of `weight` by a client whose remembered `arrival` may lie in the past.

    A refused call costs nothing. One that weighs more than the whole quota counts as the whole
    quota: it is allowed when nothing else was asked for a window.
    """
    used_until = max(now, arrival)
    after = used_until + quota.interval * min(quota.requests, weight)
    excess = after - now - quota.window
    if weight and excess > quota.interval * TOLERANCE:
        return _verdict(quota, used_until, now, allowed=False, retry_after=excess)
    return _verdict(quota, after, now, allowed=True, retry_after=0.0)


def _verdict(
    quota: Quota, arrival: float, now: float, *, allowed: bool, retry_after: float
) -> Verdict:
    ahead = arrival - now
    free = floor((quota.window - ahead) * quota.requests / quota.window + TOLERANCE)
    return Verdict(allowed, arrival, max(free, 0), ahead, retry_after)
