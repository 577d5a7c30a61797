"""An estimated time of arrival: what it says, the traffic in it, and how it was made."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, get_args

import msgspec

RouteSource = Literal["gomap", "osrm", "fallback"]
MAP_SERVICES: tuple[RouteSource, ...] = tuple(
    each for each in get_args(RouteSource) if each != "fallback"
)
"""The sources that are asked; the fallback is reckoned."""
TrafficCondition = Literal["smooth", "moderate", "heavy", "severe", "unknown"]

Outcome = Literal["ok", "cached", "timeout", "error", "circuit_open", "disabled", "late"]
"""How a leg ended.

`ok` and `cached` returned a result. `timeout` missed its deadline, `error` returned nothing usable,
`circuit_open` was not tried because the service kept failing, `disabled` is not configured. `late`
came back after the estimate was given, and is stored for the next one.
"""

BreakerState = Literal["closed", "open", "half_open"]

Choice = Literal[
    "agreed",
    "gomap_alone",
    "osrm_alone",
    "gomap_far_from_line",
    "gomap_longer_than_osrm",
    "last_known",
    "nothing_came",
]
"""Why an estimate has its base.

`agreed`: GoMap's route with the mean of both times. `gomap_alone`, `osrm_alone`: only one came.
`gomap_far_from_line`, `gomap_longer_than_osrm`: both came, and OSRM's is used, because GoMap's
strays too far from the straight line or is too long. `last_known`: none came, and a route found
within the last hour is used. `nothing_came`: the straight line at fallback speeds.
"""

_FROM_BEST_TO_WORST: tuple[TrafficCondition, ...] = (
    *("unknown", "smooth", "moderate", "heavy", "severe"),
)


class TrafficFactors(msgspec.Struct, frozen=True, kw_only=True):
    """What a route's time is multiplied by in each condition of the traffic."""

    smooth: float = 1.0
    moderate: float = 1.12
    heavy: float = 1.25
    severe: float = 1.4

    def of(self, condition: TrafficCondition) -> float:
        """The factor of a condition; 1 when it is not known."""
        return 1.0 if condition == "unknown" else float(getattr(self, condition))


def worst_traffic(conditions: Iterable[TrafficCondition]) -> TrafficCondition:
    """The worst of several conditions; `unknown` when none is known."""
    return max(conditions, key=_FROM_BEST_TO_WORST.index, default="unknown")


class Leg(msgspec.Struct, frozen=True, kw_only=True):
    """One call to an outside service that an estimate waits for.

    Times are in milliseconds, the start counted from that of the estimate. `breaker` is the state
    the service's circuit breaker was in at the end; None where there is none. `detail` is a code
    for what went wrong. A route's own length and time are `distance_km` and `seconds`, before
    traffic; a traffic lookup has a `condition`.
    """

    name: str
    service: str
    started_ms: float = 0.0
    took_ms: float = 0.0
    outcome: Outcome
    breaker: BreakerState | None = None
    detail: str = ""
    distance_km: float | None = None
    seconds: float | None = None
    condition: TrafficCondition | None = None


class Diagnosis(msgspec.Struct, frozen=True, kw_only=True):
    """How an estimate was made. It holds no coordinates, so that it can be logged and stored.

    `total_seconds` is `base_seconds * traffic_factor + buffer_seconds`, or `floor_seconds` where
    that is more.
    """

    legs: tuple[Leg, ...]
    base: RouteSource
    choice: Choice
    straight_line_km: float
    base_seconds: float
    traffic: TrafficCondition
    traffic_factor: float
    buffer_seconds: float
    floor_seconds: float
    total_seconds: float
    fallback_km: float
    fallback_seconds: float
    deadline_ms: float
    took_ms: float


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """When a guest who sets out now arrives.

    `eta_minutes` is `eta_seconds` rounded up. `typical_eta_minutes` is the drive without today's
    traffic, `traffic_delay_minutes` what traffic adds to it. `summary` is the provider's name for
    the route, often empty. `geometry` is latitude first, empty where no provider drew one.
    `stale` marks a route that was found `age_seconds` ago because no provider answers now.
    """

    eta_seconds: int
    eta_minutes: int
    distance_km: float
    provider: RouteSource
    summary: str = ""
    traffic_condition: TrafficCondition = "unknown"
    traffic_delay_minutes: int = 0
    typical_eta_minutes: int
    geometry: tuple[tuple[float, float], ...] = ()
    stale: bool = False
    age_seconds: int = 0
    diagnosis: Diagnosis
