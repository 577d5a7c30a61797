"""The generic cell rate algorithm: a leaky bucket kept as one number, and without rounding.

After ITU-T Recommendation I.371 (annex A, "virtual scheduling"). A client is remembered by its
*theoretical arrival time*: the moment until which its past calls have used up its quota. A call of
weight w moves that moment on by w/N of the window, and is refused if this would put it more than
one window ahead of now. Hence over any span of t seconds no client is allowed more
than N + t * N / window calls of weight 1, and none is refused unless that would be exceeded.

Clocks count whole nanoseconds. Arrival times are N times as fine, in *parts* of 1/N ns, so that
what one call takes is a whole number of them, however N and the window divide.
"""

from __future__ import annotations

from typing import NamedTuple

NANOSECONDS = 1_000_000_000


class Quota:
    """At most `requests` calls at once, and as many again in every `window` seconds.

    In parts of 1/N ns, one call takes `call`, and the whole quota is `whole`.
    """

    __slots__ = ("call", "requests", "whole", "window")

    def __init__(self, requests: int, window: float) -> None:
        self.requests = requests
        self.window = window
        self.call = round(window * NANOSECONDS)
        self.whole = self.call * requests

    def __repr__(self) -> str:
        return f"Quota({self.requests}, {self.window:g})"

    def seconds(self, parts: int) -> float:
        """The length of `parts` of 1/N ns."""
        return parts / (self.requests * NANOSECONDS)


class QuotaVerdict(NamedTuple):
    """What became of one call, and what the client has left after it.

    `arrival` is the theoretical arrival time to remember. `reset_after` is in how many seconds
    the whole quota is free again, `retry_after` in how many this call would be allowed (0: it was).
    """

    allowed: bool
    arrival: int
    remaining: int
    reset_after: float
    retry_after: float


def take(quota: Quota, arrival: int, weight: int, now: int) -> QuotaVerdict:
    """Judge a call of `weight`, at `now` in ns, by a client with an `arrival` that may be past.

    A refused call costs nothing. One that weighs more than the whole quota counts as the whole
    quota: it is allowed when nothing else was asked for a window. Should the clock step back, a
    client waits for one window at most.
    """
    present = now * quota.requests
    used = min(max(arrival - present, 0), quota.whole)
    after = used + quota.call * min(quota.requests, weight)
    excess = after - quota.whole
    if weight and excess > 0:
        return judged(quota, present, used, excess)
    return judged(quota, present, after, 0)


def judged(quota: Quota, present: int, used: int, excess: int) -> QuotaVerdict:
    """The verdict at `present` on a client that has `used` so much and asked for `excess` more.

    All three are in parts; `used` does not hold a refused call, and an `excess` of 0 was allowed.
    """
    return QuotaVerdict(
        excess == 0,
        present + used,
        (quota.whole - used) // quota.call,
        quota.seconds(used),
        quota.seconds(excess),
    )
