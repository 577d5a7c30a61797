"""Find places by name, in GoMap and in the directory of restaurants.

The directory answers alone when no map service does, so that something useful is found.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from statistics import fmean
from typing import Protocol

from bakureserve.domain.errors import NotFound
from bakureserve.domain.places.gazetteer import Gazetteer
from bakureserve.domain.places.geo import (
    Coordinates,
    Place,
    is_off_earth,
    place_at,
    point_of,
    straight_line_km,
)
from bakureserve.domain.restaurants.card import Card, card_of
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.domain.text import canonical_id, fold, squeeze
from bakureserve.eta.provider import PlaceFinder
from bakureserve.eta.upstream import CallBudget
from bakureserve.store.restaurants.sample import sample_restaurants

MOST_PLACES = 20
SURE = 90.0
"""From this likeness on, a place of our own comes before what GoMap found."""
_SAME_SPOT_KM = 0.2
"""Two places of one name that are closer than this are one place."""


class Restaurants(Protocol):
    """Where restaurants are looked up: the directory, or its stand-in."""

    async def current(self) -> int: ...

    def pages(self) -> AsyncIterator[list[Card]]: ...

    async def restaurant(self, id_or_slug: str) -> Restaurant: ...


class SampleRestaurants:
    """The sample restaurants, where there is no database."""

    def __init__(self) -> None:
        self._restaurants = sample_restaurants()

    async def current(self) -> int:
        return 0

    async def pages(self) -> AsyncIterator[list[Card]]:
        yield [card_of(each, number) for number, each in enumerate(self._restaurants)]

    async def restaurant(self, id_or_slug: str) -> Restaurant:
        """One restaurant by id or slug. Raises NotFound."""
        for each in self._restaurants:
            if canonical_id(id_or_slug) in (each.id, each.slug):
                return each
        raise NotFound("restaurant_unknown", restaurant=id_or_slug)


class Places:
    """Searches places by name. `finder` is None where no map service is set up."""

    def __init__(self, directory: Restaurants, finder: PlaceFinder | None) -> None:
        self._directory = directory
        self._finder = finder
        self._turn = asyncio.Lock()
        self._mark = -1
        self._gazetteer = Gazetteer(())

    async def search(
        self,
        query: str,
        *,
        language: str = "en",
        near: Coordinates | None = None,
        limit: int = MOST_PLACES,
        budget: CallBudget | None = None,
    ) -> list[Place]:
        """Up to `limit` places for typed words, the best match first.

        Names are in `language` if the map service has them; it is not asked once the
        `budget`, if any, is used up. Raises Unavailable when the directory cannot be read.
        """
        query = squeeze(query)
        if not query:
            return []
        own = (await self._current()).search(query)
        found = []
        if self._finder is not None:
            found = await self._finder.find(
                query, language=language, near=near, limit=limit, budget=budget
            )
        sure = [place for place, likeness in own if likeness >= SURE]
        perhaps = [place for place, likeness in own if likeness < SURE]
        return _without_repeats([*sure, *found, *perhaps])[:limit]

    async def named(self, text: str, *, language: str = "en") -> Place:
        """The place that `text` means: `lat,lon`, a restaurant's slug or id, or a place's name.

        Raises NotFound; a point that is not on earth is never looked up as a name.
        """
        if (point := point_of(text)) is not None:
            return place_at(point)
        if is_off_earth(text):
            raise NotFound("point_off_earth", point=text)
        place = await self._restaurant(text)
        if place is None:
            place = next(iter(await self.search(text, language=language, limit=1)), None)
        if place is None:
            raise NotFound("place_unknown", place=text)
        return place

    async def _restaurant(self, id_or_slug: str) -> Place | None:
        try:
            return place_of(await self._directory.restaurant(id_or_slug))
        except NotFound:
            return None

    async def _current(self) -> Gazetteer:
        """The gazetteer of the present directory."""
        async with self._turn:
            mark = await self._directory.current()
            if mark != self._mark:
                cards = [card async for page in self._directory.pages() for card in page]
                self._gazetteer = await asyncio.to_thread(_gazetteer_of, cards)
                self._mark = mark
        return self._gazetteer


def _gazetteer_of(restaurants: Sequence[Card]) -> Gazetteer:
    """Apart from the event loop: thousands of restaurants take seconds."""
    return Gazetteer(directory_places(restaurants))


def directory_places(restaurants: Iterable[Restaurant | Card]) -> list[Place]:
    """The restaurants, and their districts, each at the middle of its restaurants."""
    houses = []
    in_district: dict[tuple[str, str], list[Place]] = defaultdict(list)
    for restaurant in restaurants:
        place = place_of(restaurant)
        if place is not None:
            houses.append(place)
            in_district[restaurant.neighborhood, restaurant.city].append(place)
    districts = [
        Place(
            id=f"district:{fold(name).replace(' ', '-')}",
            name=name,
            address=city,
            latitude=round(fmean(each.latitude for each in places), 6),
            longitude=round(fmean(each.longitude for each in places), 6),
            provider="directory",
        )
        for (name, city), places in in_district.items()
        if name
    ]
    return [*districts, *houses]


def place_of(restaurant: Restaurant | Card) -> Place | None:
    """A restaurant as a place; None when its position is unknown."""
    if restaurant.latitude is None or restaurant.longitude is None:
        return None
    return Place(
        id=restaurant.id,
        name=restaurant.name,
        address=", ".join(filter(None, (restaurant.address, restaurant.neighborhood))),
        latitude=restaurant.latitude,
        longitude=restaurant.longitude,
        provider="directory",
    )


def _without_repeats(places: Iterable[Place]) -> list[Place]:
    """Of places with the same name at the same spot only the first."""
    kept: dict[str, list[Place]] = defaultdict(list)
    unique = []
    for place in places:
        namesakes = kept[fold(place.name)]
        if all(straight_line_km(place.point, other.point) > _SAME_SPOT_KM for other in namesakes):
            namesakes.append(place)
            unique.append(place)
    return unique
