"""Every call the server answers, on one page. Pages and old addresses are added in `app`."""

from __future__ import annotations

from typing import Any

from bakureserve.domain.lifecycle import Action
from bakureserve.server import wire
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.handlers import reservations, restaurants, service

_ACTIONS: tuple[tuple[str, Action, str], ...] = (
    ("cancel", "cancel", "Cancel; cancelling again changes nothing"),
    ("confirm", "confirm", "Book a cancelled reservation again, if its table is free"),
    ("seat", "seat", "The party has been seated"),
    ("complete", "complete", "The party has left"),
    ("no-show", "no_show", "The party did not come"),
    ("undo", "undo", "Take back seat, complete or no-show"),
)

SERVICE = (
    Endpoint(
        "GET",
        "/v1/config/features",
        service.features,
        tag="Service",
        summary="What this deployment offers",
        reply=service.Features,
    ),
    Endpoint(
        "GET",
        "/livez",
        service.livez,
        tag="Service",
        summary="Whether the process runs",
        reply=service.Probe,
        weight=0,
        aliases=("/v1/livez",),
    ),
    Endpoint(
        "GET",
        "/readyz",
        service.readyz,
        tag="Service",
        summary="Whether requests can be served",
        reply=service.Probe,
        weight=0,
        problems=(503,),
        aliases=("/v1/readyz",),
    ),
    Endpoint(
        "GET",
        "/metrics",
        service.metrics,
        tag="Service",
        summary="Metrics for Prometheus",
        reply=str,
        reply_media_type="text/plain",
        weight=0,
        aliases=("/v1/metrics",),
    ),
    Endpoint(
        "GET",
        "/openapi.json",
        service.openapi,
        tag="Service",
        summary="This description of the API",
        reply=dict[str, Any],
        aliases=("/v1/openapi.json",),
    ),
    Endpoint(
        "GET",
        "/",
        service.home,
        tag="Service",
        summary="Leads to the booking page",
        status=307,
    ),
)

RESTAURANTS = (
    Endpoint(
        "GET",
        "/v1/restaurants",
        restaurants.list_all,
        tag="Restaurants",
        summary="List or search restaurants",
        query=wire.RestaurantsQuery,
        reply=list[wire.RestaurantItem],
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}",
        restaurants.show,
        tag="Restaurants",
        summary="One restaurant, by id or slug",
        reply=wire.RestaurantDetail,
        problems=(404,),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/floorplan",
        restaurants.floor_plan,
        tag="Restaurants",
        summary="Its areas and tables as drawn",
        reply=wire.FloorPlan,
        problems=(404,),
    ),
    Endpoint(
        "GET",
        "/v1/restaurants/{restaurant}/availability",
        restaurants.availability,
        tag="Restaurants",
        summary="The sittings offered on a service day, with the tables still free",
        query=wire.AvailabilityQuery,
        reply=wire.AvailabilityOut,
        problems=(404,),
    ),
)

_ONE = "/v1/reservations/{reservation}"

RESERVATIONS = (
    Endpoint(
        "GET",
        "/v1/reservations",
        reservations.list_own,
        tag="Reservations",
        summary="One's own reservations; all of them with an admin scope",
        query=wire.ReservationsQuery,
        reply=list[wire.ReservationOut],
        auth="token",
    ),
    Endpoint(
        "POST",
        "/v1/reservations",
        reservations.create,
        tag="Reservations",
        summary="Book a table",
        body=wire.NewReservation,
        reply=wire.ReservationOut,
        status=201,
        auth="token",
        idempotent=True,
        problems=(404, 409, 503),
    ),
    Endpoint(
        "GET",
        _ONE,
        reservations.show,
        tag="Reservations",
        summary="One reservation",
        reply=wire.ReservationOut,
        auth="token",
        problems=(404,),
    ),
    Endpoint(
        "PATCH",
        _ONE,
        reservations.change,
        tag="Reservations",
        summary="Reschedule, resize, move or rename, all or nothing",
        body=wire.ReservationPatch,
        reply=wire.ReservationOut,
        auth="token",
        problems=(404, 409, 503),
    ),
    Endpoint(
        "DELETE",
        _ONE,
        reservations.remove,
        tag="Reservations",
        summary="Remove a reservation for good",
        reply=wire.ReservationOut,
        auth="token",
        problems=(404, 503),
    ),
    *(
        Endpoint(
            "POST",
            f"{_ONE}/{path}",
            reservations.acting(action),
            tag="Reservations",
            summary=summary,
            reply=wire.ReservationOut,
            auth="token",
            problems=(404, 409, 503),
        )
        for path, action, summary in _ACTIONS
    ),
    Endpoint(
        "POST",
        f"{_ONE}/preorder/quote",
        reservations.quote_preorder,
        tag="Reservations",
        summary="What the kitchen would do with a pre-order",
        body=wire.PreorderBody,
        reply=wire.Quote,
        auth="token",
        problems=(404, 409),
    ),
    Endpoint(
        "POST",
        f"{_ONE}/preorder/confirm",
        reservations.confirm_preorder,
        tag="Reservations",
        summary="Pre-order from the kitchen",
        body=wire.PreorderBody,
        reply=wire.ReservationOut,
        auth="token",
        problems=(404, 409, 503),
    ),
)

ENDPOINTS: tuple[Endpoint, ...] = (*RESTAURANTS, *RESERVATIONS, *SERVICE)
