"""A query for a route, the route that a provider found, and whether it is plausible."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isfinite
from typing import NamedTuple

import msgspec

from bakureserve.domain.places.fallback import (
    AS_SHIPPED,
    fallback_seconds,
    road_seconds,
)
from bakureserve.domain.places.geo import Coordinates, is_on_earth, rounded, straight_line_km

FASTEST_KMH = 160.0
"""No car is faster than this between two points, as the crow flies."""
SLOWEST = 6.0
"""How many times its usual duration a route may take. In town that is 4.7 km/h: that admits jams
of 8 km/h, half of what the slowest cities average (TomTom Traffic Index, 16 km/h), and the 5 km/h
that OSRM gives to tracks. Slower than that is walking."""
FASTEST = 4.0
"""How many times faster than usual a route may be. In town that is 112 km/h: that admits the
road to the airport, with its limit of 110 km/h."""
SHORT_DRIVE_SECONDS = 300.0
"""The usual duration of a short drive, by which longer ones of its length are judged: one-way
streets and a few lights make several times as much of 300 m."""
LONGEST_STOP_SECONDS = 3600.0
"""For ferries and barriers on routes that lead out of town."""
SHORTCUT = 0.9
"""No road is shorter than this share of the straight line; the rest is snapping to roads."""
LONGEST_DETOUR = 20.0
DETOUR_KM = 50.0
"""No road is longer than 20 straight lines plus 50 km: around a bay, to a bridge."""
MOST_POINTS = 2000

Line = tuple[tuple[float, float], ...]
"""Points of a drawn route, latitude first."""

METRE = 5
"""Decimals of a degree: about a metre. A question from the same spot gets the same answer."""


class RouteQuery(NamedTuple):
    """Origin and destination to the metre, `line_km` apart, and the language of the summary."""

    origin: Coordinates
    destination: Coordinates
    language: str
    line_km: float


def route_query(origin: Coordinates, destination: Coordinates, language: str) -> RouteQuery:
    """The query for a route between two points."""
    origin, destination = rounded(origin, METRE), rounded(destination, METRE)
    return RouteQuery(origin, destination, language, straight_line_km(origin, destination))


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """A driving route, without traffic. `geometry` is latitude first, `summary` the provider's."""

    distance_km: float
    seconds: float
    geometry: Line = ()
    summary: str = ""


def is_plausible(route: Route, line_km: float) -> bool:
    """Whether a route between two points `line_km` apart can be true.

    False if it is not finite, negative, far from the usual duration for its length or for the
    line, or shorter than the line by more than a tenth, as the answer to swapped
    coordinates is.
    """
    if not (isfinite(route.distance_km) and isfinite(route.seconds)):
        return False
    if route.distance_km < 0 or route.seconds < 0:
        return False
    if not line_km * SHORTCUT <= route.distance_km <= line_km * LONGEST_DETOUR + DETOUR_KM:
        return False
    longer = max(line_km, route.distance_km)
    most = min(_most_seconds(route.distance_km), _most_between(line_km))
    return _least_seconds(longer) <= route.seconds <= most


def _least_seconds(km: float) -> float:
    return max(fastest_seconds(km), road_seconds(km, AS_SHIPPED) / FASTEST)


def _most_seconds(km: float) -> float:
    stop = LONGEST_STOP_SECONDS if km > AS_SHIPPED.city_km else 0.0
    return max(road_seconds(km, AS_SHIPPED), SHORT_DRIVE_SECONDS) * SLOWEST + stop


def _most_between(line_km: float) -> float:
    """The limit for any route: a long detour does not excuse five hours."""
    usual = max(fallback_seconds(line_km, AS_SHIPPED), SHORT_DRIVE_SECONDS)
    return usual * SLOWEST + LONGEST_STOP_SECONDS


def drawn(points: Sequence[tuple[float, float]]) -> Line:
    """A line through the points, thinned when very many; empty when one is not on earth."""
    if not all(is_on_earth(Coordinates(*point)) for point in points):
        return ()
    step = ceil(len(points) / MOST_POINTS) or 1
    return (*points[:-1:step], *points[-1:])


def weigh_route(route: Route) -> int:
    """Roughly how many bytes a route takes: a point is a pair of two numbers."""
    return 200 + 112 * len(route.geometry) + 4 * len(route.summary)


def fastest_seconds(km: float) -> float:
    """The shortest possible time for a distance, in seconds."""
    return km / FASTEST_KMH * 3600
