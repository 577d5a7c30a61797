"""Points on the earth, how far apart they are, and places with names."""

from __future__ import annotations

from math import asin, cos, isfinite, radians, sin, sqrt
from typing import Literal

import msgspec

EARTH_RADIUS_KM = 6371.0088
"""Mean radius of the earth (IUGG): a sphere of this radius errs by at most 0.5 % here."""


class Coordinates(msgspec.Struct, frozen=True):
    """WGS 84 degrees, latitude first."""

    latitude: float
    longitude: float


def is_on_earth(point: Coordinates) -> bool:
    """Whether both are finite, with latitude within ±90 and longitude within ±180 degrees."""
    return (
        isfinite(point.latitude)
        and isfinite(point.longitude)
        and abs(point.latitude) <= 90
        and abs(point.longitude) <= 180
    )


class Bounds(msgspec.Struct, frozen=True):
    """A piece of the map between two parallels and two meridians, in degrees."""

    south: float
    west: float
    north: float
    east: float

    def holds(self, point: Coordinates) -> bool:
        return (
            self.south <= point.latitude <= self.north and self.west <= point.longitude <= self.east
        )


AZERBAIJAN = Bounds(south=38.3, west=44.7, north=42.0, east=51.0)
"""The country with Nakhchivan and its islands in the Caspian, within some ten kilometres. A point
inside lies outside once its latitude and longitude are swapped."""


def swapped(point: Coordinates) -> Coordinates:
    """The point with latitude and longitude exchanged."""
    return Coordinates(point.longitude, point.latitude)


def straight_line_km(one: Coordinates, other: Coordinates) -> float:
    """Length of the great circle between two points, in kilometres.

    The haversine formula (R. W. Sinnott, "Virtues of the Haversine", Sky and Telescope 68, 1984),
    which keeps its accuracy when the points are close.
    """
    north = radians(other.latitude - one.latitude)
    east = radians(other.longitude - one.longitude)
    chord = (
        sin(north / 2) ** 2
        + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * asin(sqrt(min(chord, 1.0)))


def rounded(point: Coordinates, decimals: int) -> Coordinates:
    """The point rounded to decimals of a degree: five are about a metre, two about a kilometre."""
    return Coordinates(round(point.latitude, decimals), round(point.longitude, decimals))


PlaceSource = Literal["gomap", "directory", "coordinates"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named place in WGS 84 degrees. `provider` is its source: GoMap, our own
    restaurants, or coordinates that were given."""

    id: str
    name: str
    latitude: float
    longitude: float
    address: str = ""
    provider: PlaceSource

    @property
    def point(self) -> Coordinates:
        return Coordinates(self.latitude, self.longitude)

    @property
    def full_name(self) -> str:
        """Name and address, as lists show them."""
        return ", ".join(filter(None, (self.name, self.address)))


def point_of(text: str) -> Coordinates | None:
    """ "40.3661, 49.8372" as a point, latitude first; None when it is not one on earth."""
    point = _pair_of_numbers(text)
    return None if point is None or not is_on_earth(point) else point


def is_off_earth(text: str) -> bool:
    """Whether the text is written as a point but names none on earth."""
    point = _pair_of_numbers(text)
    return point is not None and not is_on_earth(point)


def place_at(point: Coordinates) -> Place:
    """A place at this point, named by its coordinates."""
    name = f"{point.latitude:.6g},{point.longitude:.6g}"
    return Place(
        id=name,
        name=name,
        latitude=point.latitude,
        longitude=point.longitude,
        provider="coordinates",
    )


def _pair_of_numbers(text: str) -> Coordinates | None:
    parts = text.split(",")
    if len(parts) != 2:
        return None
    try:
        return Coordinates(float(parts[0]), float(parts[1]))
    except ValueError:
        return None
