"""The way between two places, and places by name."""

from __future__ import annotations

import asyncio
from typing import Any

from bakureserve.domain.errors import BadRequest
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.places.place import Place, point_of
from bakureserve.eta.budget import CallBudget
from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.shapes import maps as wire
from bakureserve.services.arrivals.places import place_of
from bakureserve.services.arrivals.trip_recorder import require_active


async def directions(call: Call[wire.DirectionsQuery, None]) -> wire.Directions:
    origin = _point(call.query.origin, "origin")
    destination = _point(call.query.destination, "destination")
    estimate = await call.app[RUNTIME].eta.estimate(
        origin, destination, language=call.language, budget=_budget(call)
    )
    return wire.directions(estimate, call.language)


async def explain(call: Call[wire.ExplainQuery, None]) -> wire.Explained:
    runtime, language = call.app[RUNTIME], call.language
    origin = await runtime.places.named(call.query.origin, language=language)
    destination = await runtime.places.named(call.query.destination, language=language)
    estimate = await runtime.eta.estimate(origin.point, destination.point, language=language)
    return wire.explained(origin, destination, estimate, language)


async def geocode(call: Call[wire.GeocodeQuery, None]) -> list[wire.PlaceOut]:
    query = call.query
    found = await call.app[RUNTIME].places.search(
        query.query, language=call.language, limit=query.limit, budget=_budget(call)
    )
    return [wire.place_out(place) for place in found]


async def suggest(call: Call[wire.SuggestionsQuery, None]) -> list[wire.Suggestion]:
    """Places the guest may be coming from, each with the way from there to the restaurant."""
    runtime = call.app[RUNTIME]
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
    call: Call[wire.SuggestionsQuery, None], place: Place, door: Place | None
) -> wire.Suggestion:
    if door is None:
        return wire.suggestion(place, None, call.language)
    estimate = await call.app[RUNTIME].eta.estimate(place.point, door.point, language=call.language)
    return wire.suggestion(place, estimate, call.language)


def _budget(call: Call[Any, None]) -> CallBudget | None:
    """What strangers share; None for whoever said who they are."""
    return None if call.visitor is not None else call.app[RUNTIME].maps.strangers


def _point(text: str, field: str) -> Coordinates:
    """Raises BadRequest."""
    point = point_of(text)
    if point is None:
        raise BadRequest("coordinates_malformed", field=field)
    return point
