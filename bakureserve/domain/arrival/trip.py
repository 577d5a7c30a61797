"""One guest's way, signal by signal: pure functions from a trip to the next.

A `Trip` is what is kept between signals: the arrival intent that clients see, and beside it what
only the program needs. Every change is followed by `review`, which sees what must be told.
"""

from __future__ import annotations

import datetime as dt
from math import ceil
from typing import Literal, NamedTuple

import msgspec

from bakureserve.domain.arrival import forecast as foresight
from bakureserve.domain.arrival import geofence, kitchen, moves
from bakureserve.domain.arrival.forecast import QUIET_AFTER, Basis, Forecast
from bakureserve.domain.arrival.moves import OPEN, Move, Role
from bakureserve.domain.arrival.punctuality import latest_on_time
from bakureserve.domain.errors import Conflict
from bakureserve.domain.estimate import Estimate
from bakureserve.domain.geo import Coordinates
from bakureserve.domain.reservation import (
    ArrivalIntent,
    ArrivalStatus,
    EtaSource,
    PrepScope,
    Reservation,
)
from bakureserve.domain.venue import ArrivalPolicy

Telling = Literal["fire", "hold", "late", "quiet", "lapse"]
"""What is to be told: start cooking, hold the food, the guest is late, nothing is heard of them,
and the trip is given up."""
ToldLate = Literal["kept", "at_risk"]

GIVEN_UP_AFTER = dt.timedelta(minutes=30)
"""A trip outlives its sitting by no more than this after the last signal."""


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest announces: to be there in `lead_minutes`, with `prep_scope` ready."""

    lead_minutes: int
    prep_scope: PrepScope
    share_location: bool
    eta_source: EtaSource
    auto_charge: bool
    notes: str | None = None


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """The intent, and what is known beside it. Times are UTC.

    `pinged_at` is the last location's time, `routed_from` where the last route began, `inside` how
    many signals in a row came from within the fence. The kitchen was told to start at `fired_at`,
    for an arrival at `fired_for`, and knows of `held` seconds of delay since. `late` and `quiet`
    are what staff know. `open_as` is the status in which the trip ended, and `by_step` whether a
    change of the reservation ended it, which can be undone. `version` counts the changes made to
    it, from 1; 0 is not stored yet.
    """

    intent: ArrivalIntent = ArrivalIntent()
    forecast: Forecast | None = None
    pinged_at: dt.datetime | None = None
    routed_from: Coordinates | None = None
    inside: int = 0
    fired_at: dt.datetime | None = None
    fired_for: dt.datetime | None = None
    held: float = 0.0
    late: ToldLate | None = None
    quiet: bool = False
    open_as: ArrivalStatus | None = None
    by_step: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        return self.intent.status in OPEN


class Plan(NamedTuple):
    """What the trip leads to: the booked time, how long the table is held, whether the party is
    still awaited there, and the house's ways."""

    booked: dt.datetime
    held_until: dt.datetime
    awaited: bool
    policy: ArrivalPolicy


class Reviewed(NamedTuple):
    """A trip after a look at it, and what is to be told now."""

    trip: Trip
    tellings: tuple[Telling, ...]


def plan_of(reservation: Reservation, policy: ArrivalPolicy) -> Plan:
    """The plan of a reservation at a restaurant with this policy."""
    awaited = reservation.status == "booked"
    return Plan(reservation.start, reservation.held_until, awaited, policy)


def requested(trip: Trip, wish: Wish, now: dt.datetime, roles: frozenset[Role]) -> Trip:
    """The guest announces themselves, or again and otherwise; what the kitchen began it has begun.

    Raises Conflict.
    """
    keeps = trip.is_open and trip.intent.share_location and wish.share_location
    intent = ArrivalIntent(
        status=moves.after(trip.intent.status, "request", roles),
        last_signal=now,
        current_location=trip.intent.current_location if keeps else None,
        last_location=trip.intent.last_location if keeps else None,
        **msgspec.structs.asdict(wish),
    )
    anew = msgspec.structs.replace(
        trip,
        intent=intent,
        routed_from=trip.routed_from if keeps else None,
        inside=0,
        late=None,
        quiet=False,
        open_as=None,
        by_step=False,
    )
    return _spoken(anew, wish.lead_minutes, now, "lead")


def decided(
    trip: Trip, move: Move, now: dt.datetime, roles: frozenset[Role], notes: str | None = None
) -> Trip:
    """The staff's answer, or a cancellation. `notes` replace the guest's, if there are any.

    Raises Forbidden, Conflict.
    """
    status = moves.after(trip.intent.status, move, roles)
    if status not in OPEN:
        trip = ended(trip, status, now) if status != trip.intent.status else trip
    elif status != trip.intent.status:
        trip = _with_intent(trip, status=status)
    return trip if notes is None else _with_intent(trip, notes=notes)


def promised(trip: Trip, minutes: int, now: dt.datetime) -> Trip:
    """The guest's own word: there in so many minutes. Raises Conflict when nobody is on the way."""
    require_open(trip)
    spoken = _with_intent(trip, confirmed_eta_minutes=minutes, eta_source="user", last_signal=now)
    return _spoken(spoken, minutes, now, "word")


def located(
    trip: Trip,
    place: Coordinates,
    now: dt.datetime,
    *,
    distance: float | None,
    estimate: Estimate | None,
    fence: float,
) -> Trip:
    """A location came in, `distance` metres from the door; None where the door's is not known.

    Without an estimate the guest has hardly moved, and has as far to go as before. Raises Conflict
    when nobody is on the way.
    """
    require_open(trip)
    inside = 0 if distance is None else geofence.signals_inside(trip.inside, distance, fence)
    here = msgspec.structs.replace(
        _with_intent(
            trip,
            last_signal=now,
            last_location=trip.intent.current_location,
            current_location=place,
            eta_source="location",
        ),
        pinged_at=now,
        inside=inside,
        quiet=False,
    )
    if distance is not None and geofence.is_there(inside, distance):
        return ended(here, "arrived", now)
    if estimate is None:
        return _still_as_far(here, now)
    return _routed(here, place, estimate, now)


def ended(trip: Trip, status: ArrivalStatus, now: dt.datetime, *, by_step: bool = False) -> Trip:
    """The trip is over, and where the guest was is forgotten."""
    arrival = {"arrived_at": now, "predicted_eta_minutes": 0, "predicted_eta_seconds": 0}
    over = _with_intent(trip, status=status, **(arrival if status == "arrived" else {}))
    before = trip.intent.status
    return without_places(msgspec.structs.replace(over, open_as=before, by_step=by_step))


def reopened(trip: Trip) -> Trip:
    """The step that ended the trip is undone; where the guest was stays forgotten."""
    if trip.open_as is None or not trip.by_step:
        return trip
    return msgspec.structs.replace(
        _with_intent(trip, status=trip.open_as, arrived_at=None), open_as=None, by_step=False
    )


def without_places(trip: Trip) -> Trip:
    """The trip with nothing in it that tells where the guest is or was."""
    intent = msgspec.structs.replace(
        trip.intent, current_location=None, last_location=None, route_summary=None
    )
    return msgspec.structs.replace(trip, intent=intent, routed_from=None)


def require_open(trip: Trip) -> None:
    """Raises Conflict (arrival_not_open) unless the guest is expected on the way."""
    if not trip.is_open:
        raise Conflict("arrival_not_open", status=trip.intent.status)


def expected(trip: Trip, now: dt.datetime) -> dt.datetime | None:
    """The arrival as far as anybody knows, or as it was; None when nothing is known of it."""
    if trip.intent.status == "arrived":
        return trip.intent.arrived_at
    return max(trip.forecast.arrival, now) if trip.forecast else None


def review(trip: Trip, plan: Plan, now: dt.datetime) -> Reviewed:
    """The trip with its kitchen time as of `now`, and all that has to be told about it.

    Looking again at once tells nothing more. That the guest is late is told elsewhere, since it
    takes a look at the tables.
    """
    if trip.intent.status == "arrived":
        return _served_on_arrival(trip, now)
    if not trip.is_open:
        return Reviewed(trip, ())
    if now >= given_up_at(trip, plan):
        return Reviewed(ended(trip, "cancelled", now), ("lapse",))
    trip, kitchen_tellings = _cooked_for(trip, plan, now)
    if (quiet_at := _quiet_at(trip)) is not None and now >= quiet_at:
        return Reviewed(msgspec.structs.replace(trip, quiet=True), (*kitchen_tellings, "quiet"))
    return Reviewed(trip, kitchen_tellings)


def due_at(trip: Trip, plan: Plan) -> dt.datetime | None:
    """When the trip must be looked at again though nothing was heard; None when it is over.

    An arrived guest stays on the board until they are seated or the sitting is over.
    """
    if trip.intent.status == "arrived":
        return plan.held_until if plan.awaited else None
    if not trip.is_open:
        return None
    fires = trip.intent.fire_at if _waits_for_fire(trip) else None
    unaware = plan.awaited and trip.late is None and trip.forecast is not None
    late = latest_on_time(plan.booked, plan.policy) if unaware else None
    moments = (fires, late, _quiet_at(trip), given_up_at(trip, plan))
    return min(moment for moment in moments if moment is not None)


def given_up_at(trip: Trip, plan: Plan) -> dt.datetime:
    """When nobody is waited for any more."""
    heard = trip.intent.last_signal or plan.booked
    return max(plan.held_until, heard + GIVEN_UP_AFTER)


def is_stale(trip: Trip, now: dt.datetime) -> bool:
    """Whether a guest who shares their location has fallen silent."""
    return (
        trip.is_open
        and trip.intent.share_location
        and trip.pinged_at is not None
        and now >= trip.pinged_at + QUIET_AFTER
    )


def _spoken(trip: Trip, minutes: int, now: dt.datetime, basis: Basis) -> Trip:
    return _predicting(
        msgspec.structs.replace(
            trip, forecast=foresight.heard(trip.forecast, now, minutes * 60.0, basis)
        ),
        now,
    )


def _routed(trip: Trip, place: Coordinates, estimate: Estimate, now: dt.datetime) -> Trip:
    basis: Basis = "line" if estimate.provider == "fallback" else "road"
    told = _with_intent(
        trip,
        typical_eta_minutes=estimate.typical_eta_minutes,
        route_distance_km=round(estimate.distance_km, 2),
        route_summary=estimate.summary or None,
        traffic_condition=estimate.traffic_condition,
        traffic_source=estimate.provider,
        traffic_updated_at=now,
    )
    seconds = float(estimate.eta_seconds)
    forecast = foresight.heard(trip.forecast, now, seconds, basis)
    return _predicting(msgspec.structs.replace(told, forecast=forecast, routed_from=place), now)


def _still_as_far(trip: Trip, now: dt.datetime) -> Trip:
    if trip.forecast is None or trip.forecast.basis in {"lead", "word"}:
        return trip
    forecast = foresight.heard(trip.forecast, now, trip.forecast.remaining, trip.forecast.basis)
    return _predicting(msgspec.structs.replace(trip, forecast=forecast), now)


def _predicting(trip: Trip, now: dt.datetime) -> Trip:
    """The trip with its forecast told in seconds and minutes from `now`."""
    if trip.forecast is None:
        return trip
    seconds = max(0, ceil((trip.forecast.arrival - now).total_seconds()))
    return _with_intent(
        trip, predicted_eta_seconds=seconds, predicted_eta_minutes=ceil(seconds / 60)
    )


def _cooked_for(trip: Trip, plan: Plan, now: dt.datetime) -> tuple[Trip, tuple[Telling, ...]]:
    scope = trip.intent.prep_scope
    if trip.forecast is None or scope is None:
        return trip, ()
    arrival = foresight.cautious(trip.forecast, now)
    if trip.fired_for is not None:
        return _held_for(trip, trip.fired_for, arrival)
    fire_at = kitchen.fire_time(arrival, plan.booked, scope, plan.policy)
    timed = _with_intent(trip, fire_at=fire_at)
    if _waits_for_fire(timed) and fire_at <= now:
        return _fired(timed, arrival, now), ("fire",)
    return timed, ()


def _held_for(
    trip: Trip, fired_for: dt.datetime, arrival: dt.datetime
) -> tuple[Trip, tuple[Telling, ...]]:
    delay = kitchen.delay_to_tell(fired_for, trip.held, arrival)
    if delay is None:
        return trip, ()
    return msgspec.structs.replace(trip, held=delay), ("hold",)


def _served_on_arrival(trip: Trip, now: dt.datetime) -> Reviewed:
    """Who comes sooner than the kitchen began is cooked for at once, if it had agreed to."""
    if trip.fired_at is None and trip.open_as == "approved" and trip.intent.prep_scope:
        return Reviewed(_fired(trip, now, now), ("fire",))
    return Reviewed(trip, ())


def _waits_for_fire(trip: Trip) -> bool:
    return (
        trip.intent.status == "approved"
        and trip.fired_at is None
        and trip.intent.fire_at is not None
    )


def _fired(trip: Trip, arrival: dt.datetime, now: dt.datetime) -> Trip:
    return msgspec.structs.replace(_with_intent(trip, fire_at=now), fired_at=now, fired_for=arrival)


def _quiet_at(trip: Trip) -> dt.datetime | None:
    if trip.quiet or not trip.intent.share_location or trip.pinged_at is None:
        return None
    return trip.pinged_at + QUIET_AFTER


def _with_intent(trip: Trip, **changes: object) -> Trip:
    return msgspec.structs.replace(trip, intent=msgspec.structs.replace(trip.intent, **changes))
