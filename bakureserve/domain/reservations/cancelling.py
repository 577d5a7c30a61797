"""When a booking can be changed, cancelled, put out of sight and brought back, and by whom.

A guest changes a booking before it starts. Until it ends one that is not seated can be cancelled,
which frees the table; inside the restaurant's cancellation window and from the start on it is kept
as a late one. What happened is the restaurant's to keep: a guest puts a late cancellation out of
their own sight, and nothing that is seated or over.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.reservation import CancelledBy, Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant

Departure = Literal["remove", "cancel", "hide"]


def require_before_start(booked: Reservation, now: dt.datetime) -> None:
    """Raises Conflict (visit_begun) once a guest can change the booking no more."""
    if booked.status != "booked" or now >= booked.start:
        raise Conflict("visit_begun")


def require_not_over(booked: Reservation, now: dt.datetime) -> None:
    """Raises Conflict (sitting_over) for a booking whose time is past."""
    if now >= booked.end:
        raise Conflict("sitting_over")


def is_late(restaurant: Restaurant, booked: Reservation, now: dt.datetime) -> bool:
    """Whether a cancellation at `now` is a late one: in the window before the start, or after."""
    window = dt.timedelta(minutes=restaurant.policy.cancellation_minutes)
    return now >= booked.start - window


def cancelled(
    restaurant: Restaurant, booked: Reservation, now: dt.datetime, by: CancelledBy
) -> Reservation:
    """The booking without its table. Raises Conflict (sitting_over)."""
    require_not_over(booked, now)
    return msgspec.structs.replace(
        booked,
        status="cancelled",
        cancelled_by=by,
        cancelled_late=is_late(restaurant, booked, now),
    )


def departure(restaurant: Restaurant, booked: Reservation, now: dt.datetime) -> Departure:
    """What becomes of a booking that its guest wants gone.

    Its row goes (`remove`), or it is cancelled late and hidden from the guest (`cancel`), or hidden
    alone (`hide`). Raises Conflict: visit_kept, sitting_over.
    """
    if booked.status not in {"booked", "cancelled"}:
        raise Conflict("visit_kept")
    late = booked.cancelled_late or is_late(restaurant, booked, now)
    if booked.status == "cancelled":
        return "hide" if late else "remove"
    require_not_over(booked, now)
    return "cancel" if late else "remove"


def revived(booked: Reservation) -> Reservation:
    """The cancelled booking as it was, for its guest to see again."""
    return msgspec.structs.replace(
        booked, status="booked", cancelled_by=None, cancelled_late=False, hidden=False
    )


def require_the_guests_own(booked: Reservation) -> None:
    """Raises Conflict (cancelled_by_restaurant) for one that its guest does not bring back."""
    if booked.cancelled_by in {"staff", "system"}:
        raise Conflict("cancelled_by_restaurant")
