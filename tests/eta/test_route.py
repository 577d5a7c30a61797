from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.eta.route import Route, is_plausible


@pytest.mark.parametrize(
    ("km", "seconds", "plausible"),
    [
        (12.0, 1200, True),
        (9.0, 1200, True),  # snapped to roads on both ends
        (8.9, 1200, False),
        (12.0, 385, False),
        (12.0, 386, True),  # 112 km/h
        (0.0, 0, False),  # swapped coordinates
        (-12.0, 1200, False),
        (12.0, -1200, False),
        (nan, 1200, False),
        (12.0, nan, False),
        (inf, 1200, False),
        (12.0, inf, False),
        (250.0, 14_000, True),
        (251.0, 14_000, False),
        (12.0, 9_257, True),  # 4.7 km/h
        (12.0, 9_258, False),
        (17.0, 14_014, True),  # out of town, with an hour at a barrier
        (17.0, 14_015, False),  # six times what is usual for the line, and that hour
    ],
)
def test_a_route_between_points_ten_kilometres_apart(
    km: float, seconds: float, plausible: bool
) -> None:
    assert is_plausible(Route(distance_km=km, seconds=seconds), 10.0) is plausible


@pytest.mark.parametrize(
    ("km", "seconds", "plausible"),
    [
        (9.0, 18_000, False),
        (5.2, 7_200, False),
        (5.2, 2_340, True),  # a jam of 8 km/h
        (6.0, 240, True),  # an empty expressway
        (5.2, 130, False),  # 144 km/h between traffic lights
        (50.0, 18_000, False),  # so long a detour does not make it true
        (50.0, 4_000, True),  # around the bay
    ],
)
def test_a_route_of_five_kilometres_in_town(km: float, seconds: float, plausible: bool) -> None:
    assert is_plausible(Route(distance_km=km, seconds=seconds), 5.0) is plausible


def test_a_short_way_may_take_as_long_as_a_car_takes_to_start_and_park() -> None:
    assert is_plausible(Route(distance_km=0.1, seconds=1_800), 0.1)
    assert not is_plausible(Route(distance_km=0.1, seconds=1_801), 0.1)


def test_a_route_to_where_one_is_may_be_nothing() -> None:
    assert is_plausible(Route(distance_km=0, seconds=0), 0.0)


@given(st.floats(), st.floats(), st.floats(0, 20_000))
def test_what_is_plausible_is_no_faster_than_a_car(km: float, seconds: float, line: float) -> None:
    if is_plausible(Route(distance_km=km, seconds=seconds), line):
        assert seconds >= line / 160 * 3600
        assert km >= line * 0.9
