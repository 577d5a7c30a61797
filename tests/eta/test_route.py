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
        (12.0, 269, False),  # 160 km/h
        (12.0, 270, True),
        (0.0, 0, False),  # swapped coordinates
        (-12.0, 1200, False),
        (12.0, -1200, False),
        (nan, 1200, False),
        (12.0, nan, False),
        (inf, 1200, False),
        (12.0, inf, False),
        (250.0, 20_000, True),
        (251.0, 20_000, False),
        (12.0, 25_200, True),
        (12.0, 25_201, False),
    ],
)
def test_a_route_between_points_ten_kilometres_apart(
    km: float, seconds: float, plausible: bool
) -> None:
    assert is_plausible(Route(distance_km=km, seconds=seconds), 10.0) is plausible


def test_a_route_to_where_one_is_may_be_nothing() -> None:
    assert is_plausible(Route(distance_km=0, seconds=0), 0.0)


@given(st.floats(), st.floats(), st.floats(0, 20_000))
def test_what_is_plausible_is_no_faster_than_a_car(km: float, seconds: float, line: float) -> None:
    if is_plausible(Route(distance_km=km, seconds=seconds), line):
        assert seconds >= line / 160 * 3600
        assert km >= line * 0.9
