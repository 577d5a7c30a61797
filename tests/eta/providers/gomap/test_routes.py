from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates, is_on_earth
from bakureserve.eta.providers.gomap.routes import LONGEST_SUMMARY, route_in
from bakureserve.eta.route import is_plausible, route_query
from bakureserve.eta.upstream import NoAnswer
from tests.eta.strategies import json_values

TRIP = route_query(Coordinates(40.37, 49.82), Coordinates(40.41, 49.87), "en")
"""6.13 km as the crow flies."""
START, END = [49.82, 40.37], [49.87, 40.41]


def test_distances_and_durations_may_be_called_many_things() -> None:
    lengths = "distance Distance len length route_distance path_length ttllength ttllength1"
    for name in lengths.split():
        assert route_in({name: "8 km", "time": "15 dəq"}, TRIP).distance_km == 8, name
    for name in ("time1", "time", "Time", "duration", "eta", "travel_time"):
        assert route_in({"distance": 8000, name: 15}, TRIP).seconds == 900, name


def test_the_next_name_is_read_where_one_is_unreadable_or_was_never_filled() -> None:
    said = {
        "distance": "uzaq",
        "length": "8 km",
        "time1": "--",
        "time": "0_15",
        "route": "Neftçilər prospekti",
        "points": [START, END],
        "msg": {},
        "comment": "Sahil",
    }
    route = route_in(said, TRIP)
    assert (route.distance_km, route.seconds, route.summary) == (8, 900, "Sahil")
    assert route.geometry == ((40.37, 49.82), (40.41, 49.87))
    said = {"distance": "-", "ttllength": "8", "time1": "-", "time": "00:15:00"}
    route = route_in(said, TRIP)
    assert (route.distance_km, route.seconds) == (8, 900)
    said = {"distance": 0, "length": "8 km", "time1": 0, "time": "00 s. 00dəq.", "eta": "15 dəq"}
    route = route_in(said, TRIP)
    assert (route.distance_km, route.seconds) == (8, 900)


@pytest.mark.parametrize("change", [str.upper, str.title, str.lower])
def test_names_are_read_in_any_case(change: Callable[[str], str]) -> None:
    said = {"distance": "8 km", "time1": "15 dəq", "msg": "Sahil", "route": [START, END]}
    changed = {change(name): value for name, value in said.items()}
    assert route_in({change("data"): changed}, TRIP) == route_in(said, TRIP)


@pytest.mark.parametrize("name", ["msg", "message", "comment"])
def test_a_note_becomes_the_summary(name: str) -> None:
    said = {"distance": 8, "time": 15, name: " Heydər Əliyev prospekti "}
    assert route_in(said, TRIP).summary == "Heydər Əliyev prospekti"
    assert len(route_in(said | {name: "x" * 999}, TRIP).summary) == LONGEST_SUMMARY
    assert route_in(said | {name: {"a": 1}}, TRIP).summary == ""


def test_a_route_may_lie_inside() -> None:
    inner = {"distance": 8, "time": 15}
    for said in ([inner], {"result": inner}, {"data": [inner]}, {"route": inner}):
        assert route_in(said, TRIP).distance_km == 8, said


@pytest.mark.parametrize("name", ["route", "geometry", "points", "coords"])
def test_a_line_is_read_in_any_form_and_order(name: str) -> None:
    for drawn in (
        [START, END],
        [START[::-1], END[::-1]],
        [[str(each) for each in START], [str(each) for each in END]],
        [{"x": START[0], "y": START[1]}, {"lon": END[0], "lat": END[1]}],
        {"type": "LineString", "coordinates": [START, END]},
        {"points": [START, END]},
        ["49.82,40.37", "49.87,40.41"],
        ["49.82 40.37", "49.87 40.41"],
        "LINESTRING(49.82 40.37, 49.87 40.41)",
        "49.82,40.37;49.87,40.41",
    ):
        said = {"distance": 8, "time": 15, name: drawn}
        assert route_in(said, TRIP).geometry == ((40.37, 49.82), (40.41, 49.87)), drawn


def test_a_line_that_is_not_this_ways_is_left_out() -> None:
    for drawn in (
        None,
        "somewhere",
        "49.82 40.37 49.87",
        [START],
        [START, [49.87]],
        [START, None],
        ["49.82,40.37", "49.87"],
        [START, [999, 999]],
        [[0, 0], [1, 1]],
        [END, START],
        {"type": "LineString"},
        [[START, END]],
    ):
        assert route_in({"distance": 8, "time": 15, "route": drawn}, TRIP).geometry == (), drawn


def test_a_very_long_line_is_thinned_but_keeps_its_ends() -> None:
    line = [START, *([[49.84, 40.39]] * 50_000), END]
    geometry = route_in({"distance": 8, "time": 15, "route": line}, TRIP).geometry
    assert len(geometry) <= 2001
    assert (geometry[0], geometry[-1]) == ((40.37, 49.82), (40.41, 49.87))


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({}, "no_distance"),
        (None, "no_distance"),
        ("8 km", "no_distance"),
        ([], "no_distance"),
        ({"time": 15}, "no_distance"),
        ({"distance": "far", "time": 15}, "no_distance"),
        ({"distance": 8}, "no_duration"),
        ({"distance": 8, "time": "soon"}, "no_duration"),
        ({"distance": -8, "time": 15}, "implausible"),
        ({"distance": 8, "time": -15}, "implausible"),
        ({"distance": 5.4, "time": 15}, "implausible"),
        ({"distance": "8 km", "time": "1 dəq"}, "implausible"),
        ({"distance": "9 km", "time": "5 saat"}, "implausible"),
        ({"distance": 0, "time": 0}, "implausible"),
    ],
)
def test_what_makes_no_sense_is_no_route(said: Any, code: str) -> None:
    with pytest.raises(NoAnswer) as refused:
        route_in(said, TRIP)
    assert refused.value.code == code
    assert refused.value.at_fault is (code != "implausible")


named_values = st.dictionaries(
    st.sampled_from(["distance", "len", "time", "time1", "route", "points", "msg", "result"]),
    json_values,
)


@given(named_values | st.lists(named_values, max_size=2) | json_values)
def test_whatever_is_said_is_a_plausible_route_or_no_answer(said: Any) -> None:
    try:
        route = route_in(said, TRIP)
    except NoAnswer:
        return
    assert is_plausible(route, TRIP.line_km)
    assert all(is_on_earth(Coordinates(*point)) for point in route.geometry)
