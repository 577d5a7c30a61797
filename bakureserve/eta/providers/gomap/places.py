"""Places from GoMap: by name, by name near a point, and by a misspelt name."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, NamedTuple

from bakureserve.caching.cache import TtlCache
from bakureserve.domain.places.geo import Coordinates, Place, rounded
from bakureserve.eta.providers.gomap.quantities import number, point_of
from bakureserve.eta.providers.gomap.service import GomapService, first_of, first_read
from bakureserve.eta.upstream import CallBudget, Upstream

NEIGHBOURHOOD = 2
"""Decimals of a degree of the point to look near: about a kilometre."""
LONGEST_NAME = 200

FoundPlaces = tuple[Place, ...]
PlacesCache = TtlCache[tuple[str, ...], FoundPlaces]


class _Search(NamedTuple):
    """One kind of search for places."""

    method: str
    fields: dict[str, str]
    language: str

    @property
    def key(self) -> tuple[str, ...]:
        return (self.method, self.language, *self.fields.values())


class GomapPlaces:
    """GoMap's searches, tried from the plainest to the most lenient until one finds something.

    Never raises because of the service, and answers within `budget` seconds: each search has an
    equal share of what is left.
    """

    def __init__(
        self, service: GomapService, upstream: Upstream, cache: PlacesCache, *, budget: float
    ) -> None:
        self._service = service
        self._upstream = upstream
        self._cache = cache
        self._budget = budget

    async def find(
        self,
        query: str,
        *,
        language: str,
        near: Coordinates | None,
        limit: int,
        budget: CallBudget | None = None,
    ) -> list[Place]:
        """Up to `limit` places, the likeliest first; none when nothing is found in time."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._budget
        searches = self._searches(query, near, limit)
        for tried, (method, fields) in enumerate(searches):
            left = end - loop.time()
            until = loop.time() + left / (len(searches) - tried)
            question = _Search(method, fields, language)
            if found := await self._search(question, until=until, budget=budget):
                return list(found[:limit])
        return []

    def _searches(
        self, query: str, near: Coordinates | None, limit: int
    ) -> list[tuple[str, dict[str, str]]]:
        plain = {"name": query}
        searches = [("searchObj", plain)]
        if near is not None:
            here = rounded(near, NEIGHBOURHOOD)
            where = {"lat": f"{here.latitude}", "lon": f"{here.longitude}", "limit": str(limit)}
            searches.append(("searchObjWithDistance", plain | where))
        searches.append(("makeSearchCitySettlementFuzzy", {"q": query, "limit": str(limit)}))
        return searches

    async def _search(
        self, search: _Search, *, until: float, budget: CallBudget | None
    ) -> FoundPlaces:
        known = self._cache.get(search.key)
        if known is not None:
            return known
        question = partial(self._ask, search)
        reply = await self._upstream.ask(search.key, question, until=until, budget=budget)
        return reply.value or ()

    async def _ask(self, search: _Search) -> FoundPlaces:
        said = await self._service.ask(search.method, search.fields, language=search.language)
        found = places_in(said)
        self._cache.put(search.key, found)
        return found


def places_in(said: Any) -> FoundPlaces:
    """The places in an answer: nearest first where it gives distances, else most similar first.

    Rows without a name or a point on earth are left out.
    """
    rows = first_of(said, ("rows", "result")) if isinstance(said, dict) else said
    if not isinstance(rows, list):
        return ()
    dicts = [row for row in rows if isinstance(row, dict)]
    ranked = sorted(dicts, key=lambda row: (_rank(row, "distance"), -_rank(row, "similarity")))
    places = (_place(row) for row in ranked)
    return tuple(place for place in places if place is not None)


def weigh_places(places: FoundPlaces) -> int:
    """Roughly how many bytes places take."""
    return sum(400 + 4 * (len(place.name) + len(place.address)) for place in places)


def _rank(row: dict[str, Any], name: str) -> float:
    return first_read(row, (name,), number) or 0.0


def _place(row: dict[str, Any]) -> Place | None:
    point = point_of(row)
    name = first_read(row, ("nm", "name", "poiName"), _text)
    if point is None or name is None:
        return None
    spot = f"{point.latitude:.5f},{point.longitude:.5f}"
    return Place(
        id=f"gomap:{first_read(row, ('id', 'poiGuid'), _text) or spot}",
        name=name,
        address=first_read(row, ("addr", "address", "fullAddress"), _text) or "",
        latitude=point.latitude,
        longitude=point.longitude,
        provider="gomap",
    )


def _text(value: Any) -> str | None:
    """The text on one line; None when it is blank or no text."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return " ".join(str(value).split())[:LONGEST_NAME] or None
