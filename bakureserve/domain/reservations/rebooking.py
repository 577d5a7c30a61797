"""A booking's sitting after the booking is changed, or restored.

Only what changes is checked: adding a guest at half past six does not book seven o'clock again. A
new start moves the sitting and keeps its length, which only closing shortens; a new party size
keeps the sitting; a new end alone makes it longer or shorter. A guest's new start must be offered,
and a guest's new end must be the offered one or keep the length; staff may choose any interval
inside the hours.
"""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.errors import Conflict, Invalid
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.sittings import (
    Sitting,
    check_lookback,
    check_order,
    check_party,
    end_not_offered,
    interval,
    offered_service,
    open_service,
    sitting_in,
    sitting_of,
)
from bakureserve.domain.restaurants.hours import is_same_service
from bakureserve.domain.restaurants.restaurant import Restaurant

ANOTHER_MEAL = dt.timedelta(hours=5)
"""A move this long makes another visit, as from lunch to dinner where the kitchen never closes."""


class Retiming(msgspec.Struct, frozen=True, kw_only=True):
    """Changes to a sitting, in UTC; None keeps the present value."""

    party_size: int | None = None
    start: dt.datetime | None = None
    end: dt.datetime | None = None


def retimed(
    restaurant: Restaurant,
    booked: Reservation,
    wanted: Retiming,
    now: dt.datetime,
    *,
    as_staff: bool,
) -> Sitting:
    """The sitting after the change, whatever its table.

    Raises Conflict (seated_start_stands) for a new start of a seated party, and Invalid as booking
    does, for what is new only.
    """
    if wanted.party_size is not None:
        check_party(restaurant, wanted.party_size)
    if wanted.start is None and wanted.end is None:
        return sitting_of(booked)
    if wanted.start is not None and booked.status == "seated":
        raise Conflict("seated_start_stands")
    check_order(restaurant, wanted.start or booked.start, wanted.end)
    change = _by_staff if as_staff else _by_guest
    return change(restaurant, booked, wanted, now)


def _by_staff(
    restaurant: Restaurant, booked: Reservation, wanted: Retiming, now: dt.datetime
) -> Sitting:
    party_size = wanted.party_size or booked.party_size
    if wanted.start is None:
        service = open_service(restaurant, booked.start)
        return interval(restaurant, party_size, service, booked.start, wanted.end)
    check_lookback(restaurant, wanted.start, now)
    service = open_service(restaurant, wanted.start)
    end = wanted.end or min(wanted.start + (booked.end - booked.start), service.open_until)
    return interval(restaurant, party_size, service, wanted.start, end)


def _by_guest(
    restaurant: Restaurant, booked: Reservation, wanted: Retiming, now: dt.datetime
) -> Sitting:
    party_size = wanted.party_size or booked.party_size
    if wanted.start is None:
        start, service = booked.start, open_service(restaurant, booked.start)
    else:
        start, service = wanted.start, offered_service(restaurant, party_size, wanted.start, now)
    kept = min(start + (booked.end - booked.start), service.open_until)
    offered = sitting_in(restaurant, party_size, service, start).end
    if wanted.end is not None and wanted.end not in {kept, offered}:
        raise end_not_offered(restaurant, offered)
    return sitting_in(restaurant, party_size, service, start, wanted.end or kept)


def require_offered_again(
    restaurant: Restaurant, booked: Reservation, now: dt.datetime, *, as_staff: bool
) -> None:
    """Raises Conflict, with the broken rule's code, unless the sitting could be booked now.

    A length that staff set is accepted.
    """
    try:
        check_party(restaurant, booked.party_size)
        if as_staff:
            check_lookback(restaurant, booked.start, now)
            service = open_service(restaurant, booked.start)
        else:
            service = offered_service(restaurant, booked.party_size, booked.start, now)
        interval(restaurant, booked.party_size, service, booked.start, booked.end)
    except Invalid as broken:
        raise Conflict(broken.code, **broken.params) from None


def is_another_visit(restaurant: Restaurant, before: Reservation, after: Reservation) -> bool:
    """Whether a moved booking is another visit: another service, or another meal of a long one."""
    if before.start == after.start:
        return False
    return (
        before.service_date != after.service_date
        or abs(after.start - before.start) >= ANOTHER_MEAL
        or not is_same_service(restaurant, before.start, after.start)
    )
