from __future__ import annotations

from math import inf, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.eta.route import Route, is_plausible

PLAUSIBLE = {
    10.0: [
        (9.0, 1200),  # snapped to roads on both ends
        (12.0, 1200),
        (12.0, 386),  # 112 km/h
        (12.0, 9_257),  # 4.7 km/h
        (17.0, 14_014),  # out of town, with an hour at a barrier
        (250.0, 14_000),
    ],
    5.0: [
        (5.2, 2_340),  # a jam of 8 km/h
        (6.0, 240),  # an empty expressway
        (50.0, 4_000),  # around the bay
    ],
    0.1: [(0.1, 1_800)],  # as long as a car takes to start and park
    0.0: [(0, 0)],  # to where one is
}
IMPLAUSIBLE = {
    10.0: [
        (0.0, 0),  # swapped coordinates
        *((8.9, 1200), (12.0, 385), (251.0, 14_000), (12.0, 9_258)),
        *((-12.0, 1200), (12.0, -1200), (nan, 1200), (12.0, nan), (inf, 1200), (12.0, inf)),
        (17.0, 14_015),  # six times what is usual for the line, and an hour at a barrier
    ],
    5.0: [
        *((9.0, 18_000), (5.2, 7_200)),
        (5.2, 130),  # 144 km/h between traffic lights
        (50.0, 18_000),  # so long a detour does not make it true
    ],
    0.1: [(0.1, 1_801)],
}
"""By kilometres as the crow flies: kilometres of road and seconds."""


@pytest.mark.parametrize(("table", "plausible"), [(PLAUSIBLE, True), (IMPLAUSIBLE, False)])
def test_a_route_is_plausible_for_its_line(
    table: dict[float, list[tuple[float, float]]], plausible: bool
) -> None:
    for line_km, ways in table.items():
        for km, seconds in ways:
            route = Route(distance_km=km, seconds=seconds)
            assert is_plausible(route, line_km) is plausible, (line_km, km, seconds)


@given(st.floats(), st.floats(), st.floats(0, 20_000))
def test_what_is_plausible_is_no_faster_than_a_car(km: float, seconds: float, line: float) -> None:
    if is_plausible(Route(distance_km=km, seconds=seconds), line):
        assert seconds >= line / 160 * 3600
        assert km >= line * 0.9
