"""Traffic from GoMap, tile by tile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from bakureserve.caching.cache import TtlCache
from bakureserve.domain.places.estimate import TrafficCondition, worst_traffic
from bakureserve.domain.places.geo import Coordinates, rounded
from bakureserve.eta.providers.gomap.quantities import number
from bakureserve.eta.providers.gomap.service import GomapService, first_read, values_of

TILE = 2
"""Decimals of a degree: tiles of about a kilometre, each queried once for all guests."""

_INSIDE = ("traffic", "data", "result", "trafficInfo", "tiles")
_SEVERITIES: tuple[TrafficCondition, ...] = ("smooth", "smooth", "moderate", "heavy", "severe")
"""By GoMap's numbers; 0 is a free road."""
_CONGESTION: tuple[tuple[float, TrafficCondition], ...] = (
    (0.2, "smooth"),
    (0.4, "moderate"),
    (0.7, "heavy"),
)

TrafficCache = TtlCache[Coordinates, TrafficCondition]


def tile_of(point: Coordinates) -> Coordinates:
    """The middle of the tile that a point lies in."""
    return rounded(point, TILE)


class GomapTraffic:
    """GoMap's `getTrafficTilesByCoord`, within `radius_metres` of a tile's middle."""

    def __init__(self, service: GomapService, cache: TrafficCache, *, radius_metres: int) -> None:
        self._service = service
        self._cache = cache
        self._radius = radius_metres

    def tile_of(self, point: Coordinates) -> Coordinates:
        return tile_of(point)

    def known(self, tile: Coordinates) -> TrafficCondition | None:
        """The cached traffic of a tile; asks no service."""
        return self._cache.get(tile)

    async def find(self, tile: Coordinates) -> TrafficCondition:
        """Ask for the traffic, and cache it. Raises NoAnswer."""
        condition = condition_in(await self._ask(tile))
        self._cache.put(tile, condition)
        return condition

    async def probe(self, point: Coordinates) -> None:
        """Check that the service answers and accepts the key. Raises NoAnswer."""
        await self._ask(tile_of(point))

    async def _ask(self, tile: Coordinates) -> Any:
        fields = {
            "lat": f"{tile.latitude:.2f}",
            "lon": f"{tile.longitude:.2f}",
            "radius": str(self._radius),
        }
        return await self._service.ask("getTrafficTilesByCoord", fields)


def condition_in(said: Any) -> TrafficCondition:
    """The worst condition in an answer; `unknown` when it names none."""
    return worst_traffic(map(_condition, _rows(said)))


def _rows(said: Any, depth: int = 4) -> Iterator[dict[str, Any]]:
    if depth == 0:
        return
    if isinstance(said, list):
        for each in said:
            yield from _rows(each, depth - 1)
    elif isinstance(said, dict):
        yield said
        for inside in values_of(said, _INSIDE):
            yield from _rows(inside, depth - 1)


def _condition(row: dict[str, Any]) -> TrafficCondition:
    severity = first_read(row, ("severity", "level"), number)
    if severity is not None:
        return _SEVERITIES[int(severity)] if 0 <= severity < len(_SEVERITIES) else "unknown"
    congestion = first_read(row, ("congestion",), number)
    if congestion is None or not 0 <= congestion <= 1:
        return "unknown"
    return next((each for below, each in _CONGESTION if congestion < below), "severe")
