"""The kitchen's make times: when it starts for a guest on the way, when it holds, and what it
quotes for a pre-order.

The kitchen is told once to start, one make time before the guest is expected to be seated.
When the guest is delayed after that, the food waits: the kitchen is told to hold, once for every
`HOLD_AFTER` of further delay, and never to start again.

A pre-order is quoted by the same make times. They cover ITEMS_IN_MAKE_TIME dishes; each further one
adds MINUTES_PER_FURTHER_ITEM, up to LONGEST_WITH_ITEMS in all, as beyond that the cooks share the
work. A guest who is nearer than that is cooked for at once, and the food comes after them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal

import msgspec

from bakureserve.domain.arrivals import forecast as foresight
from bakureserve.domain.arrivals.trip import Trip, with_intent
from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.reservation import PrepScope, Status
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

EARLIEST_SEATING = dt.timedelta(minutes=30)
"""Cooking assumes that no guest sits down earlier than this before the booked time."""
WORD_HOLDS = dt.timedelta(minutes=30)
"""A guest's announcement is void once they are this late for it."""
HOLD_AFTER = dt.timedelta(minutes=5)
"""The shortest delay that is reported to the kitchen; food can wait for less."""
SPOILT_AFTER = dt.timedelta(minutes=30)
"""After holding for this long, only a new signal of the guest is passed on to the kitchen."""


KitchenAlert = Literal["fire", "hold"]
"""Start cooking; hold the food."""

PrepPolicy = Literal["prep_starts_before_arrival", "prep_starts_now"]

NEAREST_MINUTES = 5
FARTHEST_MINUTES = 60
"""A pre-order is for a guest between this many minutes away."""
PREORDER_SCOPES: tuple[PrepScope, ...] = ("starters", "full")
ITEMS_IN_MAKE_TIME = 3
MINUTES_PER_FURTHER_ITEM = 2
LONGEST_WITH_ITEMS = 35


class PrepQuote(msgspec.Struct, frozen=True):
    """When the kitchen begins: `recommended_prep_minutes` before the arrival.

    `policy` is a code: whether the food will be ready on arrival or follows.
    """

    policy: PrepPolicy
    recommended_prep_minutes: int


def make_time(scope: PrepScope, policy: ArrivalPolicy) -> dt.timedelta:
    """How long the kitchen needs for what the guest wants ready."""
    minutes = {
        "starters": policy.starters_minutes,
        "mains": policy.mains_minutes,
        "full": policy.full_minutes,
    }
    return dt.timedelta(minutes=minutes[scope])


def fire_time(
    arrival: dt.datetime, booked: dt.datetime, scope: PrepScope, policy: ArrivalPolicy
) -> dt.datetime:
    """When to start: estimated arrival + seating allowance - make time.

    `booked` is the reservation's start; EARLIEST_SEATING applies to guests who come much too early.
    """
    at_the_door = max(arrival, booked - EARLIEST_SEATING)
    return at_the_door + dt.timedelta(minutes=policy.seating_minutes) - make_time(scope, policy)


def delay_to_report(fired_for: dt.datetime, reported: float, arrival: dt.datetime) -> float | None:
    """The guest's delay in seconds since the kitchen started for `fired_for`, if to be reported.

    `reported` is the delay in seconds that the kitchen knows of already.
    """
    delay = (arrival - fired_for).total_seconds()
    return delay if delay >= reported + HOLD_AFTER.total_seconds() else None


def cook_for(
    trip: Trip, booked: dt.datetime, policy: ArrivalPolicy, now: dt.datetime
) -> tuple[Trip, tuple[KitchenAlert, ...]]:
    """The trip of a guest on the way with its kitchen time as of `now`, and what the kitchen is
    told: to start, or once it has started, to hold."""
    scope = trip.intent.prep_scope
    if trip.forecast is None or scope is None:
        return trip, ()
    arrival = foresight.cautious(trip.forecast, now)
    if trip.fired_for is not None:
        delay = delay_to_report(trip.fired_for, trip.held, arrival)
        if delay is None:
            return trip, ()
        return msgspec.structs.replace(trip, held=delay), ("hold",)
    begins = fire_time(arrival, booked, scope, policy)
    word_holds = now < trip.forecast.arrival + WORD_HOLDS
    timed = with_intent(trip, fire_at=begins if word_holds else None)
    if _is_due(timed, now):
        return _started(timed, arrival, now), ("fire",)
    return timed, ()


def cook_on_arrival(
    trip: Trip, booked: dt.datetime, status: Status, policy: ArrivalPolicy, now: dt.datetime
) -> tuple[Trip, tuple[KitchenAlert, ...]]:
    """The same for a guest who has arrived, with the status of their reservation.

    If they arrive before the kitchen started, it starts as soon as they may sit down, or do.
    """
    scope, came = trip.intent.prep_scope, trip.intent.arrived_at
    if trip.fired_at is not None or not trip.is_agreed or scope is None or came is None:
        return trip, ()
    timed = with_intent(trip, fire_at=fire_time(came, booked, scope, policy))
    if status == "seated" or (status == "booked" and _is_due(timed, now)):
        return _started(trip, now, now), ("fire",)
    return timed, ()


def starts_at(trip: Trip) -> dt.datetime | None:
    """When the kitchen is to start, if it has agreed and not started."""
    return trip.intent.fire_at if trip.is_agreed and trip.fired_at is None else None


def holds_at(trip: Trip) -> dt.datetime | None:
    """When the kitchen holds for a guest who has neither come nor sent a signal.

    None before it has started, and once the food is spoilt anyway.
    """
    if trip.fired_for is None or trip.held >= SPOILT_AFTER.total_seconds():
        return None
    return trip.fired_for + dt.timedelta(seconds=trip.held) + HOLD_AFTER


def check_preorder(minutes_away: int, scope: str) -> PrepScope:
    """The scope of a pre-order. Raises Invalid: minutes_away_out_of_range, prep_scope_unknown."""
    if not NEAREST_MINUTES <= minutes_away <= FARTHEST_MINUTES:
        raise Invalid(
            "minutes_away_out_of_range",
            field="minutes_away",
            smallest=NEAREST_MINUTES,
            largest=FARTHEST_MINUTES,
        )
    for known in PREORDER_SCOPES:
        if scope == known:
            return known
    raise Invalid("prep_scope_unknown", field="scope", allowed=PREORDER_SCOPES)


def quote(minutes_away: int, scope: str, items: Sequence[str], policy: ArrivalPolicy) -> PrepQuote:
    """What the kitchen would do for a guest `minutes_away` who wants `scope` ready.

    Raises Invalid as `check_preorder` does.
    """
    base = make_time(check_preorder(minutes_away, scope), policy) // dt.timedelta(minutes=1)
    further = MINUTES_PER_FURTHER_ITEM * max(0, len(items) - ITEMS_IN_MAKE_TIME)
    needed = max(base, min(base + further, LONGEST_WITH_ITEMS))
    if needed > minutes_away:
        return PrepQuote("prep_starts_now", minutes_away)
    return PrepQuote("prep_starts_before_arrival", needed)


def _is_due(trip: Trip, now: dt.datetime) -> bool:
    starts = starts_at(trip)
    return starts is not None and starts <= now


def _started(trip: Trip, arrival: dt.datetime, now: dt.datetime) -> Trip:
    return msgspec.structs.replace(with_intent(trip, fire_at=now), fired_at=now, fired_for=arrival)
