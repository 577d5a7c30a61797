"""Fits the fallback's speeds to actual trips.

The fallback is linear in the time that a kilometre takes, its pace: first `city_km` at one pace,
the rest at another. Each is fitted by least absolute deviations, which a trip with a stop for
petrol hardly moves: up to half of the weight may be wrong. For a line through the origin the fit is
exact and simple: the median of the single paces, each weighted by its distance (P. Bloomfield and
W. L. Steiger, "Least Absolute Deviations", 1983, section 1.2). All predictions of one trip together
weigh as much as one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import msgspec

from bakureserve.domain.arrivals.calibration import Judged
from bakureserve.domain.places.fallback import FallbackSpeeds, fallback_km, fallback_seconds

FEWEST_TRIPS = 20
"""With fewer trips a speed stays as it is."""
NEAREST_KM = 1.0
"""On a shorter drive parking takes longer than driving."""
NEAREST_BEYOND_KM = 3.0
"""How much of a drive must lie beyond the city to show the speed there."""
SLOWEST_KMH, FASTEST_KMH = 5.0, 130.0


class FittedSpeed(msgspec.Struct, frozen=True, kw_only=True):
    """One speed before and after the fit, and its sample size; `enough` when it was fitted."""

    before_kmh: float
    after_kmh: float
    trips: int
    predictions: int
    enough: bool


class SpeedFit(msgspec.Struct, frozen=True, kw_only=True):
    """What the fit found. Errors are mean absolute ones, in seconds, over `trips`.

    `error_after` is that on trips the speeds were not fitted from: each half of the trips judges
    the speeds of the other. Both errors are None without trips.
    """

    city: FittedSpeed
    highway: FittedSpeed
    trips: int
    error_before: float | None
    error_after: float | None

    @property
    def found(self) -> bool:
        """Whether any speed was fitted."""
        return self.city.enough or self.highway.enough


class _Sample(NamedTuple):
    """Part of a drive: its length, its duration, and the trip it belongs to."""

    km: float
    seconds: float
    trip: int


def fit_speeds(judged: Iterable[Judged], present: FallbackSpeeds) -> SpeedFit:
    """Fit both speeds to the trips; detour and size of the city stay as in `present`."""
    trips = [each for each in judged if each.straight_metres >= NEAREST_KM * 1000]
    city, highway = _fit_both(trips, present)
    return SpeedFit(
        city=city,
        highway=highway,
        trips=len({each.trip for each in trips}),
        error_before=_error(trips, present),
        error_after=_error_on_others(trips, present),
    )


def with_speeds(present: FallbackSpeeds, city: FittedSpeed, highway: FittedSpeed) -> FallbackSpeeds:
    """`present` with the fitted speeds in place."""
    return msgspec.structs.replace(present, city_kmh=city.after_kmh, highway_kmh=highway.after_kmh)


def weighted_median(pairs: Iterable[tuple[float, float]]) -> float:
    """The value at which half of the weight of (value, weight) pairs is reached; needs one pair."""
    ordered = sorted(pairs)
    half = sum(weight for _, weight in ordered) / 2
    reached = 0.0
    for value, weight in ordered:
        reached += weight
        if reached >= half:
            return value
    return ordered[-1][0]


def _fit_both(trips: Sequence[Judged], present: FallbackSpeeds) -> tuple[FittedSpeed, FittedSpeed]:
    city = _fit_city(trips, present)
    return city, _fit_highway(trips, present, city.after_kmh)


def _fit_city(trips: Sequence[Judged], present: FallbackSpeeds) -> FittedSpeed:
    """Fit the city speed from trips within the city."""
    samples = [
        _Sample(road, each.actual_seconds, each.trip)
        for each in trips
        if (road := _road_km(each, present)) <= present.city_km
    ]
    return _fit(samples, present.city_kmh, slowest=SLOWEST_KMH)


def _fit_highway(trips: Sequence[Judged], present: FallbackSpeeds, city_kmh: float) -> FittedSpeed:
    """Fit the highway speed from the parts beyond the city; never slower than the city speed."""
    in_city = present.city_km / city_kmh * 3600
    samples = [
        _Sample(beyond, each.actual_seconds - in_city, each.trip)
        for each in trips
        if (beyond := _road_km(each, present) - present.city_km) >= NEAREST_BEYOND_KM
    ]
    return _fit(samples, present.highway_kmh, slowest=city_kmh)


def _fit(samples: Sequence[_Sample], before_kmh: float, *, slowest: float) -> FittedSpeed:
    shares = Counter(sample.trip for sample in samples)
    enough = len(shares) >= FEWEST_TRIPS
    after_kmh = max(before_kmh, slowest)
    if enough:
        pace = weighted_median((s.seconds / s.km, s.km / shares[s.trip]) for s in samples)
        fastest_pace = 3600 / FASTEST_KMH
        after_kmh = round(max(3600 / max(pace, fastest_pace), slowest), 1)
    return FittedSpeed(
        before_kmh=before_kmh,
        after_kmh=after_kmh,
        trips=len(shares),
        predictions=len(samples),
        enough=enough,
    )


def _road_km(each: Judged, speeds: FallbackSpeeds) -> float:
    return fallback_km(each.straight_metres / 1000, speeds)


def _error(trips: Sequence[Judged], speeds: FallbackSpeeds) -> float | None:
    """The mean absolute error of the fallback at these speeds, each trip counting once."""
    off = list(_errors(trips, speeds))
    return _mean(off) if off else None


def _error_on_others(trips: Sequence[Judged], present: FallbackSpeeds) -> float | None:
    numbers = {trip: number for number, trip in enumerate(sorted({each.trip for each in trips}))}
    halves = [[each for each in trips if numbers[each.trip] % 2 == half] for half in (0, 1)]
    off: list[tuple[float, float]] = []
    for fitted_on, judged_on in (halves, halves[::-1]):
        off += _errors(judged_on, with_speeds(present, *_fit_both(fitted_on, present)))
    return _mean(off) if off else None


def _errors(trips: Sequence[Judged], speeds: FallbackSpeeds) -> Iterable[tuple[float, float]]:
    """The absolute error of each prediction, with its weight."""
    shares = Counter(each.trip for each in trips)
    for each in trips:
        predicted = fallback_seconds(each.straight_metres / 1000, speeds)
        yield abs(predicted - each.actual_seconds), 1 / shares[each.trip]


def _mean(weighted: Sequence[tuple[float, float]]) -> float:
    return round(
        sum(value * weight for value, weight in weighted) / sum(weight for _, weight in weighted), 1
    )
