"""When the kitchen starts, and when it holds.

It starts `make time` before the guest is expected to be seated, and is told so once. A guest who is
delayed after that has food that waits: the kitchen is then told to hold, once for every
`HOLD_AFTER` of further delay, and never to start again.
"""

from __future__ import annotations

import datetime as dt

from bakureserve.domain.reservations.reservation import PrepScope
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

EARLIEST_SEATING = dt.timedelta(minutes=30)
"""Nobody is cooked for as if they sat down longer than this before their booked time."""
HOLD_AFTER = dt.timedelta(minutes=5)
"""A delay the kitchen is told of: less than that, a plate bears."""
SPOILT_AFTER = dt.timedelta(minutes=30)
"""Once the food is held for so long, only a signal of the guest's makes it worth a further word."""


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

    `booked` is the reservation's start; one who comes much too early is waited for (see
    EARLIEST_SEATING).
    """
    at_the_door = max(arrival, booked - EARLIEST_SEATING)
    return at_the_door + dt.timedelta(minutes=policy.seating_minutes) - make_time(scope, policy)


def delay_to_tell(fired_for: dt.datetime, told: float, arrival: dt.datetime) -> float | None:
    """The guest's delay in seconds since the kitchen started for `fired_for`, if it must be told.

    `told` is the delay in seconds that it knows of already.
    """
    delay = (arrival - fired_for).total_seconds()
    return delay if delay >= told + HOLD_AFTER.total_seconds() else None


def hold_at(fired_for: dt.datetime, told: float) -> dt.datetime | None:
    """When a guest who is not there by then is to be held for, though nothing is heard of them.

    `told` is as in `delay_to_tell`. None once the food is spoilt anyway.
    """
    if told >= SPOILT_AFTER.total_seconds():
        return None
    return fired_for + dt.timedelta(seconds=told) + HOLD_AFTER
