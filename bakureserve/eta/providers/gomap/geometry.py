"""The line of a route as GoMap draws it: pairs, objects or text, in either order of coordinates."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from bakureserve.domain.places.geo import Coordinates, is_on_earth, straight_line_km
from bakureserve.eta.providers.gomap.quantities import number
from bakureserve.eta.providers.gomap.service import first_of, first_read
from bakureserve.eta.route import Line, RouteQuery, drawn

ASTRAY_KM = 2.0
"""A line that begins or ends farther from the points that were asked about is not theirs."""

_FLOAT = re.compile(r"-?\d+(?:\.\d+)?")
_INSIDE = ("coordinates", "points", "coords", "geometry", "route")

Pair = tuple[float, float]


def geometry(value: Any, query: RouteQuery) -> Line:
    """The line, latitude first, from the query's origin; nothing when it cannot be read."""
    pairs = _pairs(value)
    turned = [(second, first) for first, second in pairs]
    for points in (turned, pairs):  # GoMap mostly puts longitude first
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
        return _pairs(first_of(value, _INSIDE))
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


def point_of(row: dict[str, Any]) -> Coordinates | None:
    """The point that an object's `x`/`lon` and `y`/`lat` mean, if it is on earth."""
    longitude = first_read(row, ("x", "lon", "lng", "longitude"), number)
    latitude = first_read(row, ("y", "lat", "latitude"), number)
    if longitude is None or latitude is None:
        return None
    point = Coordinates(latitude, longitude)
    return point if is_on_earth(point) else None
