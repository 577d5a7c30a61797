from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.estimate import TrafficCondition
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.eta.providers.gomap.traffic import condition_in, tile_of
from tests.eta.strategies import json_values

CONDITIONS: dict[TrafficCondition, list[dict[str, Any]]] = {
    "smooth": [{"severity": 0}, {"severity": 1}, {"congestion": 0.0}, {"congestion": "0,19"}],
    "moderate": [{"severity": 2}, {"severity": None, "level": 2}, {"congestion": 0.2}],
    "heavy": [{"severity": "3"}, {"congestion": 0.4}],
    "severe": [{"level": 4}, {"congestion": 0.7}, {"congestion": 1}],
    "unknown": [
        *({"severity": value} for value in (5, -1, "bad")),
        {"congestion": 7},
        {"speed": 20, "delay": 5},
        {},
    ],
}


@pytest.mark.parametrize("inside", ["", "traffic", "data", "result", "trafficInfo", "tiles"])
def test_conditions_are_read_wherever_they_lie(inside: str) -> None:
    for condition, rows in CONDITIONS.items():
        for row in rows:
            assert condition_in({inside: row} if inside else row) == condition, row
            assert condition_in({inside: [row]} if inside else [row]) == condition, row


def test_the_worst_of_several_tiles_counts() -> None:
    said = {"traffic": {"tiles": [{"severity": 1}, {"congestion": 0.5}, {"level": 2}]}}
    assert condition_in(said) == "heavy"


def test_a_tile_is_about_a_kilometre() -> None:
    middle = tile_of(Coordinates(40.3739, 49.8251))
    assert middle == Coordinates(40.37, 49.83)
    assert straight_line_km(middle, Coordinates(40.375, 49.835)) < 0.8


@given(
    json_values | st.dictionaries(st.sampled_from(["traffic", "severity", "tiles"]), json_values)
)
def test_whatever_is_said_is_a_condition(said: Any) -> None:
    assert condition_in(said) in get_args(TrafficCondition)
