"""Calls about ways and places. Those that ask for a way weigh more: they may call map services."""

from __future__ import annotations

from bakureserve.server.api import maps
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes import maps as wire

A_WAY = 5
A_SEARCH = 2
"""What these count against the client's rate limit, where a plain call counts 1."""

MAPS = (
    Endpoint(
        "GET",
        "/v1/directions",
        maps.directions,
        tag="Maps",
        summary="The way by car from one point to another; always an answer",
        query=wire.DirectionsQuery,
        reply=wire.Directions,
        weight=A_WAY,
        problems=(400,),
        recognises=True,
    ),
    Endpoint(
        "GET",
        "/v1/maps/geocode",
        maps.geocode,
        tag="Maps",
        summary="Places by name, whatever the spelling",
        query=wire.GeocodeQuery,
        reply=list[wire.PlaceOut],
        weight=A_SEARCH,
        recognises=True,
    ),
    Endpoint(
        "GET",
        "/v1/reservations/{reservation}/arrival_intent/suggestions",
        maps.suggest,
        tag="Arrivals",
        summary="Places the guest may be coming from, each with the way from there",
        query=wire.SuggestionsQuery,
        reply=list[wire.Suggestion],
        auth="token",
        weight=A_SEARCH + A_WAY,
        problems=(404, 409),
    ),
    Endpoint(
        "GET",
        "/v1/admin/eta",
        maps.explain,
        tag="Administration",
        summary="An estimate with how it was made: every leg, the choice, the sum",
        query=wire.ExplainQuery,
        reply=wire.Explained,
        auth="admin",
        weight=A_WAY,
        problems=(404,),
    ),
)
