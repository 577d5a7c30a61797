from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.location import has_arrived, meters_between, signals_inside
from bakureserve.domain.places.geo import Coordinates

FENCE = 150.0


def arrives_at(*distances: float) -> int | None:
    """After how many of these signals the guest counts as there; None for never."""
    inside = 0
    for number, distance in enumerate(distances, start=1):
        inside = signals_inside(inside, distance, FENCE)
        if has_arrived(inside, distance):
            return number
    return None


def test_two_signals_in_a_row_or_one_at_the_door() -> None:
    for distances, arrived in [
        ((150, 150), 2),
        ((149, 40), 2),
        ((50,), 1),
        ((51,), None),
        ((51, 150), 2),
        ((140, 151, 140), None),
        ((140, 151, 140, 140), 4),
        ((151, 5_000), None),
        ((0,), 1),
    ]:
        assert arrives_at(*distances) == arrived


@given(st.lists(st.floats(150.001, 50_000)))
def test_no_guest_arrives_outside_the_fence(distances: list[float]) -> None:
    assert arrives_at(*distances) is None


@given(st.lists(st.floats(50.001, 10_000), max_size=20))
def test_away_from_the_door_one_signal_proves_nothing(distances: list[float]) -> None:
    lonely = [each for distance in distances for each in (distance, 5_000)]
    assert arrives_at(*lonely) is None


def test_metres_are_metres() -> None:
    north = Coordinates(40.37 + 100 / 111_195, 49.83)
    assert meters_between(Coordinates(40.37, 49.83), north) == pytest.approx(100, abs=0.1)
