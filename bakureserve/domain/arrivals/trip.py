"""One guest's trip, signal by signal: pure functions from a trip to the next.

A `Trip` is what is stored between signals: the arrival intent that clients see, and what only the
program needs. Every change is followed by `review`, which gives the alerts that are due.
"""

from __future__ import annotations

import datetime as dt
from math import ceil
from typing import Literal

import msgspec

from bakureserve.domain.arrivals import forecast as foresight
from bakureserve.domain.arrivals.forecast import QUIET_AFTER, Basis, Forecast
from bakureserve.domain.arrivals.intent import (
    MAY_BE_OPEN,
    OPEN,
    Move,
    Role,
    status_after,
)
from bakureserve.domain.arrivals.location import (
    SURE_AFTER,
    Sighting,
    has_arrived,
    is_in_reach,
    sighted,
    signals_inside,
)
from bakureserve.domain.errors import Conflict, Forbidden
from bakureserve.domain.places.estimate import Estimate
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import (
    ArrivalIntent,
    ArrivalStatus,
    EtaSource,
    PrepScope,
    estimate_fields,
    known_fields,
    place_fields,
)

LateWarning = Literal["kept", "at_risk"]


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a guest announces: to be there in `lead_minutes`, with `prep_scope` ready."""

    lead_minutes: int
    prep_scope: PrepScope
    share_location: bool
    eta_source: EtaSource
    auto_charge: bool
    notes: str | None = None


class Trip(msgspec.Struct, frozen=True, kw_only=True):
    """The arrival intent, and what else is known of the trip. Times are UTC.

    `pinged_at` is the time of the last location that was stored, `asked_at` that of the last that
    was sent; `sighting` is one that was set aside. `routed_from` is where the last route began,
    `inside` how many signals in a row came from within the fence. `withdrawn` says that the guest
    does not want to be followed. The kitchen was told to start at `fired_at`, for an arrival at
    `fired_for`, and knows of `held` seconds of delay since. `late`, `quiet` (no location) and
    `unheard` (no valid announcement) are what staff were told. `open_as` is the status in which the
    trip ended, and `by_step` whether a change of the reservation ended it, which can be undone.
    `version` counts its changes, from 1; 0 is not stored yet.
    """

    intent: ArrivalIntent = ArrivalIntent()
    forecast: Forecast | None = None
    pinged_at: dt.datetime | None = None
    asked_at: dt.datetime | None = None
    sighting: Sighting | None = None
    withdrawn: bool = False
    routed_from: Coordinates | None = None
    inside: int = 0
    fired_at: dt.datetime | None = None
    fired_for: dt.datetime | None = None
    held: float = 0.0
    late: LateWarning | None = None
    quiet: bool = False
    unheard: bool = False
    open_as: ArrivalStatus | None = None
    by_step: bool = False
    version: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the guest has announced themselves and is still on the way."""
        return self.intent.status in OPEN

    @property
    def is_under_way(self) -> bool:
        """Whether the guest is on the way or at the door."""
        return self.is_open or self.intent.status == "arrived"

    @property
    def is_shared(self) -> bool:
        """Whether the guest is on the way and has agreed to be followed."""
        return self.is_open and self.intent.share_location

    @property
    def may_be_open(self) -> bool:
        """Whether the guest may be on the way, announced or not."""
        return self.intent.status in MAY_BE_OPEN

    @property
    def is_blank(self) -> bool:
        """Whether nothing is recorded that another visit must not start with."""
        kept = {"version": 0, "asked_at": None, "withdrawn": False}
        return msgspec.structs.replace(self, **kept) == Trip()

    @property
    def last_ping_at(self) -> dt.datetime | None:
        return self.asked_at or self.pinged_at

    @property
    def is_agreed(self) -> bool:
        """Whether the kitchen has agreed to cook for the guest, on the way or there by now."""
        status = self.intent.status
        return (self.open_as if status == "arrived" else status) == "approved"


def announce(trip: Trip, wish: Wish, now: dt.datetime, roles: frozenset[Role]) -> Trip:
    """The guest announces themselves, or changes the announcement; food that was started stays
    started.

    What is known of the drive stands until a newer signal. Raises Conflict.
    """
    shares = trip.may_be_open and trip.intent.share_location and wish.share_location
    intent = ArrivalIntent(
        status=status_after(trip.intent.status, "request", roles),
        last_signal=now,
        **(place_fields(trip.intent) if shares else {}),
        **(known_fields(trip.intent) if trip.may_be_open else {}),
        **msgspec.structs.asdict(wish),
    )
    anew = msgspec.structs.replace(
        trip if shares else without_places(trip),
        intent=intent,
        inside=0,
        late=None,
        quiet=False,
        withdrawn=trip.withdrawn and not wish.share_location,
        open_as=None,
        by_step=False,
    )
    return _announced(anew, wish.lead_minutes, now, "lead")


def decide(
    trip: Trip, move: Move, now: dt.datetime, roles: frozenset[Role], notes: str | None = None
) -> Trip:
    """The staff's answer, or a cancellation. `notes` replace the guest's, if there are any.

    Raises Forbidden, Conflict.
    """
    status = status_after(trip.intent.status, move, roles)
    if status not in OPEN:
        trip = end_trip(trip, status, now) if status != trip.intent.status else trip
    elif status != trip.intent.status:
        trip = with_intent(trip, status=status)
    return trip if notes is None else with_intent(trip, notes=notes)


def promise_arrival(trip: Trip, minutes: int, now: dt.datetime) -> Trip:
    """The guest announces to be there in `minutes`. Raises Conflict unless they are on the way."""
    require_open(trip)
    promised = with_intent(trip, confirmed_eta_minutes=minutes, eta_source="user", last_signal=now)
    return _announced(promised, minutes, now, "word")


def set_aside(trip: Trip, place: Coordinates, now: dt.datetime) -> Trip | None:
    """The trip with a location set aside that the guest cannot have reached; None if believed."""
    if _has_reached(trip, place, now):
        return None
    sighting = sighted(trip.sighting, place, now)
    if sighting.in_a_row >= SURE_AFTER:
        return None
    return msgspec.structs.replace(trip, sighting=sighting, asked_at=now)


def answer_location(trip: Trip, now: dt.datetime) -> Trip:
    """A location was answered and not stored: it could not be about this visit."""
    return msgspec.structs.replace(trip, asked_at=now)


def locate(
    trip: Trip,
    place: Coordinates,
    now: dt.datetime,
    *,
    distance: float | None,
    estimate: Estimate | None,
    fence: float,
    may_arrive: bool = True,
) -> Trip:
    """A location came in, `distance` metres from the door; None where the door's is not known.

    With it the guest agrees to be followed. A guest who announced nothing is followed without
    becoming a guest on the way. Without an estimate the guest has hardly moved, and has as far to
    go as before. `may_arrive` is whether their time is near enough for an arrival. Raises Conflict
    once the trip is over.
    """
    require_followable(trip)
    inside = 0 if distance is None else signals_inside(trip.inside, distance, fence)
    here = msgspec.structs.replace(
        with_intent(
            trip,
            share_location=True,
            last_signal=now,
            last_location=trip.intent.current_location,
            current_location=place,
            eta_source="location",
        ),
        forecast=trip.forecast if _has_reached(trip, place, now) else None,
        pinged_at=now,
        asked_at=now,
        sighting=None,
        inside=inside,
        quiet=False,
        unheard=False,
    )
    is_there = distance is not None and has_arrived(inside, distance)
    if is_there and may_arrive and trip.is_open:
        return end_trip(here, "arrived", now)
    if estimate is None:
        return _still_as_far(here, now)
    return _routed(here, place, estimate, now)


def unfollow(trip: Trip) -> Trip:
    """Stop following the guest, and forget where they were."""
    return without_places(with_intent(trip, share_location=False))


def withdraw_consent(trip: Trip) -> Trip:
    """The guest does not want to be followed until they agree again."""
    return msgspec.structs.replace(unfollow(trip), withdrawn=True, inside=0, quiet=False)


def end_trip(trip: Trip, status: ArrivalStatus, now: dt.datetime, *, by_step: bool = False) -> Trip:
    """The trip is over, and with it the guest's agreement to be followed."""
    arrival = {"arrived_at": now, "predicted_eta_minutes": 0, "predicted_eta_seconds": 0}
    over = with_intent(trip, status=status, **(arrival if status == "arrived" else {}))
    before = trip.intent.status
    return unfollow(msgspec.structs.replace(over, open_as=before, by_step=by_step))


def undo_arrival(trip: Trip, roles: frozenset[Role]) -> Trip:
    """Staff recorded an arrival by mistake, or the phone was wrong: the guest is expected as
    before.

    Food that was started stays started, and where the guest was stays forgotten. Raises Forbidden
    (staff_only), Conflict (not_arrived).
    """
    if "staff" not in roles:
        raise Forbidden("staff_only")
    if trip.intent.status != "arrived":
        raise Conflict("not_arrived", status=trip.intent.status)
    return _under_way_again(trip, trip.open_as or "idle")


def reopen(trip: Trip) -> Trip:
    """The step that ended the trip is undone; where the guest was stays forgotten."""
    if trip.open_as is None or not trip.by_step:
        return trip
    return _under_way_again(trip, trip.open_as)


def start_anew(trip: Trip) -> Trip:
    """The trip to another visit: nothing announced, started or reported for the old one is left.

    Moving a booking does not renew a consent that was withdrawn.
    """
    return Trip(version=trip.version, asked_at=trip.asked_at, withdrawn=trip.withdrawn)


def without_places(trip: Trip) -> Trip:
    """The trip with nothing in it that says where the guest is or was."""
    intent = msgspec.structs.replace(
        trip.intent, current_location=None, last_location=None, route_summary=None
    )
    return msgspec.structs.replace(trip, intent=intent, routed_from=None, sighting=None)


def with_intent(trip: Trip, **changes: object) -> Trip:
    """The trip with these fields of its intent changed."""
    return msgspec.structs.replace(trip, intent=msgspec.structs.replace(trip.intent, **changes))


def require_open(trip: Trip) -> None:
    """Raises Conflict (arrival_not_open) unless the guest is expected on the way."""
    if not trip.is_open:
        raise Conflict("arrival_not_open", status=trip.intent.status)


def require_followable(trip: Trip) -> None:
    """Raises Conflict: arrival_not_open once the trip is over, location_withdrawn when the guest
    does not want to be followed."""
    if not trip.may_be_open:
        raise Conflict("arrival_not_open", status=trip.intent.status)
    if trip.withdrawn:
        raise Conflict("location_withdrawn")


def expected(trip: Trip, now: dt.datetime) -> dt.datetime | None:
    """The arrival as forecast, or as it happened; None when nothing is known of it."""
    if trip.intent.status == "arrived":
        return trip.intent.arrived_at
    return max(trip.forecast.arrival, now) if trip.forecast else None


def is_stale(trip: Trip, now: dt.datetime) -> bool:
    """Whether a guest who shares their location has fallen silent."""
    return trip.is_shared and trip.pinged_at is not None and now >= trip.pinged_at + QUIET_AFTER


def _under_way_again(trip: Trip, status: ArrivalStatus) -> Trip:
    nothing_known = {"predicted_eta_minutes": None, "predicted_eta_seconds": None}
    open_again = with_intent(trip, status=status, arrived_at=None, **nothing_known)
    return msgspec.structs.replace(open_again, inside=0, open_as=None, by_step=False)


def _has_reached(trip: Trip, place: Coordinates, now: dt.datetime) -> bool:
    last, at = trip.intent.current_location, trip.pinged_at
    return last is None or at is None or is_in_reach(last, at, place, now)


def _announced(trip: Trip, minutes: int, now: dt.datetime, basis: Basis) -> Trip:
    """The kitchen acts by the guest's announcement; that replaces the prediction shown only if
    there is none."""
    forecast = foresight.heard(trip.forecast, now, minutes * 60.0, basis)
    heard = msgspec.structs.replace(trip, forecast=forecast, unheard=False)
    return _predicting(heard, now) if trip.intent.predicted_eta_seconds is None else heard


def _routed(trip: Trip, place: Coordinates, estimate: Estimate, now: dt.datetime) -> Trip:
    basis: Basis = "line" if estimate.provider == "fallback" else "road"
    routed = with_intent(trip, **estimate_fields(estimate, now))
    seconds = float(estimate.eta_seconds)
    forecast = foresight.heard(trip.forecast, now, seconds, basis)
    return _predicting(msgspec.structs.replace(routed, forecast=forecast, routed_from=place), now)


def _still_as_far(trip: Trip, now: dt.datetime) -> Trip:
    if trip.forecast is None or trip.forecast.basis in {"lead", "word"}:
        return trip
    forecast = foresight.heard(trip.forecast, now, trip.forecast.remaining, trip.forecast.basis)
    return _predicting(msgspec.structs.replace(trip, forecast=forecast), now)


def _predicting(trip: Trip, now: dt.datetime) -> Trip:
    """The trip with its forecast as seconds and minutes from `now`."""
    if trip.forecast is None:
        return trip
    seconds = max(0, ceil((trip.forecast.arrival - now).total_seconds()))
    return with_intent(
        trip, predicted_eta_seconds=seconds, predicted_eta_minutes=ceil(seconds / 60)
    )
