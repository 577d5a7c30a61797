"""The moves of an arrival: the legal changes of its status, by role.

idle ──request──▶ requested ──approve──▶ approved ──arrive──▶ arrived
                   │  ▲ │ ╲──queue───▶ queued ──approve──▶ approved
                   │  │ ╰──reject──▶ rejected
                   ╰──┴─cancel, lapse──▶ cancelled

A guest who was rejected or gave up may ask again. An arrival is final until staff undo it;
staff may record one that was never announced.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden
from bakureserve.domain.reservations.reservation import ArrivalStatus, Reservation

Move = Literal["request", "approve", "queue", "reject", "cancel", "arrive", "lapse"]
Role = Literal["guest", "staff", "system"]

MOVES: tuple[Move, ...] = get_args(Move)
STATUSES: tuple[ArrivalStatus, ...] = get_args(ArrivalStatus)

OPEN: frozenset[ArrivalStatus] = frozenset({"requested", "queued", "approved"})
"""The guest is expected on the way: location and estimates are taken in these."""
MAY_BE_OPEN: frozenset[ArrivalStatus] = OPEN | {"idle"}
"""The guest may be on the way, announced or not."""


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
    """The actor's roles for this reservation; a member of staff may also be its guest."""
    roles: set[Role] = set()
    if actor.owns(reservation.owner_id):
        roles.add("guest")
    if actor.is_staff_of(reservation.restaurant_id):
        roles.add("staff")
    if actor.kind == "system":
        roles.add("system")
    return frozenset(roles)


def status_after(status: ArrivalStatus, move: Move, roles: frozenset[Role]) -> ArrivalStatus:
    """The status that `move` leads to; the same one if there is nothing left to do.

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
