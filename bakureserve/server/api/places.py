"""Driving directions, and places by name."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bakureserve.domain.errors import BadRequest
from bakureserve.domain.places.geo import Coordinates, Place, point_of
from bakureserve.domain.reservations.lifecycle import require_active
from bakureserve.eta.upstream import CallBudget
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, SearchText
from bakureserve.server.shapes import places as shapes
from bakureserve.services.places import MOST_PLACES, place_of

api = Group("Maps")
DIRECTIONS_WEIGHT = 5
SEARCH_WEIGHT = 2
"""Weights against the client's rate limit, where a plain call counts 1: these may call map
services."""
MOST_SUGGESTIONS = 8

PointText = Annotated[
    str, Meta(max_length=200, description="`lat,lon` in degrees (WGS 84), latitude first.")
]
PlaceText = Annotated[
    str, Meta(max_length=200, description="`lat,lon`, a restaurant's slug, or a place's name.")
]


class DirectionsQuery(msgspec.Struct, frozen=True):
    origin: PointText = ""
    destination: PointText = ""


class ExplainQuery(msgspec.Struct, frozen=True):
    origin: PlaceText
    destination: PlaceText


class GeocodeQuery(msgspec.Struct, frozen=True):
    query: SearchText
    limit: Annotated[int, Meta(ge=1, le=MOST_PLACES)] = 8


class SuggestionsQuery(msgspec.Struct, frozen=True):
    q: SearchText
    limit: Annotated[int, Meta(ge=1, le=MOST_SUGGESTIONS)] = 5


@api.get(
    "/v1/directions",
    "Driving directions between two points; never fails for want of a map service",
    weight=DIRECTIONS_WEIGHT,
    problems=(400,),
    recognises=True,
)
async def directions(call: Call[DirectionsQuery, None]) -> shapes.Directions:
    origin = _point(call.query.origin, "origin")
    destination = _point(call.query.destination, "destination")
    estimate = await call.runtime.eta.estimate(
        origin, destination, language=call.language, budget=_budget(call)
    )
    return shapes.directions(estimate, call.language)


@api.get(
    "/v1/admin/eta",
    "Explain an estimate: every leg, the choice, the sum",
    auth="admin",
    weight=DIRECTIONS_WEIGHT,
    problems=(404,),
    tag="Administration",
)
async def explain(call: Call[ExplainQuery, None]) -> shapes.Explained:
    runtime, language = call.runtime, call.language
    origin = await runtime.places.named(call.query.origin, language=language)
    destination = await runtime.places.named(call.query.destination, language=language)
    estimate = await runtime.eta.estimate(origin.point, destination.point, language=language)
    return shapes.explained(origin, destination, estimate, language)


@api.get(
    "/v1/maps/geocode",
    "Search places by name, tolerating misspellings",
    weight=SEARCH_WEIGHT,
    recognises=True,
)
async def geocode(call: Call[GeocodeQuery, None]) -> list[shapes.PlaceOut]:
    query = call.query
    found = await call.runtime.places.search(
        query.query, language=call.language, limit=query.limit, budget=_budget(call)
    )
    return [shapes.place_out(place) for place in found]


@api.get(
    "/v1/reservations/{reservation}/arrival_intent/suggestions",
    "Places the guest may be coming from, each with the drive from there",
    auth="token",
    weight=SEARCH_WEIGHT + DIRECTIONS_WEIGHT,
    problems=(404, 409),
    tag="Arrivals",
)
async def suggest(call: Call[SuggestionsQuery, None]) -> list[shapes.Suggestion]:
    runtime = call.runtime
    reservation = await runtime.booking.get(call.actor, call.path["reservation"])
    require_active(reservation)
    door = place_of(await runtime.directory.known(reservation.restaurant_id))
    found = await runtime.places.search(
        call.query.q,
        language=call.language,
        near=None if door is None else door.point,
        limit=call.query.limit,
    )
    return list(await asyncio.gather(*(_suggestion(call, place, door) for place in found)))


async def _suggestion(
    call: Call[SuggestionsQuery, None], place: Place, door: Place | None
) -> shapes.Suggestion:
    if door is None:
        return shapes.suggestion(place, None, call.language)
    estimate = await call.runtime.eta.estimate(place.point, door.point, language=call.language)
    return shapes.suggestion(place, estimate, call.language)


def _budget(call: Call[Any, None]) -> CallBudget | None:
    """The budget that all callers without a token share; None for a caller with one."""
    return None if call.visitor is not None else call.runtime.maps.anonymous_calls


def _point(text: str, field: str) -> Coordinates:
    """The point that the text names. Raises BadRequest."""
    point = point_of(text)
    if point is None:
        raise BadRequest("coordinates_malformed", field=field)
    return point
