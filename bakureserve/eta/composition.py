"""From what the services said to an estimate: which route is the base, and what is added to it."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import msgspec

from bakureserve.domain.places.estimate import Choice, Diagnosis, Estimate, Leg
from bakureserve.domain.reservations.reservation import RouteSource, TrafficCondition
from bakureserve.eta.providers.fallback import FallbackSpeeds, fallback_km, fallback_seconds
from bakureserve.eta.route import Route, fastest_seconds

SHORTEST_ETA_SECONDS = 60.0
"""Whoever stands before the door is a minute away."""

_BUSY: frozenset[TrafficCondition] = frozenset({"heavy", "severe"})


class DelayFactors(msgspec.Struct, frozen=True, kw_only=True):
    """What a route's time is multiplied by in each condition of the traffic."""

    smooth: float = 1.0
    moderate: float = 1.12
    heavy: float = 1.25
    severe: float = 1.4

    def of(self, condition: TrafficCondition) -> float:
        """The factor of a condition; 1 when it is not known."""
        return {
            "unknown": 1.0,
            "smooth": self.smooth,
            "moderate": self.moderate,
            "heavy": self.heavy,
            "severe": self.severe,
        }[condition]


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """The operator's part in an estimate.

    A route of GoMap's gives way to OSRM's when its length exceeds the straight line by more than
    the share `haversine_tolerance` and OSRM's does not, or OSRM's by more than
    `distance_tolerance`. Heavy and severe traffic add `heavy_buffer_minutes`.
    """

    haversine_tolerance: float = 0.35
    distance_tolerance: float = 0.25
    factors: DelayFactors = DelayFactors()
    heavy_buffer_minutes: float = 2.0
    speeds: FallbackSpeeds = FallbackSpeeds()


class Base(NamedTuple):
    """The route an estimate starts from, whose it is, why, and how many seconds old it is."""

    route: Route
    provider: RouteSource
    choice: Choice
    age: float = 0.0


def choose(gomap: Route | None, osrm: Route | None, line_km: float, rules: Rules) -> Base | None:
    """The base among what came in time; None when nothing did."""
    if gomap is None:
        return None if osrm is None else Base(osrm, "osrm", "osrm_alone")
    if osrm is None:
        return Base(gomap, "gomap", "gomap_alone")
    limit = line_km * (1 + rules.haversine_tolerance)
    if gomap.distance_km > limit >= osrm.distance_km:
        return Base(osrm, "osrm", "gomap_far_from_line")
    if gomap.distance_km > osrm.distance_km * (1 + rules.distance_tolerance):
        return Base(osrm, "osrm", "gomap_longer_than_osrm")
    mean = (gomap.seconds + osrm.seconds) / 2
    return Base(msgspec.structs.replace(gomap, seconds=mean), "gomap", "agreed")


def fallback_base(line_km: float, rules: Rules) -> Base:
    """The base when nothing came and nothing is known."""
    route = Route(
        distance_km=fallback_km(line_km, rules.speeds),
        seconds=fallback_seconds(line_km, rules.speeds),
    )
    return Base(route, "fallback", "nothing_came")


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """What surrounds a base: the legs that led to it, and the time that was had and taken."""

    line_km: float
    traffic: TrafficCondition
    legs: tuple[Leg, ...]
    deadline_ms: float
    took_ms: float


def assemble(base: Base, around: Circumstances, rules: Rules) -> Estimate:
    """The estimate, with how it was made: base times traffic, plus a buffer, above the floor."""
    factor = rules.factors.of(around.traffic)
    buffer = rules.heavy_buffer_minutes * 60 if around.traffic in _BUSY else 0.0
    floor = max(fastest_seconds(around.line_km), SHORTEST_ETA_SECONDS)
    total = max(base.route.seconds * factor + buffer, floor)
    typical = max(base.route.seconds, floor)
    seconds = max(_whole(total), ceil(floor))
    return Estimate(
        eta_seconds=seconds,
        eta_minutes=_minutes(seconds),
        distance_km=base.route.distance_km,
        provider=base.provider,
        summary=base.route.summary,
        traffic_condition=around.traffic,
        traffic_delay_minutes=round((total - typical) / 60),
        typical_eta_minutes=_minutes(typical),
        geometry=base.route.geometry,
        stale=base.choice == "last_known",
        age_seconds=int(base.age),
        diagnosis=Diagnosis(
            legs=around.legs,
            base=base.provider,
            choice=base.choice,
            straight_line_km=around.line_km,
            base_seconds=base.route.seconds,
            traffic=around.traffic,
            traffic_factor=factor,
            buffer_seconds=buffer,
            floor_seconds=floor,
            total_seconds=total,
            fallback_km=fallback_km(around.line_km, rules.speeds),
            fallback_seconds=fallback_seconds(around.line_km, rules.speeds),
            deadline_ms=around.deadline_ms,
            took_ms=around.took_ms,
        ),
    )


def _whole(seconds: float) -> int:
    """Rounded up, but for what multiplication left behind the point."""
    return ceil(seconds - 1e-6)


def _minutes(seconds: float) -> int:
    return ceil(_whole(seconds) / 60)
