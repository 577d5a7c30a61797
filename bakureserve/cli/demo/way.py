"""A guest's way through the town: by which streets, and where they are by when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any

from bakureserve.domain.places.geo import Coordinates, straight_line_km

JAM_AT = 0.55
"""The share of the way that lies before a traffic jam."""


@dataclass(frozen=True)
class Way:
    """What the server answers about a way: its points, its length, what it should take, and whose
    answer that is."""

    points: tuple[Coordinates, ...]
    km: float
    seconds: float
    provider: str

    @classmethod
    def answered(cls, directions: Any, origin: Coordinates, door: Coordinates) -> Way:
        """By the streets that a router found, or straight where none did."""
        found = [Coordinates(*each) for each in directions.get("route_geometry", ())]
        return cls(
            points=(origin, *found, door),
            km=directions["route_distance_km"],
            seconds=directions["eta_seconds"],
            provider=directions["provider"],
        )

    def at(self, share: float) -> Coordinates:
        """Where one is after that share of the way, from 0 to 1."""
        passed = [0.0, *accumulate(straight_line_km(*pair) for pair in pairwise(self.points))]
        target = min(max(share, 0.0), 1.0) * passed[-1]
        leg = min(bisect_right(passed, target), len(passed) - 1)
        return _between(self.points[leg - 1 : leg + 1], target - passed[leg - 1])


@dataclass(frozen=True)
class Drive:
    """A way as somebody drives it: evenly in `seconds`, but for a jam of `jam_seconds`."""

    way: Way
    seconds: float
    jam_seconds: float = 0.0

    @property
    def lasts(self) -> float:
        """Seconds from the start to the door."""
        return self.seconds + self.jam_seconds

    def is_stuck(self, elapsed: float) -> bool:
        """Whether the jam holds them, so many seconds after the start."""
        return 0 < elapsed - self.seconds * JAM_AT < self.jam_seconds

    def place(self, elapsed: float) -> Coordinates:
        """Where they are so many seconds after the start."""
        jam = min(max(elapsed - self.seconds * JAM_AT, 0.0), self.jam_seconds)
        return self.way.at((elapsed - jam) / self.seconds)


def _between(ends: Sequence[Coordinates], km: float) -> Coordinates:
    one, other = ends
    length = straight_line_km(one, other)
    share = min(km / length, 1.0) if length else 1.0
    return Coordinates(
        one.latitude + share * (other.latitude - one.latitude),
        one.longitude + share * (other.longitude - one.longitude),
    )
