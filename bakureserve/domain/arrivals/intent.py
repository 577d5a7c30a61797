"""The arrival intent: the legal changes of its status, by role, and what it tells of the way.

idle ──request──▶ requested ──approve──▶ approved ──arrive──▶ arrived
                   │  ▲ │ ╲──queue───▶ queued ──approve──▶ approved
                   │  │ ╰──reject──▶ rejected
                   ╰──┴─cancel, lapse──▶ cancelled

A guest who was rejected or gave up may ask again. An arrival is final until staff take it back;
staff may note one that was never announced.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Literal, get_args

import msgspec

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import ArrivalIntent, ArrivalStatus, Reservation

Move = Literal["request", "approve", "queue", "reject", "cancel", "arrive", "lapse"]
Role = Literal["guest", "staff", "system"]

MOVES: tuple[Move, ...] = get_args(Move)
STATUSES: tuple[ArrivalStatus, ...] = get_args(ArrivalStatus)

OPEN: frozenset[ArrivalStatus] = frozenset({"requested", "queued", "approved"})
"""The guest is expected on the way: location and estimates are taken in these."""


def _open_and(*others: ArrivalStatus) -> frozenset[ArrivalStatus]:
    return OPEN.union(others)


_MAY: Mapping[Move, frozenset[Role]] = MappingProxyType(
    {
        "request": frozenset({"guest", "staff"}),
        "approve": frozenset({"staff"}),
        "queue": frozenset({"staff"}),
        "reject": frozenset({"staff"}),
        "cancel": frozenset({"guest", "staff"}),
        "arrive": frozenset({"staff", "system"}),
        "lapse": frozenset({"system"}),
    }
)
_FROM: Mapping[Move, frozenset[ArrivalStatus]] = MappingProxyType(
    {
        "request": _open_and("idle", "rejected", "cancelled"),
        "approve": _open_and("rejected"),
        "queue": _open_and("rejected"),
        "reject": _open_and("rejected"),
        "cancel": _open_and("rejected", "cancelled"),
        "arrive": _open_and("idle", "rejected", "cancelled", "arrived"),
        "lapse": OPEN,
    }
)
_TO: Mapping[Move, ArrivalStatus] = MappingProxyType(
    {
        "request": "requested",
        "approve": "approved",
        "queue": "queued",
        "reject": "rejected",
        "cancel": "cancelled",
        "arrive": "arrived",
        "lapse": "cancelled",
    }
)


def roles_of(actor: Actor, reservation: Reservation) -> frozenset[Role]:
    """As what the actor may speak about this reservation; a member of staff may be its guest."""
    roles: set[Role] = set()
    if actor.owns(reservation.owner_id):
        roles.add("guest")
    if actor.is_staff_of(reservation.restaurant_id):
        roles.add("staff")
    if actor.kind == "system":
        roles.add("system")
    return frozenset(roles)


def status_after(status: ArrivalStatus, move: Move, roles: frozenset[Role]) -> ArrivalStatus:
    """The status that `move` leads to; the same one where there is nothing left to do.

    Raises Forbidden (staff_only) when none of the roles may make the move, and Conflict
    (illegal_arrival_move) with the moves that are possible instead.
    """
    if _MAY[move].isdisjoint(roles):
        raise Forbidden("staff_only")
    if status not in _FROM[move]:
        raise Conflict(
            "illegal_arrival_move", status=status, action=move, allowed=allowed_moves(status, roles)
        )
    return _TO[move]


def allowed_moves(status: ArrivalStatus, roles: frozenset[Role]) -> tuple[Move, ...]:
    """The moves with which these roles would change an arrival of this status."""
    return tuple(
        move
        for move in MOVES
        if status in _FROM[move] and _TO[move] != status and not _MAY[move].isdisjoint(roles)
    )


_PLACES = ("current_location", "last_location", "route_summary")
_NUMBERS = (
    "predicted_eta_minutes",
    "predicted_eta_seconds",
    "typical_eta_minutes",
    "route_distance_km",
    "traffic_condition",
    "traffic_source",
    "traffic_updated_at",
)


def estimate_fields(estimate: Estimate, now: dt.datetime) -> dict[str, Any]:
    """The fields of an intent that an estimate fills; the prediction is made of all there were."""
    return {
        "typical_eta_minutes": estimate.typical_eta_minutes,
        "route_distance_km": round(estimate.distance_km, 2),
        "route_summary": estimate.summary or None,
        "traffic_condition": estimate.traffic_condition,
        "traffic_source": estimate.provider,
        "traffic_updated_at": now,
    }


def glimpsed(
    intent: ArrivalIntent, place: Coordinates, estimate: Estimate | None, now: dt.datetime
) -> ArrivalIntent:
    """The intent as it is shown for a location that is not kept."""
    here = msgspec.structs.replace(intent, current_location=place)
    if estimate is None:
        return here
    return msgspec.structs.replace(
        here,
        predicted_eta_minutes=estimate.eta_minutes,
        predicted_eta_seconds=estimate.eta_seconds,
        **estimate_fields(estimate, now),
    )


def known_fields(intent: ArrivalIntent) -> dict[str, Any]:
    """What was predicted of the way, if it was by more than the guest's word."""
    return _fields(intent, _NUMBERS) if intent.traffic_source is not None else {}


def place_fields(intent: ArrivalIntent) -> dict[str, Any]:
    """What tells where the guest is or was."""
    return _fields(intent, _PLACES)


def _fields(intent: ArrivalIntent, names: Iterable[str]) -> dict[str, Any]:
    return {name: getattr(intent, name) for name in names}
