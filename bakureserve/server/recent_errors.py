"""Which routes answered with errors in the last ten minutes.

The counts of every status are there anyway; every few seconds it is noted by how much they have
grown, which is mostly nothing.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

import msgspec

from bakureserve.server.history import POINTS

ROUTES_TOLD = 20

Errors = Mapping[tuple[str, str, int], int]
"""How many requests were answered with an error, by route, method and status."""


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
    """By how much the counts grew from a moment on until the next note."""

    since: float
    errors: Errors


class RecentErrors:
    """Remembers ten minutes of `counted`, the errors since the start. `note` is to be called as
    often as lines get a point."""

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
                for each in routes[:ROUTES_TOLD]
            ),
            other_routes=max(len(routes) - ROUTES_TOLD, 0),
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
