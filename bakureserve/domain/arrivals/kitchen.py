"""The kitchen's make times: when it starts for a guest on the way, when it holds, and what it
quotes for a pre-order.

The kitchen starts one make time before the guest is expected to be seated; it is told once.
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

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.reservation import PrepScope
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

EARLIEST_SEATING = dt.timedelta(minutes=30)
"""Cooking assumes that no guest sits down earlier than this before the booked time."""
HOLD_AFTER = dt.timedelta(minutes=5)
"""The shortest delay that the kitchen hears of; food can wait for less."""
SPOILT_AFTER = dt.timedelta(minutes=30)
"""After holding for this long, only a new signal of the guest is passed on to the kitchen."""


PrepPolicy = Literal["prep_starts_before_arrival", "prep_starts_now"]

NEAREST_MINUTES = 5
FARTHEST_MINUTES = 60
"""A pre-order is for a guest between these many minutes away."""
PREORDER_SCOPES: tuple[PrepScope, ...] = ("starters", "full")
ITEMS_IN_MAKE_TIME = 3
MINUTES_PER_FURTHER_ITEM = 2
LONGEST_WITH_ITEMS = 35


class PrepQuote(msgspec.Struct, frozen=True):
    """When the kitchen begins: `recommended_prep_minutes` before the arrival.

    `policy` is a code with words for it: whether the food will be ready on arrival or follows.
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


def delay_to_tell(fired_for: dt.datetime, told: float, arrival: dt.datetime) -> float | None:
    """The guest's delay in seconds since the kitchen started for `fired_for`, if worth a word.

    `told` is the delay in seconds that it knows of already.
    """
    delay = (arrival - fired_for).total_seconds()
    return delay if delay >= told + HOLD_AFTER.total_seconds() else None


def hold_at(fired_for: dt.datetime, told: float) -> dt.datetime | None:
    """When the kitchen holds for a guest who has not come and is not heard of.

    `told` is as in `delay_to_tell`. None once the food is spoilt anyway.
    """
    if told >= SPOILT_AFTER.total_seconds():
        return None
    return fired_for + dt.timedelta(seconds=told) + HOLD_AFTER


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
