"""The last ten minutes as lines: what is counted anyway is noted every few seconds.

A point of a line is the difference of two notes. No request pays for it, and whoever asks for the
lines gets points that are made already.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import msgspec

from bakureserve.server.metrics.loop import LoopLag
from bakureserve.server.metrics.requests import Totals
from bakureserve.server.process import resident_bytes
from bakureserve.server.request_stats import figures_between

NOTE_SECONDS = 5.0
POINTS = 120
_POINTS_OF_A_MINUTE = round(60 / NOTE_SECONDS)


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A point for each `every_seconds` of the last ten minutes, the oldest first; as many in each.

    `failed` and `refused` count answers with a 5xx and a 4xx in that time; `loop_lag_ms` is the
    worst, `processor` a share of one core, `resident_bytes` 0 where the system does not tell.
    """

    every_seconds: float
    requests_per_second: tuple[float, ...]
    p99_ms: tuple[float, ...]
    failed: tuple[int, ...]
    refused: tuple[int, ...]
    resident_bytes: tuple[int, ...]
    processor: tuple[float, ...]
    loop_lag_ms: tuple[float, ...]


class _Note(NamedTuple):
    """What has been counted by a moment, in seconds of the clock and of the processor."""

    at: float
    totals: Totals
    processor_seconds: float


class _Point(NamedTuple):
    """What lies between two notes, under the names of the lines."""

    requests_per_second: float
    p99_ms: float
    failed: int
    refused: int
    resident_bytes: int
    processor: float
    loop_lag_ms: float


class History:
    """Remembers ten minutes. `note` is to be called every `NOTE_SECONDS`."""

    def __init__(
        self,
        totals: Callable[[], Totals],
        lag: LoopLag,
        *,
        clock: Callable[[], float] = time.monotonic,
        processor_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._totals = totals
        self._lag = lag
        self._clock = clock
        self._processor_seconds = processor_seconds
        self._notes: deque[_Note] = deque([self._now()], maxlen=_POINTS_OF_A_MINUTE)
        self._points: deque[_Point] = deque(maxlen=POINTS)

    def note(self) -> None:
        """Note this moment."""
        before, now = self._notes[-1], self._now()
        between = figures_between(before.totals, now.totals, now.at - before.at)
        self._points.append(
            _Point(
                requests_per_second=between.per_second,
                p99_ms=between.p99_ms,
                failed=between.failed,
                refused=now.totals.refused - before.totals.refused,
                resident_bytes=resident_bytes() or 0,
                processor=_processor(before, now),
                loop_lag_ms=self._lag.figures(NOTE_SECONDS).worst_ms,
            )
        )
        self._notes.append(now)

    def processor(self) -> float:
        """The share of one core that was used in the last minute; over 1 by several threads."""
        return _processor(self._notes[0], self._now())

    def lines(self) -> Lines:
        """The last ten minutes up to the last note, or what there is of them yet."""
        columns = zip(*self._points, strict=True) if self._points else [()] * len(_Point._fields)
        return Lines(every_seconds=NOTE_SECONDS, **dict(zip(_Point._fields, columns, strict=True)))

    def _now(self) -> _Note:
        return _Note(self._clock(), self._totals(), self._processor_seconds())


def _processor(before: _Note, now: _Note) -> float:
    worked = now.processor_seconds - before.processor_seconds
    return round(worked / max(now.at - before.at, 0.001), 3)
