"""Calls that tell of changes as they happen, and the one that asks for the same."""

from __future__ import annotations

from bakureserve.server.api import streams
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes.reservations import ReservationOut
from bakureserve.server.streams.messages import StreamMessage, StreamQuery

_REFUSALS = (403, 404, 426, 503)

STREAMS = (
    Endpoint(
        "GET",
        "/v1/reservations/{reservation}/arrival_intent/stream",
        streams.reservation,
        tag="Live",
        summary="A WebSocket that tells of every change of a reservation",
        query=StreamQuery,
        reply=StreamMessage,
        status=101,
        auth="first message",
        problems=_REFUSALS,
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/arrivals",
        streams.list_arrivals,
        tag="Live",
        summary="Who is on the way to the restaurant, for its staff",
        reply=list[ReservationOut],
        auth="staff",
        problems=(404,),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/arrivals/stream",
        streams.arrivals,
        tag="Live",
        summary="A WebSocket that tells of every change among them",
        query=StreamQuery,
        reply=StreamMessage,
        status=101,
        auth="first message",
        problems=_REFUSALS,
    ),
)
