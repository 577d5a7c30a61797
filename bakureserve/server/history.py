"""What `status` shows of the last minutes: requests, errors, memory, processor, event loop.

Totals that are counted anyway are noted every few seconds; a figure is the difference of two notes,
so that it costs requests nothing.
"""

from __future__ import annotations

import asyncio
import os
import resource
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import NamedTuple

import msgspec
from prometheus_client.core import Metric

from bakureserve.server.metrics.exposition import histograms
from bakureserve.server.observers import BUCKETS, Histogram, RequestMetrics, Totals

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


class LastMinute:
    """Remembers a minute of totals. Call `beat` every second."""

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
    """The requests between two notes that are `seconds` apart."""
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
    """The seconds within which that share was answered; for the open last bucket, its start."""
    wanted, below, passed = share * sum(counts), 0.0, 0
    for bound, count in zip(BUCKETS, counts, strict=False):
        if count and passed + count >= wanted:
            return below + (bound - below) * (wanted - passed) / count
        passed, below = passed + count, bound
    return below if sum(counts) else 0.0


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


NOTE_SECONDS = 5.0
POINTS = 120
_POINTS_PER_MINUTE = round(60 / NOTE_SECONDS)


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """A point for each `every_seconds` of the last ten minutes, the oldest first; as many in each.

    `failed` and `refused` count answers with a 5xx and a 4xx in that time; `loop_lag_ms` is the
    worst, `processor` a share of one core, `resident_bytes` 0 where it is unknown.
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
    """The counts at a moment, in seconds of the clock and of the processor."""

    at: float
    totals: Totals
    processor_seconds: float


class _Point(NamedTuple):
    """The figures between two notes, under the names of `Lines`."""

    requests_per_second: float
    p99_ms: float
    failed: int
    refused: int
    resident_bytes: int
    processor: float
    loop_lag_ms: float


class LastTenMinutes:
    """The last ten minutes as lines. Call `note` every `NOTE_SECONDS`."""

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
        self._notes: deque[_Note] = deque([self._now()], maxlen=_POINTS_PER_MINUTE)
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
        """The last ten minutes up to the last note, or the time since the start."""
        columns = zip(*self._points, strict=True) if self._points else [()] * len(_Point._fields)
        return Lines(every_seconds=NOTE_SECONDS, **dict(zip(_Point._fields, columns, strict=True)))

    def _now(self) -> _Note:
        return _Note(self._clock(), self._totals(), self._processor_seconds())


def _processor(before: _Note, now: _Note) -> float:
    worked = now.processor_seconds - before.processor_seconds
    return round(worked / max(now.at - before.at, 0.001), 3)


ROUTES_SHOWN = 20

Errors = Mapping[tuple[str, str, int], int]
"""Requests answered with an error, by route, method and status."""


class RouteErrors(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of one route: `failed` were answered with a 5xx, `refused` with a 4xx."""

    route: str
    method: str
    failed: int
    refused: int


class ErrorFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of the last `seconds`, up to ten minutes. `routes` are those with the most, failures
    first; `other_routes` is how many more there were."""

    seconds: float
    failed: int
    refused: int
    routes: tuple[RouteErrors, ...]
    other_routes: int


class _Growth(NamedTuple):
    """The growth of the counts from a moment until the next note."""

    since: float
    errors: Errors


class RecentErrors:
    """Which routes answered with errors in the last ten minutes.

    `counted` returns the errors since the start. Call `note` every `NOTE_SECONDS`.
    """

    def __init__(
        self, counted: Callable[[], Errors], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._counted = counted
        self._clock = clock
        self._ever = counted()
        self._noted_at = clock()
        self._growths: deque[_Growth] = deque(maxlen=POINTS)

    def note(self) -> None:
        """Note what has been counted by this moment."""
        self._growths.append(self._growth())
        self._ever, self._noted_at = self._counted(), self._clock()

    def figures(self) -> ErrorFigures:
        """The errors of the last ten minutes, up to now."""
        growths = [*self._growths, self._growth()]
        summed: Counter[tuple[str, str, int]] = Counter()
        for growth in growths:
            summed.update(growth.errors)
        failed, refused = _of_family(summed, 5), _of_family(summed, 4)
        routes = sorted(failed | refused, key=lambda each: (-failed[each], -refused[each], each))
        return ErrorFigures(
            seconds=round(self._clock() - growths[0].since, 1),
            failed=failed.total(),
            refused=refused.total(),
            routes=tuple(
                RouteErrors(
                    route=each[0], method=each[1], failed=failed[each], refused=refused[each]
                )
                for each in routes[:ROUTES_SHOWN]
            ),
            other_routes=max(len(routes) - ROUTES_SHOWN, 0),
        )

    def _growth(self) -> _Growth:
        return _Growth(self._noted_at, dict(_grown(self._ever, self._counted())))


def _grown(before: Errors, now: Errors) -> Iterator[tuple[tuple[str, str, int], int]]:
    for key, count in now.items():
        if (more := count - before.get(key, 0)) > 0:
            yield key, more


def _of_family(errors: Errors, family: int) -> Counter[tuple[str, str]]:
    """The errors of 4xx or 5xx, by route and method."""
    counted: Counter[tuple[str, str]] = Counter()
    for (route, method, status), count in errors.items():
        if status // 100 == family:
            counted[route, method] += count
    return counted


class History:
    """What `status` shows of the last minutes. Call `minute.beat` every second, and `note` every
    `NOTE_SECONDS`."""

    def __init__(self, requests: RequestMetrics, lag: LoopLag) -> None:
        self.minute = LastMinute(requests.totals)
        self.ten_minutes = LastTenMinutes(requests.totals, lag)
        self.errors = RecentErrors(requests.errors)

    def note(self) -> None:
        """Note this moment for the lines and the errors."""
        self.ten_minutes.note()
        self.errors.note()


LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0)
_CHECK_SECONDS = 0.25
_CHECKS_PER_MINUTE = round(60 / _CHECK_SECONDS)


class LagFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How late the event loop was in the last minute, in milliseconds."""

    mean_ms: float
    worst_ms: float


class LoopLag:
    """By how many seconds the loop was late to wake a task, measured four times a second."""

    def __init__(self) -> None:
        self._seconds = Histogram(LAG_BUCKETS)
        self._recent: deque[float] = deque(maxlen=_CHECKS_PER_MINUTE)

    async def watch(self) -> None:
        """Measure forever. Only a cancellation ends it."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + _CHECK_SECONDS
            await asyncio.sleep(_CHECK_SECONDS)
            self.observe(max(loop.time() - due, 0.0))

    def observe(self, seconds: float) -> None:
        """Note that the loop was late by so many seconds."""
        self._seconds.observe(seconds)
        self._recent.append(seconds)

    def figures(self, seconds: float = 60.0) -> LagFigures:
        """The lag of the last `seconds`, up to a minute; zeros before the first measurement."""
        recent = list(islice(reversed(self._recent), round(seconds / _CHECK_SECONDS)))
        return LagFigures(
            mean_ms=round(1000 * sum(recent) / max(len(recent), 1), 2),
            worst_ms=round(1000 * max(recent, default=0.0), 2),
        )

    def metrics(self) -> Iterator[Metric]:
        yield histograms(
            "bakureserve_loop_lag_seconds",
            "How late the event loop was to wake a task, in seconds.",
            (),
            {(): self._seconds},
        )


_STATM = Path("/proc/self/statm")
_DESCRIPTORS = (Path("/proc/self/fd"), Path("/dev/fd"))


def resident_bytes() -> int | None:
    """This process's memory in bytes; None where the system does not report it (macOS)."""
    with suppress(OSError):
        return int(_STATM.read_text().split()[1]) * resource.getpagesize()
    return None


def open_descriptors() -> int | None:
    """How many files and connections are open; None if unknown. Blocking."""
    for folder in _DESCRIPTORS:
        with suppress(OSError):
            return len(os.listdir(folder)) - 1  # noqa: PTH208 - names alone; one is the listing's own
    return None
