"""What can become of a reservation: the legal changes of its status."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from bakureserve.domain.errors import Conflict
from bakureserve.domain.localtime import calendar_text
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, Reservation, Status
from bakureserve.domain.restaurants.hours import day_begins, day_ends
from bakureserve.domain.restaurants.restaurant import Restaurant

Action = Literal["confirm", "cancel", "seat", "complete", "no_show", "undo"]

ACTIONS: tuple[Action, ...] = get_args(Action)

EARLY_ARRIVAL = dt.timedelta(hours=1)
"""How long before its time a party may sit down although its service date has not begun."""

_AFTER: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        # What the guest asks for may be asked twice.
        ("cancelled", "confirm"): "booked",
        ("booked", "confirm"): "booked",
        ("booked", "cancel"): "cancelled",
        ("cancelled", "cancel"): "cancelled",
        # What the host sees happen.
        ("booked", "seat"): "seated",
        ("seated", "complete"): "completed",
        ("booked", "no_show"): "no_show",
        # A slip of the host's finger.
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
"""What an action is called once it is done: the events' words."""


def after(status: Status, action: Action) -> Status:
    """The status that `action` leads to; the same one where there is nothing left to do.

    Raises Conflict (illegal_status_change) with the actions that are possible instead.
    """
    try:
        return _AFTER[status, action]
    except KeyError:
        raise Conflict(
            "illegal_status_change", status=status, action=action, allowed=allowed(status)
        ) from None


def check_time(
    action: Action, reservation: Reservation, restaurant: Restaurant, now: dt.datetime
) -> None:
    """Whether `action` can be true of this visit at `now`, whoever asks.

    A party sits down on its service date and leaves no sooner; it is missed from its start on.
    Raises Conflict: too_early with the moment from which it can be; day_over for who would sit
    only after that date.
    """
    earliest = _earliest(action, reservation, restaurant)
    if earliest is not None and now < earliest:
        shown = calendar_text(earliest, restaurant.zone)
        raise Conflict("too_early", action=action, earliest=shown)
    sits_then = action == "seat" or (action, reservation.status) == ("undo", "completed")
    if sits_then and now >= _latest_seat(reservation, restaurant):
        raise Conflict("day_over", date=reservation.service_date.isoformat())


def allowed(status: Status) -> tuple[Action, ...]:
    """The actions that would change a reservation of this status."""
    return tuple(action for action in ACTIONS if _AFTER.get((status, action), status) != status)


def holds_table(status: Status) -> bool:
    """Whether a reservation of this status keeps its table from others."""
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
