"""How many requests there were in the last minute, and how long they took.

The totals that are counted anyway are noted once a second; a minute is the difference of two notes,
so that no request pays for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from time import monotonic
from typing import NamedTuple

import msgspec

from bakureserve.server.metrics.requests import BUCKETS, Totals

BEAT_SECONDS = 1.0
_BEATS = 61


class RequestFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of the last `seconds` (up to a minute). `failed` were answered with a 5xx. `ever`
    are those answered since the start.

    Half of them took at most about `p50_ms`, 99 in 100 at most about `p99_ms`: the bounds of the
    histogram's buckets, with a straight line between. `in_flight` is now.
    """

    seconds: float
    ever: int
    answered: int
    failed: int
    per_second: float
    in_flight: int
    mean_ms: float
    p50_ms: float
    p99_ms: float


class _Beat(NamedTuple):
    at: float
    totals: Totals


class RequestStats:
    """Remembers a minute of totals. `beat` is to be called every second."""

    def __init__(
        self, totals: Callable[[], Totals], clock: Callable[[], float] = monotonic
    ) -> None:
        self._totals = totals
        self._clock = clock
        self._beats: deque[_Beat] = deque([_Beat(clock(), totals())], maxlen=_BEATS)

    def beat(self) -> None:
        """Note the totals of this moment."""
        self._beats.append(_Beat(self._clock(), self._totals()))

    def figures(self) -> RequestFigures:
        """The last minute, or the time since the start if that is shorter."""
        first = self._beats[0]
        return figures_between(first.totals, self._totals(), self._clock() - first.at)


def figures_between(first: Totals, now: Totals, seconds: float) -> RequestFigures:
    """What was answered between two notes that are `seconds` apart."""
    seconds = max(seconds, 0.001)
    answered = now.answered - first.answered
    counts = [later - earlier for later, earlier in zip(now.counts, first.counts, strict=True)]
    timed = max(sum(counts), 1)
    return RequestFigures(
        seconds=round(seconds, 1),
        ever=now.answered,
        answered=answered,
        failed=now.failed - first.failed,
        per_second=round(answered / seconds, 2),
        in_flight=now.arrived - now.answered,
        mean_ms=_ms((now.seconds - first.seconds) / timed),
        p50_ms=_ms(_quantile(counts, 0.5)),
        p99_ms=_ms(_quantile(counts, 0.99)),
    )


def _quantile(counts: Sequence[int], share: float) -> float:
    """The time in seconds within which that share was answered; the last bucket has no end."""
    wanted, below, passed = share * sum(counts), 0.0, 0
    for bound, count in zip(BUCKETS, counts, strict=False):
        if count and passed + count >= wanted:
            return below + (bound - below) * (wanted - passed) / count
        passed, below = passed + count, bound
    return below if sum(counts) else 0.0


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
