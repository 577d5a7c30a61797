from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates, place_at, point_of


@given(st.text(max_size=40))
def test_any_text_is_a_point_on_earth_or_none(text: str) -> None:
    point = point_of(text)

    assert point is None or (abs(point.latitude) <= 90 and abs(point.longitude) <= 180)


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_every_point_on_earth_is_read_as_it_is_written(latitude: float, longitude: float) -> None:
    assert point_of(f"{latitude},{longitude}") == Coordinates(latitude, longitude)
    assert place_at(Coordinates(latitude, longitude)).point == Coordinates(latitude, longitude)
