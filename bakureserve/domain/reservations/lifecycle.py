"""A reservation's life: the legal changes of its status, cancelling, closing a day, and forgetting
its guest.

A guest can change a booking until it starts. Until its end, a booking that is not seated can be
cancelled, which frees the table; inside the restaurant's cancellation window and from the start on,
this is a late cancellation. A guest may hide a late cancellation, but nothing that is seated or
over.

When a service day closes, seated parties have left, and staff say whether parties that were never
seated came.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from bakureserve.domain.errors import Conflict
from bakureserve.domain.localtime import calendar_text
from bakureserve.domain.reservations.attention import NOT_SETTLED, attention_once
from bakureserve.domain.reservations.reservation import (
    HOLDS_A_TABLE,
    ArrivalIntent,
    CancelledBy,
    Prep,
    Reservation,
    Status,
)
from bakureserve.domain.restaurants.hours import day_begins, day_ends, service_at, services_on
from bakureserve.domain.restaurants.restaurant import Restaurant

Action = Literal["confirm", "cancel", "seat", "complete", "no_show", "undo"]

ACTIONS: tuple[Action, ...] = get_args(Action)

EARLY_ARRIVAL = dt.timedelta(hours=1)
"""How long before its time a party may sit down although its service date has not begun."""

_AFTER: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        # Guests may repeat what they ask for.
        ("cancelled", "confirm"): "booked",
        ("booked", "confirm"): "booked",
        ("booked", "cancel"): "cancelled",
        ("cancelled", "cancel"): "cancelled",
        # What the host sees happen.
        ("booked", "seat"): "seated",
        ("seated", "complete"): "completed",
        ("booked", "no_show"): "no_show",
        # A mistake of the host.
        ("seated", "undo"): "booked",
        ("completed", "undo"): "seated",
        ("no_show", "undo"): "booked",
    }
)


DONE: Mapping[Action, str] = MappingProxyType(
    {
        "cancel": "cancelled",
        "confirm": "confirmed",
        "seat": "seated",
        "complete": "completed",
        "no_show": "marked_no_show",
        "undo": "undone",
    }
)
"""The past form of each action, as events name it."""


def status_after(status: Status, action: Action) -> Status:
    """The status that `action` leads to; the same one if there is nothing left to do.

    Raises Conflict (illegal_status_change) with the actions that are possible instead.
    """
    try:
        return _AFTER[status, action]
    except KeyError:
        raise Conflict(
            "illegal_status_change", status=status, action=action, allowed=allowed_actions(status)
        ) from None


def check_time(
    action: Action, reservation: Reservation, restaurant: Restaurant, now: dt.datetime
) -> None:
    """Check that `action` is possible at `now`, for guests and staff alike.

    A party sits down on its service date and leaves no sooner; it is a no-show from its start on.
    Raises Conflict: too_early with the earliest moment; day_over for seating after that date.
    """
    earliest = _earliest(action, reservation, restaurant)
    if earliest is not None and now < earliest:
        shown = calendar_text(earliest, restaurant.zone)
        raise Conflict("too_early", action=action, earliest=shown)
    sits_then = action == "seat" or (action, reservation.status) == ("undo", "completed")
    if sits_then and now >= _latest_seat(reservation, restaurant):
        raise Conflict("day_over", date=reservation.service_date.isoformat())


def allowed_actions(status: Status) -> tuple[Action, ...]:
    """The actions that would change a reservation of this status."""
    return tuple(action for action in ACTIONS if _AFTER.get((status, action), status) != status)


def holds_table(status: Status) -> bool:
    """Whether a reservation of this status holds its table."""
    return status in HOLDS_A_TABLE


def require_active(reservation: Reservation) -> None:
    """Raises Conflict (reservation_not_active) unless it is booked or seated."""
    if not holds_table(reservation.status):
        raise Conflict("reservation_not_active", status=reservation.status)


def _earliest(
    action: Action, reservation: Reservation, restaurant: Restaurant
) -> dt.datetime | None:
    if action == "no_show":
        return reservation.start
    if action in {"seat", "complete"}:
        begins = day_begins(restaurant, reservation.service_date)
        return min(begins, reservation.start - EARLY_ARRIVAL)
    return None


def _latest_seat(reservation: Reservation, restaurant: Restaurant) -> dt.datetime:
    return max(day_ends(restaurant, reservation.service_date), reservation.held_until)


Departure = Literal["remove", "cancel", "hide"]


def require_before_start(booked: Reservation, now: dt.datetime) -> None:
    """Raises Conflict (visit_begun) once it is too late for a guest to change the booking."""
    if booked.status != "booked" or now >= booked.start:
        raise Conflict("visit_begun")


def require_not_over(booked: Reservation, now: dt.datetime) -> None:
    """Raises Conflict (sitting_over) once the sitting is over."""
    if now >= booked.end:
        raise Conflict("sitting_over")


def is_late_cancellation(restaurant: Restaurant, booked: Reservation, now: dt.datetime) -> bool:
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
        cancelled_late=is_late_cancellation(restaurant, booked, now),
    )


def departure(restaurant: Restaurant, booked: Reservation, now: dt.datetime) -> Departure:
    """What removing a booking does when its guest asks for it.

    `remove` deletes its row, `cancel` cancels it late and hides it from the guest, `hide` only
    hides it. Raises Conflict: visit_kept, sitting_over.
    """
    if booked.status not in {"booked", "cancelled"}:
        raise Conflict("visit_kept")
    late = booked.cancelled_late or is_late_cancellation(restaurant, booked, now)
    if booked.status == "cancelled":
        return "hide" if late else "remove"
    require_not_over(booked, now)
    return "cancel" if late else "remove"


def revived(booked: Reservation) -> Reservation:
    """The cancelled booking, booked again and visible to its guest."""
    return msgspec.structs.replace(
        booked, status="booked", cancelled_by=None, cancelled_late=False, hidden=False
    )


def require_the_guests_own(booked: Reservation) -> None:
    """Raises Conflict (cancelled_by_restaurant) for a booking that its guest cannot restore."""
    if booked.cancelled_by in {"staff", "system"}:
        raise Conflict("cancelled_by_restaurant")


SETTLING = dt.timedelta(hours=3)
"""How long after a day's end staff can settle it before it closes automatically."""

Unsettled = Literal["came", "no_show", "flag"]
"""What is done with parties that were booked and never seated."""


def closing_of(restaurant: Restaurant, day: dt.date) -> dt.datetime:
    """When a service date can be closed: at the closing of its last service, or when it ends where
    it has none (any more). Raises Invalid (time_out_of_range) where the calendar ends."""
    services = services_on(restaurant, day)
    return services[-1].closes if services else day_ends(restaurant, day)


def closes_automatically_at(restaurant: Restaurant, reservation: Reservation) -> dt.datetime:
    """When a reservation is settled automatically."""
    return max(closing_of(restaurant, reservation.service_date), reservation.held_until) + SETTLING


def can_be_settled(restaurant: Restaurant, reservation: Reservation, now: dt.datetime) -> bool:
    """Whether the reservation can be settled: its start has passed or its party sits, and the
    service or the sitting is over."""
    if reservation.status != "seated" and now < reservation.start:
        return False
    service = service_at(restaurant, reservation.start)
    return service is None or now >= min(reservation.end, service.open_until)


def settled(reservation: Reservation, unsettled: Unsettled) -> Reservation:
    """The booked or seated reservation once its day is closed.

    A seated party has left; a party that never sat is settled as `unsettled` says.
    """
    if reservation.status == "seated" or unsettled == "came":
        return msgspec.structs.replace(reservation, status="completed")
    if unsettled == "no_show":
        return msgspec.structs.replace(reservation, status="no_show")
    if NOT_SETTLED in reservation.attention:
        return reservation
    attention = (*reservation.attention, NOT_SETTLED)
    return msgspec.structs.replace(reservation, attention=attention)


def without_guest(reservation: Reservation, now: dt.datetime) -> Reservation:
    """The reservation with nothing in it that identifies the guest.

    What restaurants count stays: covers, times, table, status. One that is still to come is
    cancelled, since no guest is left to change it or to answer for it.
    """
    to_come = reservation.status == "booked" and now < reservation.end
    status = "cancelled" if to_come else reservation.status
    return msgspec.structs.replace(
        reservation,
        guest_name="",
        guest_phone="",
        owner_id=None,
        status=status,
        attention=attention_once(status, reservation.attention),
        cancelled_by="guest" if to_come else reservation.cancelled_by,
        prep=Prep(),
        arrival_intent=_without_the_way(reservation.arrival_intent),
        extra={},
        notes="",
        staff_notes="",
        tags=(),
        language="",
        updated_at=now,
    )


def _without_the_way(intent: ArrivalIntent) -> ArrivalIntent:
    """How the arrival went, without notes and anything that says where the guest set out from."""
    return ArrivalIntent(
        status=intent.status,
        lead_minutes=intent.lead_minutes,
        prep_scope=intent.prep_scope,
        eta_source=intent.eta_source,
        fire_at=intent.fire_at,
        arrived_at=intent.arrived_at,
    )
