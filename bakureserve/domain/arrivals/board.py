"""What staff see of a guest on the way: minutes, a coarse distance, and what to do about them."""

from __future__ import annotations

import datetime as dt
from math import ceil
from typing import Literal

import msgspec

from bakureserve.domain.arrivals import forecast as foresight
from bakureserve.domain.arrivals.review import Lateness, lateness_of, plan_of, reckoned_at
from bakureserve.domain.arrivals.trip import Trip, expected, is_stale
from bakureserve.domain.places.estimate import TrafficCondition
from bakureserve.domain.reservations.reservation import (
    ArrivalStatus,
    PrepScope,
    Reservation,
    Status,
    coarse_km,
)
from bakureserve.domain.reservations.seating import TableOutlook
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

KitchenState = Literal["none", "undecided", "unheard", "waiting", "started", "held"]
"""Nothing to cook; not agreed yet; agreed, without an announcement recent enough to start by;
agreed and not started; started; started and told to hold."""

LIKELY_SPREADS = 1.64
"""Nine in ten normal errors are within this many standard deviations."""


class OnTheWay(msgspec.Struct, frozen=True, kw_only=True):
    """A guest on the way, at the door or missed at their table, as staff may see it; times are UTC.

    `minutes` is the present estimate; nine in ten guests arrive between `earliest_minutes` and
    `latest_minutes`. All three are None when nothing is known, and `late_minutes` are then those
    since the booked time. `stale` says that the location is old and the range has been widened.
    `distance_km` is rounded up to whole ones. `hold_minutes` is how much later they come than the
    kitchen was started for. `table` is set for a late guest.
    """

    reservation_id: str
    restaurant_id: str
    table_id: str | None
    party_size: int
    guest_name: str
    start: dt.datetime
    reservation_status: Status
    status: ArrivalStatus
    prep_scope: PrepScope | None
    notes: str | None
    minutes: int | None
    earliest_minutes: int | None
    latest_minutes: int | None
    stale: bool
    distance_km: float | None
    traffic_condition: TrafficCondition | None
    last_signal: dt.datetime | None
    kitchen: KitchenState
    fire_at: dt.datetime | None
    fired_at: dt.datetime | None
    hold_minutes: int | None
    punctuality: Lateness | None
    late_minutes: int | None
    table: TableOutlook | None
    arrived_at: dt.datetime | None


def board_entry(
    reservation: Reservation,
    trip: Trip,
    policy: ArrivalPolicy,
    now: dt.datetime,
    table: TableOutlook | None = None,
) -> OnTheWay:
    """The staff's view of one guest at `now`. `table` is what becomes of a late guest's table."""
    intent, plan = trip.intent, plan_of(reservation, policy)
    known = expected(trip, now) if trip.may_be_open or intent.status == "arrived" else None
    arrival = reckoned_at(trip, plan, now)
    early, late = _range(trip, now)
    return OnTheWay(
        reservation_id=reservation.id,
        restaurant_id=reservation.restaurant_id,
        table_id=reservation.table_id,
        party_size=reservation.party_size,
        guest_name=reservation.guest_name,
        start=reservation.start,
        reservation_status=reservation.status,
        status=intent.status,
        prep_scope=intent.prep_scope,
        notes=intent.notes,
        minutes=_minutes(known, now),
        earliest_minutes=_minutes(early, now),
        latest_minutes=_minutes(late, now),
        stale=is_stale(trip, now),
        distance_km=coarse_km(intent.route_distance_km) if trip.may_be_open else None,
        traffic_condition=intent.traffic_condition,
        last_signal=intent.last_signal,
        kitchen=_kitchen(trip),
        fire_at=intent.fire_at,
        fired_at=trip.fired_at,
        hold_minutes=ceil(trip.held / 60) if trip.held else None,
        punctuality=lateness_of(arrival, reservation.start, policy) if arrival else None,
        late_minutes=minutes_late(arrival, reservation.start) if arrival else None,
        table=table,
        arrived_at=intent.arrived_at,
    )


def may_be_expected(reservation: Reservation, now: dt.datetime) -> bool:
    """Whether the reservation's restaurant may expect the party, or did until a moment ago.

    By the reservation alone, so it is wider than the board: that goes by the trip, and leaves out
    parties that gave up or were turned away.
    """
    announced = reservation.arrival_intent.status != "idle"
    return announced or reservation.start <= now < reservation.end


def minutes_late(arrival: dt.datetime, booked: dt.datetime) -> int:
    """Whole minutes after the booked time, rounded up; 0 for an arrival before it."""
    return max(0, ceil((arrival - booked).total_seconds() / 60))


def _range(trip: Trip, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    if not trip.may_be_open or trip.forecast is None:
        return None, None
    around = dt.timedelta(seconds=LIKELY_SPREADS * foresight.spread_at(trip.forecast, now))
    return trip.forecast.arrival - around, max(trip.forecast.arrival, now) + around


def _minutes(moment: dt.datetime | None, now: dt.datetime) -> int | None:
    return None if moment is None else max(0, ceil((moment - now).total_seconds() / 60))


def _kitchen(trip: Trip) -> KitchenState:
    if trip.fired_at is not None:
        return "held" if trip.held else "started"
    if trip.intent.prep_scope is None or not trip.is_under_way:
        return "none"
    if not trip.is_agreed:
        return "undecided"
    return "unheard" if trip.intent.fire_at is None else "waiting"
