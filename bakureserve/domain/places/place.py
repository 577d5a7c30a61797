"""A place that somebody may come from or go to, and where its name was found."""

from __future__ import annotations

from typing import Literal

import msgspec

from bakureserve.domain.places.geo import Coordinates, is_on_earth

PlaceSource = Literal["gomap", "directory", "coordinates"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named place in WGS 84 degrees. `provider` is who knows it: GoMap, our own restaurants, or
    whoever gave its coordinates."""

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
        """The name with where that is, as a list shows it."""
        return ", ".join(filter(None, (self.name, self.address)))


def point_of(text: str) -> Coordinates | None:
    """ "40.3661, 49.8372" as a point, latitude first; None when it is not one on earth."""
    point = _pair_of_numbers(text)
    return None if point is None or not is_on_earth(point) else point


def is_off_earth(text: str) -> bool:
    """Whether it is written as a point, and there is no such point: no name of a place either."""
    point = _pair_of_numbers(text)
    return point is not None and not is_on_earth(point)


def place_at(point: Coordinates) -> Place:
    """A point as a place that is called by its coordinates."""
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
