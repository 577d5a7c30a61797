"""Routes from GoMap, and their lines: pairs, objects or text, in either order of coordinates."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

from bakureserve.caching.cache import TtlCache
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.eta.providers.gomap.quantities import kilometres, number, point_of, seconds
from bakureserve.eta.providers.gomap.service import (
    GomapService,
    first_of,
    first_read,
    garbled,
    values_of,
)
from bakureserve.eta.route import Line, Route, RouteQuery, drawn, is_plausible
from bakureserve.eta.upstream import NoAnswer

LONGEST_SUMMARY = 200

_DISTANCE = (
    *("distance", "len", "length", "route_distance", "path_length"),
    *("ttllength", "ttllength1"),
)
_DURATION = ("time1", "time", "duration", "eta", "travel_time")
_GEOMETRY = ("route", "geometry", "points", "coords")
_NOTE = ("msg", "message", "comment")
_INSIDE = ("result", "data", "d", "rows")
_SPOKEN_DISTANCE = re.compile(r"məsafə\s*:\s*([\d.,]+\s*[^\W\d_]+)")
_SPOKEN_DURATION = re.compile(r"vaxt\s*:\s*((?:[\d:_]+\s*[^\W\d_]*\.?\s*)+)")

RouteCache = TtlCache[RouteQuery, Route]

ASTRAY_KM = 2.0
"""A line that begins or ends farther than this from the query's points is another route's."""
_FLOAT = re.compile(r"-?\d+(?:\.\d+)?")
_LINE_INSIDE = ("coordinates", "points", "coords", "geometry", "route")
Pair = tuple[float, float]


class GomapRouter:
    """GoMap's `getRoute`; stores routes in `cache`."""

    def __init__(self, service: GomapService, cache: RouteCache) -> None:
        self._service = service
        self._cache = cache

    async def known(self, query: RouteQuery) -> Route | None:
        return self._cache.get(query)

    async def find(self, query: RouteQuery) -> Route:
        fields = {
            "Ax": f"{query.origin.longitude:.5f}",
            "Ay": f"{query.origin.latitude:.5f}",
            "Bx": f"{query.destination.longitude:.5f}",
            "By": f"{query.destination.latitude:.5f}",
        }
        said = await self._service.ask(
            "getRoute", fields, language=query.language, read_text=route_in_words
        )
        route = route_in(said, query)
        self._cache.put(query, route)
        return route


def route_in(said: Any, query: RouteQuery) -> Route:
    """The route that an answer describes. Raises NoAnswer for one that cannot be true."""
    row = _row(said)
    km = _quantity(row, _DISTANCE, lambda value: kilometres(value, query.line_km))
    if km is None:
        raise NoAnswer("no_distance")
    duration = _quantity(row, _DURATION, lambda value: seconds(value, km))
    if duration is None:
        raise NoAnswer("no_duration")
    route = Route(
        distance_km=km,
        seconds=duration,
        geometry=first_read(row, _GEOMETRY, lambda value: geometry(value, query) or None) or (),
        summary=first_read(row, _NOTE, _note) or "",
    )
    if not is_plausible(route, query.line_km):
        raise NoAnswer("implausible", at_fault=False)
    return route


def route_in_words(text: str) -> dict[str, str]:
    """Distance and time from a text such as "Ümumi məsafə: 5.29 km. Ümumi vaxt: 00 s. 06dəq.".

    Raises NoAnswer for any other text.
    """
    lower = text.lower()
    distance, duration = _SPOKEN_DISTANCE.search(lower), _SPOKEN_DURATION.search(lower)
    if distance is None or duration is None:
        garbled(text)
    return {"distance": distance[1], "time": duration[1]}


def _quantity(
    row: dict[str, Any], names: Iterable[str], read: Callable[[Any], float | None]
) -> float | None:
    """The first reading above zero: a zero is usually a field that was never filled."""
    readings = [each for each in map(read, values_of(row, names)) if each is not None]
    return next((each for each in readings if each > 0), readings[0] if readings else None)


def _note(value: Any) -> str | None:
    return value.strip()[:LONGEST_SUMMARY] if isinstance(value, str) else None


def _row(said: Any) -> dict[str, Any]:
    """The object with the distance: the answer, its first row, or what is inside it."""
    for _ in range(3):
        if isinstance(said, list) and said:
            said = said[0]
        elif isinstance(said, dict) and first_of(said, _DISTANCE) is None:
            said = first_of(said, (*_INSIDE, "route"))
        else:
            break
    if not isinstance(said, dict):
        raise NoAnswer("no_distance")
    return said


def geometry(value: Any, query: RouteQuery) -> Line:
    """The line, latitude first, from the query's origin; nothing when it cannot be read."""
    pairs = _pairs(value)
    turned = [(second, first) for first, second in pairs]
    for points in (turned, pairs):  # GoMap usually puts longitude first
        line = drawn(points)
        if line and _leads(line, query):
            return line
    return ()


def _leads(line: Line, query: RouteQuery) -> bool:
    start, end = Coordinates(*line[0]), Coordinates(*line[-1])
    return (
        straight_line_km(start, query.origin) <= ASTRAY_KM
        and straight_line_km(end, query.destination) <= ASTRAY_KM
    )


def _pairs(value: Any) -> list[Pair]:
    """Pairs of numbers in their own order; of objects, longitude first."""
    if isinstance(value, dict):
        return _pairs(first_of(value, _LINE_INSIDE))
    if isinstance(value, str):
        numbers = _numbers(value)
        return list(pairwise(numbers))[::2] if len(numbers) % 2 == 0 else []
    if not isinstance(value, list):
        return []
    pairs = [_pair(each) for each in value]
    return [pair for pair in pairs if pair is not None] if None not in pairs else []


def _pair(value: Any) -> Pair | None:
    if isinstance(value, dict):
        point = point_of(value)
        return None if point is None else (point.longitude, point.latitude)
    if isinstance(value, str):
        value = _numbers(value)
    if not isinstance(value, list) or len(value) < 2:
        return None
    first, second = number(value[0]), number(value[1])
    return None if first is None or second is None else (first, second)


def _numbers(text: str) -> list[float]:
    return [float(each) for each in _FLOAT.findall(text)]
