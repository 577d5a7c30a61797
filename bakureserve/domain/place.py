"""A place that somebody may come from, and where its name was found."""

from __future__ import annotations

from typing import Literal

import msgspec

PlaceSource = Literal["gomap", "directory"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A named place in WGS 84 degrees. `provider` knows it: GoMap, or our own restaurants."""

    id: str
    name: str
    latitude: float
    longitude: float
    address: str = ""
    provider: PlaceSource

    @property
    def full_name(self) -> str:
        """The name with where that is, as a list shows it."""
        return ", ".join(filter(None, (self.name, self.address)))
