from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.estimate import TrafficCondition
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.eta.providers.gomap.traffic import condition_in, tile_of
from tests.eta.providers.gomap.test_quantities import json_values


@pytest.mark.parametrize(
    ("row", "condition"),
    [
        ({"severity": 0}, "smooth"),
        ({"severity": 1}, "smooth"),
        ({"severity": 2}, "moderate"),
        ({"severity": "3"}, "heavy"),
        ({"level": 4}, "severe"),
        ({"severity": None, "level": 2}, "moderate"),
        ({"congestion": 0.0}, "smooth"),
        ({"congestion": "0,19"}, "smooth"),
        ({"congestion": 0.2}, "moderate"),
        ({"congestion": 0.4}, "heavy"),
        ({"congestion": 0.7}, "severe"),
        ({"congestion": 1}, "severe"),
        ({"severity": 5}, "unknown"),
        ({"severity": -1}, "unknown"),
        ({"severity": "bad"}, "unknown"),
        ({"congestion": 7}, "unknown"),
        ({"speed": 20, "delay": 5}, "unknown"),
        ({}, "unknown"),
    ],
)
@pytest.mark.parametrize("inside", ["", "traffic", "data", "result", "trafficInfo", "tiles"])
def test_conditions(row: dict[str, Any], condition: str, inside: str) -> None:
    assert condition_in({inside: row} if inside else row) == condition
    assert condition_in({inside: [row]} if inside else [row]) == condition


def test_the_worst_of_several_tiles_counts() -> None:
    said = {"traffic": {"tiles": [{"severity": 1}, {"congestion": 0.5}, {"level": 2}]}}
    assert condition_in(said) == "heavy"


def test_a_tile_is_about_a_kilometre() -> None:
    middle = tile_of(Coordinates(40.3739, 49.8251))
    assert middle == Coordinates(40.37, 49.83)
    corner = Coordinates(40.375, 49.835)
    assert straight_line_km(middle, corner) < 0.8


@given(
    json_values | st.dictionaries(st.sampled_from(["traffic", "severity", "tiles"]), json_values)
)
def test_whatever_is_said_is_a_condition(said: Any) -> None:
    assert condition_in(said) in get_args(TrafficCondition)
