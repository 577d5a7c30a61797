"""Reviewing a trip: when the kitchen starts, who is late, and which alerts are due by now."""

from __future__ import annotations

import datetime as dt
from typing import Literal, NamedTuple

import msgspec

from bakureserve.domain.arrivals import kitchen
from bakureserve.domain.arrivals.forecast import QUIET_AFTER
from bakureserve.domain.arrivals.kitchen import WORD_HOLDS
from bakureserve.domain.arrivals.trip import Trip, end_trip, expected
from bakureserve.domain.reservations.reservation import Reservation, Status
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

ArrivalAlert = Literal["fire", "hold", "late", "missed", "quiet", "lapse"]
"""Start cooking; hold the food; the guest on the way is late; a party that announced nothing is
late; the guest has fallen silent; the trip is given up."""

Lateness = Literal["early", "on_time", "late"]

EARLY_BY = dt.timedelta(minutes=10)
GIVEN_UP_AFTER = dt.timedelta(minutes=30)
"""After its sitting, a trip ends this long after the last signal."""


class Plan(NamedTuple):
    """The visit that the trip leads to: the booked time, how long the table is held, the
    reservation's status, and the restaurant's arrival policy."""

    booked: dt.datetime
    held_until: dt.datetime
    status: Status
    policy: ArrivalPolicy

    @property
    def awaited(self) -> bool:
        """Whether the party has still to sit down."""
        return self.status == "booked"


class Reviewed(NamedTuple):
    """A trip after its review, and the alerts that are due now."""

    trip: Trip
    alerts: tuple[ArrivalAlert, ...]


def plan_of(reservation: Reservation, policy: ArrivalPolicy) -> Plan:
    """The plan of a reservation at a restaurant with this policy."""
    return Plan(reservation.start, reservation.held_until, reservation.status, policy)


def review(trip: Trip, plan: Plan, now: dt.datetime) -> Reviewed:
    """The trip with its kitchen time as of `now`, and the alerts that are due.

    There is no kitchen time once the guest should have been there long ago: the kitchen then waits
    for a newer announcement. A second review at the same moment gives no further alerts. Lateness
    is left to the caller, since it depends on the tables.
    """
    if trip.intent.status == "arrived":
        return Reviewed(*kitchen.cook_on_arrival(trip, plan.booked, plan.status, plan.policy, now))
    if not trip.is_open:
        return Reviewed(trip, ())
    if now >= given_up_at(trip, plan):
        return Reviewed(end_trip(trip, "cancelled", now), ("lapse",))
    trip, alerts = kitchen.cook_for(trip, plan.booked, plan.policy, now)
    quiet = trip.quiet or _is_over(_quiet_at(trip), now)
    unheard = trip.unheard or _is_over(_word_ends_at(trip), now)
    if (quiet, unheard) == (trip.quiet, trip.unheard):
        return Reviewed(trip, alerts)
    silent = msgspec.structs.replace(trip, quiet=quiet, unheard=unheard)
    return Reviewed(silent, (*alerts, "quiet"))


def lateness_of(arrival: dt.datetime, booked: dt.datetime, policy: ArrivalPolicy) -> Lateness:
    """The expected arrival compared with the booked time."""
    if arrival > latest_on_time(booked, policy):
        return "late"
    return "early" if arrival < booked - EARLY_BY else "on_time"


def latest_on_time(booked: dt.datetime, policy: ArrivalPolicy) -> dt.datetime:
    """The last moment that is still on time."""
    return booked + dt.timedelta(minutes=policy.late_after_minutes)


def reckoned_at(trip: Trip, plan: Plan, now: dt.datetime) -> dt.datetime | None:
    """When the party is expected at their table: as forecast while they are on the way or at the
    door; now, if they announced nothing and their time has come. None before, and once they sit."""
    if trip.is_under_way:
        return expected(trip, now)
    if not plan.awaited or now < plan.booked:
        return None
    return (trip.intent.status == "idle" and expected(trip, now)) or now


def is_late(trip: Trip, plan: Plan, now: dt.datetime) -> bool:
    """Whether the party, announced or not, is late while its table is held."""
    arrival = reckoned_at(trip, plan, now)
    if arrival is None or not plan.awaited or trip.intent.status == "arrived":
        return False
    return now < plan.held_until and lateness_of(arrival, plan.booked, plan.policy) == "late"


def due_at(trip: Trip, plan: Plan, now: dt.datetime) -> dt.datetime | None:
    """When the trip, reviewed at `now`, must be reviewed again without a signal; None when it is
    over.

    An arrived guest stays on the board until they are seated or the sitting is over.
    """
    starts = kitchen.starts_at(trip)
    if trip.intent.status == "arrived":
        waits = plan.awaited and now < plan.held_until
        return min(starts or plan.held_until, plan.held_until) if waits else None
    if not trip.is_open:
        return None
    unaware = plan.awaited and trip.late is None and trip.forecast is not None
    late = latest_on_time(plan.booked, plan.policy) if unaware else None
    silent = (_quiet_at(trip), _word_ends_at(trip))
    moments = (starts, kitchen.holds_at(trip), late, *silent, given_up_at(trip, plan))
    return min(moment for moment in moments if moment is not None)


def given_up_at(trip: Trip, plan: Plan) -> dt.datetime:
    """When the wait for the party ends."""
    heard = trip.intent.last_signal or plan.booked
    return max(plan.held_until, heard + GIVEN_UP_AFTER)


def _quiet_at(trip: Trip) -> dt.datetime | None:
    """When a guest who shares their location has been silent for too long."""
    if trip.quiet or not trip.intent.share_location or trip.pinged_at is None:
        return None
    return trip.pinged_at + QUIET_AFTER


def _word_ends_at(trip: Trip) -> dt.datetime | None:
    """When the guest's last announcement is too old for the kitchen to start by."""
    if trip.unheard or trip.forecast is None or trip.fired_at is not None:
        return None
    return trip.forecast.arrival + WORD_HOLDS


def _is_over(moment: dt.datetime | None, now: dt.datetime) -> bool:
    return moment is not None and moment <= now
