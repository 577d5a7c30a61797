"""Calls about reservations: asking for one, and what can become of it."""

from __future__ import annotations

from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.server.api import reservations
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes import reservations as wire

_ONE = "/v1/reservations/{reservation}"
_ACTIONS: tuple[tuple[str, Action, str], ...] = (
    ("cancel", "cancel", "Cancel; cancelling again changes nothing"),
    ("confirm", "confirm", "Book a cancelled reservation again, if its table is free"),
    ("seat", "seat", "The party has been seated"),
    ("complete", "complete", "The party has left"),
    ("no-show", "no_show", "The party did not come"),
    ("undo", "undo", "Take back seat, complete or no-show"),
)

RESERVATIONS = (
    Endpoint(
        "GET",
        "/v1/reservations",
        reservations.list_own,
        tag="Reservations",
        summary="One's own reservations; for staff their restaurants' too; all with an admin scope",
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
        problems=(403, 404, 409, 503),
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
        problems=(403, 404, 409, 503),
    ),
    Endpoint(
        "DELETE",
        _ONE,
        reservations.remove,
        tag="Reservations",
        summary="Remove a reservation; a guest's late cancellation is kept and hidden from them",
        reply=wire.ReservationOut,
        auth="token",
        problems=(404, 409, 503),
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
