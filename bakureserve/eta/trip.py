"""A question for a way, as it is put to every provider, and what a provider is."""

from __future__ import annotations

from typing import NamedTuple, Protocol

from bakureserve.domain.places.geo import Coordinates, rounded, straight_line_km
from bakureserve.eta.route import Route

METRE = 5
"""Decimals of a degree: about a metre. Who asks again from the same spot gets the same answer."""


class Trip(NamedTuple):
    """From where to where, to the metre, and in which language; `line_km` apart."""

    origin: Coordinates
    destination: Coordinates
    language: str
    line_km: float


def trip_between(origin: Coordinates, destination: Coordinates, language: str) -> Trip:
    origin, destination = rounded(origin, METRE), rounded(destination, METRE)
    return Trip(origin, destination, language, straight_line_km(origin, destination))


class Router(Protocol):
    """A service that knows ways. It remembers what it found for a while."""

    async def known(self, trip: Trip) -> Route | None:
        """The way, if it was found a short while ago; nobody is asked."""

    async def find(self, trip: Trip) -> Route:
        """Ask for the way, and remember it. Raises NoAnswer."""
