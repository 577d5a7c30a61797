"""Why staff should look at a reservation, as codes, and how long each code holds.

A restaurant's new rules may refuse an existing booking. Hours, party limits and tables apply to
existing bookings; grid, last seating, turn time, lead time, horizon and buffer only to new ones.
Hours are checked as for staff, who may have made the booking.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable

from bakureserve.domain.errors import FieldProblem, Invalid
from bakureserve.domain.localtime import calendar_text, local_date
from bakureserve.domain.reservations.reservation import HOLDS_A_TABLE, Reservation, Status
from bakureserve.domain.reservations.sittings import check_closing, open_service
from bakureserve.domain.restaurants.hours import service_at
from bakureserve.domain.restaurants.restaurant import Restaurant

NO_TABLE = "no_table"
"""It should hold a table and has none."""
NOT_SETTLED = "not_settled"
"""Booked for a past day and never seated: staff must say whether the party came."""
TABLE_OVERSTAYED = "table_overstayed"
"""Another party still sits at its table beyond its own time."""

UNTIL_SEATED = frozenset({NOT_SETTLED, TABLE_OVERSTAYED})
"""Codes that matter only until the party sits down."""


def without(reservation: Reservation, *codes: str) -> tuple[str, ...]:
    """The reservation's attention codes except these."""
    return tuple(code for code in reservation.attention if code not in codes)


ZONE_CHANGED = "zone_changed"
"""The clock time that the guest was promised is not what the restaurant's clock now shows."""

TABLE_GONE = "table_gone"

_BY_RULES = frozenset(
    {
        "closed_that_day",
        "outside_hours",
        "end_after_closing",
        "party_too_small",
        "party_too_large",
        "party_larger_than_table",
        TABLE_GONE,
        ZONE_CHANGED,
    }
)


def same_rules(one: Restaurant, other: Restaurant) -> bool:
    """Whether both have the same rules for existing bookings."""
    return _rules(one) == _rules(other)


def refusals(restaurant: Restaurant, reservation: Reservation) -> tuple[FieldProblem, ...]:
    """Why the restaurant's rules would refuse the booking as it is; empty if they accept it.

    Codes: party_too_small, party_too_large, table_gone, party_larger_than_table, closed_that_day,
    outside_hours, end_after_closing.
    """
    return tuple(
        problem
        for check in (_check_limits, _check_table, _check_hours)
        for problem in _problems(check, restaurant, reservation)
    )


def attention_for(reservation: Reservation, problems: Iterable[FieldProblem]) -> tuple[str, ...]:
    """The booking's attention codes, with these problems in place of older ones of the rules."""
    others = (code for code in reservation.attention if code not in _BY_RULES)
    return (*others, *(problem.code for problem in problems))


def attention_under(restaurant: Restaurant, reservation: Reservation) -> tuple[str, ...]:
    """The booking's attention codes that still hold under the restaurant's rules."""
    refused = {problem.code for problem in refusals(restaurant, reservation)} | {ZONE_CHANGED}
    return tuple(code for code in reservation.attention if code not in _BY_RULES or code in refused)


def attention_once(status: Status, attention: tuple[str, ...]) -> tuple[str, ...]:
    """The attention codes that still matter once the booking has that status.

    Rules concern parties that are still to come; a booking that is over needs no attention.
    """
    if status not in HOLDS_A_TABLE:
        return ()
    return tuple(
        code for code in attention if status == "booked" or code not in _BY_RULES | UNTIL_SEATED
    )


def clock_differs(one: Restaurant, other: Restaurant, reservation: Reservation) -> bool:
    """Whether the booking's start or end shows another time on the two restaurants' clocks."""
    return any(
        calendar_text(moment, one.zone) != calendar_text(moment, other.zone)
        for moment in (reservation.start, reservation.end)
    )


def service_date_under(restaurant: Restaurant, reservation: Reservation) -> dt.date:
    """The date of the service that the booking now starts in.

    Outside all services it keeps its service date if that is its local date or the day before.
    """
    service = service_at(restaurant, reservation.start)
    if service is not None:
        return service.service_date
    today = local_date(reservation.start, restaurant.zone)
    possible = (today, today - dt.timedelta(days=1))
    return reservation.service_date if reservation.service_date in possible else today


def _rules(restaurant: Restaurant) -> tuple[object, ...]:
    seats = {table.id: table.capacity for table in restaurant.tables}
    return (
        restaurant.timezone,
        restaurant.hours,
        restaurant.policy.min_party,
        restaurant.policy.max_party,
        seats,
    )


def _problems(
    check: Callable[[Restaurant, Reservation], None],
    restaurant: Restaurant,
    reservation: Reservation,
) -> tuple[FieldProblem, ...]:
    try:
        check(restaurant, reservation)
    except Invalid as refused:
        return refused.problems
    return ()


def _check_limits(restaurant: Restaurant, reservation: Reservation) -> None:
    """The restaurant's own limits; `_check_table` checks what its tables allow."""
    policy, size = restaurant.policy, reservation.party_size
    if size < policy.min_party:
        raise Invalid("party_too_small", field="party_size", smallest=policy.min_party)
    if policy.max_party is not None and size > policy.max_party:
        raise Invalid("party_too_large", field="party_size", largest=policy.max_party)


def _check_table(restaurant: Restaurant, reservation: Reservation) -> None:
    """A booking without a table passes."""
    if reservation.table_id is None:
        return
    table = restaurant.tables_by_id.get(reservation.table_id)
    if table is None:
        raise Invalid(TABLE_GONE, field="table_id", table=reservation.table_id)
    if reservation.party_size > table.capacity:
        raise Invalid(
            "party_larger_than_table", field="table_id", table=table.name, capacity=table.capacity
        )


def _check_hours(restaurant: Restaurant, reservation: Reservation) -> None:
    check_closing(restaurant, open_service(restaurant, reservation.start), reservation.end)
