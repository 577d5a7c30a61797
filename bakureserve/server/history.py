"""The last ten minutes as lines: what is counted anyway is noted every few seconds.

A point of a line is the difference of two notes, made when somebody asks. No request pays for it.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

import msgspec

from bakureserve.server.metrics.loop import LoopLag
from bakureserve.server.metrics.requests import RequestMetrics, Totals
from bakureserve.server.process import resident_bytes
from bakureserve.server.pulse import figures_between

NOTE_SECONDS = 5.0
_POINTS = 120
_POINTS_OF_A_MINUTE = round(60 / NOTE_SECONDS)
ROUTES_TOLD = 20

Errors = Mapping[tuple[str, str, int], int]
"""How many requests were answered with an error, by route, method and status."""


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


class _Note(NamedTuple):
    """One moment; `errors` are those since the note before."""

    at: float
    totals: Totals
    errors: Errors
    processor_seconds: float
    resident: int
    worst_lag: float


class History:
    """Remembers ten minutes. `note` is to be called every `NOTE_SECONDS`."""

    def __init__(
        self,
        requests: RequestMetrics,
        lag: LoopLag,
        *,
        clock: Callable[[], float] = time.monotonic,
        processor_seconds: Callable[[], float] = time.process_time,
    ) -> None:
        self._requests = requests
        self._lag = lag
        self._clock = clock
        self._processor_seconds = processor_seconds
        self._errors_ever: Errors = {}
        self._notes: deque[_Note] = deque([self._now()], maxlen=_POINTS + 1)

    def note(self) -> None:
        """Note this moment."""
        latest = self._now()
        self._errors_ever = self._requests.errors()
        self._notes.append(latest)

    def processor(self) -> float:
        """The share of one core that was used in the last minute; over 1 by several threads."""
        notes = [*self._notes, self._now()]
        return _processor(notes[max(len(notes) - 1 - _POINTS_OF_A_MINUTE, 0)], notes[-1])

    def lines(self) -> Lines:
        """The last ten minutes up to the last note, or what there is of them yet."""
        notes = tuple(self._notes)
        points = [
            figures_between(before.totals, after.totals, after.at - before.at)
            for before, after in pairwise(notes)
        ]
        return Lines(
            every_seconds=NOTE_SECONDS,
            requests_per_second=tuple(each.per_second for each in points),
            p99_ms=tuple(each.p99_ms for each in points),
            failed=tuple(each.failed for each in points),
            refused=tuple(sum(_by_family(note.errors, 4).values()) for note in notes[1:]),
            resident_bytes=tuple(note.resident for note in notes[1:]),
            processor=tuple(_processor(*pair) for pair in pairwise(notes)),
            loop_lag_ms=tuple(round(note.worst_lag * 1000, 2) for note in notes[1:]),
        )

    def errors(self) -> ErrorFigures:
        """The errors of the last ten minutes, up to now."""
        now, first = self._now(), self._notes[0]
        summed: Counter[tuple[str, str, int]] = Counter()
        for note in (*tuple(self._notes)[1:], now):
            summed.update(note.errors)
        failed, refused = _by_family(summed, 5), _by_family(summed, 4)
        routes = sorted(failed | refused, key=lambda each: (-failed[each], -refused[each], each))
        return ErrorFigures(
            seconds=round(now.at - first.at, 1),
            failed=failed.total(),
            refused=refused.total(),
            routes=tuple(
                RouteErrors(
                    route=route,
                    method=method,
                    failed=failed[route, method],
                    refused=refused[route, method],
                )
                for route, method in routes[:ROUTES_TOLD]
            ),
            other_routes=max(len(routes) - ROUTES_TOLD, 0),
        )

    def _now(self) -> _Note:
        return _Note(
            at=self._clock(),
            totals=self._requests.totals(),
            errors=dict(_grown(self._errors_ever, self._requests.errors())),
            processor_seconds=self._processor_seconds(),
            resident=resident_bytes() or 0,
            worst_lag=self._lag.figures(NOTE_SECONDS).worst_ms / 1000,
        )


def _grown(before: Errors, now: Errors) -> Iterator[tuple[tuple[str, str, int], int]]:
    """What has been counted since; mostly nothing, so that ten minutes of it are small."""
    for key, count in now.items():
        if count > before.get(key, 0):
            yield key, count - before.get(key, 0)


def _by_family(errors: Errors, family: int) -> Counter[tuple[str, str]]:
    """The errors of 4xx or 5xx, by route and method."""
    counted: Counter[tuple[str, str]] = Counter()
    for (route, method, status), count in errors.items():
        if status // 100 == family:
            counted[route, method] += count
    return counted


def _processor(before: _Note, now: _Note) -> float:
    return round(
        (now.processor_seconds - before.processor_seconds) / max(now.at - before.at, 0.001), 3
    )
