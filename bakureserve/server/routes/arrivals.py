"""Calls about guests on the way."""

from __future__ import annotations

from bakureserve.domain.arrivals.board import OnTheWay
from bakureserve.server.api import arrivals
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes.reservations import ReservationOut
from bakureserve.server.wire import arrivals as wire

_INTENT = "/v1/reservations/{reservation}/arrival_intent"

ARRIVALS = (
    Endpoint(
        "POST",
        _INTENT,
        arrivals.request,
        tag="Arrivals",
        summary="Say that one is coming, and what to have ready",
        body=wire.ArrivalBody,
        reply=ReservationOut,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "POST",
        f"{_INTENT}/decision",
        arrivals.decide,
        tag="Arrivals",
        summary="Approve, queue or reject (staff), or cancel (the guest as well)",
        body=wire.DecisionBody,
        reply=ReservationOut,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "POST",
        f"{_INTENT}/location",
        arrivals.locate,
        tag="Arrivals",
        summary="Share where one is: a new estimate, or the arrival",
        body=wire.LocationBody,
        reply=ReservationOut,
        auth="token",
        weight=2,
        problems=(403, 404, 409, 429, 503),
    ),
    Endpoint(
        "DELETE",
        f"{_INTENT}/location",
        arrivals.withdraw,
        tag="Arrivals",
        summary="Be followed no more: where the guest was is forgotten",
        reply=ReservationOut,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "POST",
        f"{_INTENT}/eta",
        arrivals.promise,
        tag="Arrivals",
        summary="Say in one's own words when one will be there",
        body=wire.EtaBody,
        reply=ReservationOut,
        auth="token",
        problems=(404, 409, 503),
    ),
    Endpoint(
        "POST",
        f"{_INTENT}/arrived",
        arrivals.arrive,
        tag="Arrivals",
        summary="The guest is at the door (staff), whether they said so or not",
        reply=ReservationOut,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "DELETE",
        f"{_INTENT}/arrived",
        arrivals.take_back_arrival,
        tag="Arrivals",
        summary="The guest is not at the door after all (staff)",
        reply=ReservationOut,
        auth="token",
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/arrivals/board",
        arrivals.board,
        tag="Arrivals",
        summary="For kitchen and host: who is coming when, what to start, whose table is needed",
        reply=list[OnTheWay],
        auth="staff",
        problems=(404,),
    ),
)
