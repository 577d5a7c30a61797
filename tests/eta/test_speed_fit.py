"""Speeds out of trips: found when they are there, whatever else happened on the way."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from bakureserve.domain.arrivals.calibration import Judged
from bakureserve.domain.places.fallback import AS_SHIPPED, FallbackSpeeds, fallback_seconds
from bakureserve.eta.speed_fit import (
    FASTEST_KMH,
    FEWEST_TRIPS,
    SLOWEST_KMH,
    fit_speeds,
    weighted_median,
    with_speeds,
)

PRESENT = AS_SHIPPED
IN_CITY = (1.5, 3.0, 5.0, 8.0, 10.0)
BEYOND = (16.0, 20.0, 30.0)
"""Kilometres as the crow flies: ways within the city's 15 km of road, and ways that lead out."""


def a_drive(trip: int, kilometres: float, seconds: float) -> Judged:
    return Judged(
        seconds=600,
        provider="fallback",
        route_metres=int(kilometres * 1350),
        straight_metres=int(kilometres * 1000),
        hour=19,
        district="Nasimi",
        trip=trip,
        actual_seconds=round(seconds),
    )


def drives(speeds: FallbackSpeeds, *, spoilt: float = 0.0, seed: int = 1) -> list[Judged]:
    """Two hundred trips at these speeds, give or take a tenth; a share of them with a long stop."""
    dice = random.Random(seed)
    made = []
    for trip in range(200):
        kilometres = dice.choice(dice.choice((IN_CITY, BEYOND)))
        seconds = fallback_seconds(kilometres, speeds) * dice.uniform(0.9, 1.1)
        if dice.random() < spoilt:
            seconds += dice.uniform(1200, 7200)
        made.append(a_drive(trip, kilometres, seconds))
    return made


def test_without_trips_nothing_changes() -> None:
    fit = fit_speeds([], PRESENT)
    assert with_speeds(PRESENT, fit.city, fit.highway) == PRESENT
    assert (fit.trips, fit.error_before, fit.error_after) == (0, None, None)
    assert (fit.city.enough, fit.highway.enough, fit.found) == (False, False, False)


def test_the_speeds_that_were_driven_are_found() -> None:
    driven = replace(AS_SHIPPED, city_kmh=19.0, highway_kmh=75.0)
    fit = fit_speeds(drives(driven), PRESENT)
    assert fit.city.after_kmh == pytest.approx(19.0, rel=0.05)
    assert fit.highway.after_kmh == pytest.approx(75.0, rel=0.12)
    assert (fit.city.before_kmh, fit.highway.before_kmh, fit.found) == (28.0, 60.0, True)


def test_a_third_of_the_trips_with_long_stops_hardly_matters() -> None:
    driven = replace(AS_SHIPPED, city_kmh=24.0, highway_kmh=70.0)
    fit = fit_speeds(drives(driven, spoilt=0.3), PRESENT)
    assert fit.city.after_kmh == pytest.approx(24.0, rel=0.12)
    assert fit.highway.after_kmh == pytest.approx(70.0, rel=0.25)


def test_trips_the_speeds_were_not_fitted_from_are_told_better() -> None:
    fit = fit_speeds(drives(replace(AS_SHIPPED, city_kmh=18.0, highway_kmh=90.0)), PRESENT)
    assert fit.error_before is not None
    assert fit.error_after is not None
    assert fit.error_after < fit.error_before / 2


def test_each_half_of_the_trips_is_judged_by_the_speed_of_the_other() -> None:
    slow = [a_drive(2 * trip, 4.0, 4.0 * PRESENT.detour * 300) for trip in range(FEWEST_TRIPS)]
    fast = [a_drive(2 * trip + 1, 8.0, 8.0 * PRESENT.detour * 200) for trip in range(FEWEST_TRIPS)]
    fit = fit_speeds([*slow, *fast], PRESENT)
    off_by = 100 * PRESENT.detour * (4.0 + 8.0) / 2
    assert fit.error_after == pytest.approx(off_by, rel=0.01)


def test_a_speed_that_few_trips_speak_for_stays() -> None:
    few = [a_drive(trip, 5.0, 3600) for trip in range(FEWEST_TRIPS - 1)]
    assert fit_speeds(few, PRESENT).city.after_kmh == 28.0
    assert fit_speeds([*few, a_drive(99, 5.0, 3600)], PRESENT).city.after_kmh < 28.0


def test_however_many_predictions_a_trip_made_it_counts_once() -> None:
    steady = [a_drive(trip, 5.0, 900) for trip in range(FEWEST_TRIPS)]
    chatty = [a_drive(1000, 5.0, 9000) for _ in range(500)]
    fit = fit_speeds([*steady, *chatty], PRESENT)
    assert (fit.city.trips, fit.city.predictions) == (FEWEST_TRIPS + 1, FEWEST_TRIPS + 500)
    assert fit.city.after_kmh == fit_speeds([*steady, chatty[0]], PRESENT).city.after_kmh


def test_a_walk_across_the_street_says_nothing_of_driving() -> None:
    assert fit_speeds([a_drive(trip, 0.4, 900) for trip in range(40)], PRESENT).trips == 0


DRIVES = st.builds(a_drive, st.integers(0, 60), st.floats(0, 400), st.floats(0, 21_600))


@given(st.lists(DRIVES, max_size=150))
def test_whatever_was_driven_the_speeds_are_a_car_s(judged: list[Judged]) -> None:
    fit = fit_speeds(judged, PRESENT)
    assert SLOWEST_KMH <= fit.city.after_kmh <= FASTEST_KMH
    assert fit.city.after_kmh <= fit.highway.after_kmh <= FASTEST_KMH


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0.1, 100)), min_size=1))
def test_a_weighted_median_minimises_the_weighted_deviations(
    pairs: list[tuple[float, float]],
) -> None:
    def deviation(value: float) -> float:
        return sum(weight * abs(value - other) for other, weight in pairs)

    best = min(deviation(value) for value, _ in pairs)
    assert deviation(weighted_median(pairs)) == pytest.approx(best, rel=1e-9, abs=1e-6)
