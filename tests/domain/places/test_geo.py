from __future__ import annotations

from math import inf, nan, radians

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import (
    AZERBAIJAN,
    EARTH_RADIUS_KM,
    Coordinates,
    is_on_earth,
    rounded,
    straight_line_km,
    swapped,
)

MAIDEN_TOWER = Coordinates(40.36611, 49.83722)
AIRPORT = Coordinates(40.46750, 50.04667)

points = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))


def test_a_degree_of_latitude_is_111_kilometres() -> None:
    apart = straight_line_km(Coordinates(40, 49), Coordinates(41, 49))
    assert apart == pytest.approx(EARTH_RADIUS_KM * radians(1))
    assert apart == pytest.approx(111.195, abs=0.01)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_never_more_than_half_the_globe(
    one: Coordinates, other: Coordinates
) -> None:
    apart = straight_line_km(one, other)
    assert 0 <= apart <= EARTH_RADIUS_KM * 3.1416
    assert apart == pytest.approx(straight_line_km(other, one))
    assert straight_line_km(one, one) == 0


@given(points)
def test_every_pair_of_degrees_in_range_is_on_earth(point: Coordinates) -> None:
    assert is_on_earth(point)
    assert is_on_earth(rounded(point, 5))
    assert straight_line_km(point, rounded(point, 5)) < 0.001


def test_what_is_no_degree_is_not_on_earth() -> None:
    for number in [nan, inf, -inf, 181.0, -180.5]:
        assert not is_on_earth(Coordinates(number, 49.8))
        assert not is_on_earth(Coordinates(40.4, number))
        assert not is_on_earth(Coordinates(91.0, 49.8))


def test_a_point_in_the_country_is_elsewhere_when_it_is_swapped() -> None:
    for point in [MAIDEN_TOWER, AIRPORT, Coordinates(39.2, 45.41)]:
        assert AZERBAIJAN.holds(point)
        assert not AZERBAIJAN.holds(swapped(point))
        assert swapped(swapped(point)) == point
