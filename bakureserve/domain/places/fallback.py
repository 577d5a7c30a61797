"""The fallback without any map service: a straight line at city and highway speeds."""

from __future__ import annotations

import msgspec


class FallbackSpeeds(msgspec.Struct, frozen=True, kw_only=True):
    """`detour` is how much longer roads are than the line. The first `city_km` of a drive are
    at `city_kmh`, the rest at `highway_kmh`."""

    city_kmh: float = 28.0
    highway_kmh: float = 60.0
    detour: float = 1.35
    city_km: float = 15.0


AS_SHIPPED = FallbackSpeeds()
"""The defaults of the settings. Routes are checked against these, so that neither settings nor fits
can make every route implausible."""


def fallback_km(line_km: float, speeds: FallbackSpeeds) -> float:
    """Length of the road that replaces a straight line, in kilometres."""
    return line_km * speeds.detour


def fallback_seconds(line_km: float, speeds: FallbackSpeeds) -> float:
    """How long that road takes, in seconds."""
    return road_seconds(fallback_km(line_km, speeds), speeds)


def road_seconds(road_km: float, speeds: FallbackSpeeds) -> float:
    """How long a road of that length takes at these speeds, in seconds."""
    in_city = min(road_km, speeds.city_km)
    hours = in_city / speeds.city_kmh + (road_km - in_city) / speeds.highway_kmh
    return hours * 3600
