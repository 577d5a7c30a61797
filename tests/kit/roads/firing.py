"""When a kitchen would be told to start for a drive: by this program, and by the last ETA alone."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from bakureserve.domain.arrivals.intent import Role
from bakureserve.domain.arrivals.location import meters_between
from bakureserve.domain.arrivals.review import Plan, review
from bakureserve.domain.arrivals.trip import Trip, Wish, announce, decide, locate
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from tests.kit.estimates import an_estimate
from tests.kit.roads.drives import Drive, Ping, Router

SET_OUT = dt.datetime(2027, 3, 1, 15, tzinfo=dt.UTC)
TICK = 5.0
POLICY = ArrivalPolicy()
LEAD = (POLICY.mains_minutes - POLICY.seating_minutes) * 60.0
"""Seconds before the arrival at which the mains are to be started."""
SHORTEST_SECONDS = 60.0

_ANYBODY: frozenset[Role] = frozenset({"guest", "staff"})
_WISH = Wish(
    lead_minutes=30,
    prep_scope="mains",
    share_location=True,
    eta_source="location",
    auto_charge=False,
)


@dataclass(frozen=True)
class Outcome:
    """How many seconds after the right moment the kitchen was told, by either rule; before it, if
    negative. `starts` is how often this program told it."""

    drive: Drive
    ours: float
    last_eta: float
    starts: int


def outcome(drive: Drive, router: Router) -> Outcome:
    """Drive it, asking the router at every ping."""
    answers = [(ping, *router.seconds(ping.place, drive.door)) for ping in drive.pings]
    right = drive.seconds - LEAD
    fired = list(_fired_by_trip(drive, answers))
    return Outcome(drive, fired[0] - right, _fired_by_last_eta(drive, answers) - right, len(fired))


def _fired_by_trip(drive: Drive, answers: list[tuple[Ping, float, float]]) -> Iterator[float]:
    """Every moment at which the kitchen would be told to start: the watch looks every few seconds,
    and the guest's arrival is told by the fence or, at the end of the way, by the host."""
    arrives = SET_OUT + dt.timedelta(seconds=drive.seconds)
    plan = Plan(arrives, arrives + dt.timedelta(hours=2), "booked", POLICY)
    trip = decide(announce(Trip(), _WISH, SET_OUT, _ANYBODY), "approve", SET_OUT, _ANYBODY)
    coming = iter(answers)
    following = next(coming, None)
    for at in _ticks(drive):
        now = SET_OUT + dt.timedelta(seconds=at)
        while trip.is_open and following is not None and following[0].at <= at:
            trip = _pinged(trip, drive, *following, now)
            following = next(coming, None)
        if at >= drive.seconds and trip.is_open:
            trip = decide(trip, "arrive", now, _ANYBODY)
        trip, tellings = review(trip, plan, now)
        if "fire" in tellings:
            yield at


def _fired_by_last_eta(drive: Drive, answers: list[tuple[Ping, float, float]]) -> float:
    """The naive rule: the last ping's time and its ETA are the arrival."""
    for at in _ticks(drive):
        known = [answer for answer in answers if answer[0].at <= at]
        if known and known[-1][0].at + max(known[-1][1], SHORTEST_SECONDS) - LEAD <= at:
            return at
    return drive.seconds


def _ticks(drive: Drive) -> Iterator[float]:
    at = 0.0
    while at < drive.seconds + TICK:
        yield at
        at += TICK


def _pinged(
    trip: Trip, drive: Drive, ping: Ping, seconds: float, km: float, now: dt.datetime
) -> Trip:
    distance = meters_between(ping.place, drive.door)
    return locate(
        trip,
        ping.place,
        now,
        distance=distance,
        estimate=an_estimate(max(seconds, SHORTEST_SECONDS), distance_km=km),
        fence=POLICY.geofence_meters,
    )
