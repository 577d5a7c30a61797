from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates, is_on_earth
from bakureserve.eta.providers.gomap.places import places_in
from tests.eta.conftest import Town
from tests.eta.strategies import json_scalars, json_values
from tests.kit.roads.trouble import answering, hanging

ROWS = [
    {"id": 7, "nm": "Gənclik Mall", "addr": "Fətəli xan Xoyski 14", "x": "49.8515", "y": "40.4003"},
    {"name": "Gənclik metrosu", "address": None, "lon": 49.8512, "lat": 40.4001},
]


async def names(town: Town, query: str, near: Coordinates | None = None) -> list[str]:
    assert town.maps.places is not None
    found = await town.maps.places.find(query, language="az", near=near, limit=5)
    return [place.name for place in found]


def test_places_are_read_whatever_their_fields_are_called() -> None:
    first, second = places_in({"rows": ROWS})
    assert (first.id, first.name) == ("gomap:7", "Gənclik Mall")
    assert first.address == "Fətəli xan Xoyski 14"
    assert first.point == Coordinates(40.4003, 49.8515)
    assert (second.id, second.address) == ("gomap:40.40010,49.85120", "")
    recorded = {"poiGuid": "A1", "poiName": "Park Bulvar", "fullAddress": "Neftçilər prospekti"}
    (park,) = places_in({"rows": [recorded | {"x": "49.84", "y": "40.37"}]})
    assert (park.id, park.name, park.address) == ("gomap:A1", "Park Bulvar", "Neftçilər prospekti")
    assert places_in({"result": ROWS}) == places_in(ROWS) == (first, second)


def test_names_are_read_in_any_case_and_the_next_where_one_is_unreadable() -> None:
    row = {"Nm": [], "NAME": "Gənclik", "X": "?", "Lon": 49.8, "Y": 40.4, "ID": None, "poiguid": 5}
    (place,) = places_in({"Rows": [row]})
    assert (place.id, place.name, place.longitude) == ("gomap:5", "Gənclik", 49.8)


def test_rows_without_name_or_place_are_left_out() -> None:
    for row in (
        {},
        {"nm": "Nowhere"},
        {"nm": "", "x": 49.8, "y": 40.4},
        {"nm": None, "x": 49.8, "y": 40.4},
        {"nm": ["list"], "x": 49.8, "y": 40.4},
        {"nm": "Beyond", "x": 499.8, "y": 40.4},
        {"nm": "Text", "x": "east", "y": 40.4},
        "row",
        None,
    ):
        assert [place.id for place in places_in({"rows": [row, ROWS[0]]})] == ["gomap:7"], row


def test_the_nearest_comes_first_then_the_most_similar() -> None:
    here = {"x": 49.8, "y": 40.4}
    near = [{"nm": "b", "distance": "900"} | here, {"nm": "a", "distance": 20} | here]
    assert [place.name for place in places_in({"rows": near})] == ["a", "b"]
    similar = [{"nm": "b", "similarity": 0.3} | here, {"nm": "a", "similarity": "0.9"} | here]
    assert [place.name for place in places_in({"result": similar})] == ["a", "b"]


async def test_the_plain_search_answers_when_it_can(town: Town) -> None:
    town.gomap.places = ROWS
    assert await names(town, "gənclik") == ["Gənclik Mall", "Gənclik metrosu"]
    assert [call.method for call in town.gomap.calls] == ["searchObj"]
    assert town.gomap.calls[0].form["lng"] == "az"


async def test_a_name_with_a_slip_is_found_by_the_lenient_search(town: Town) -> None:
    town.gomap.places = ROWS[:1]
    assert await names(town, "genclik mal", near=town.home) == ["Gənclik Mall"]
    assert [call.method for call in town.gomap.calls] == [
        "searchObj",
        "searchObjWithDistance",
        "makeSearchCitySettlementFuzzy",
    ]


async def test_what_was_found_is_remembered_and_so_is_that_nothing_was(town: Town) -> None:
    town.gomap.places = ROWS
    for query in ("gənclik", "zzz"):
        first = await names(town, query)
        calls = len(town.gomap.calls)
        assert await names(town, query) == first
        assert len(town.gomap.calls) == calls


async def test_a_search_that_fails_leaves_it_to_the_next(town: Town) -> None:
    town.gomap.places = ROWS
    town.gomap.troubles["searchObj"] = answering("", status=500)
    assert (await names(town, "gənclik mall"))[0] == "Gənclik Mall"
    assert len(town.gomap.calls) == 2


async def test_searches_that_hang_end_in_time_with_nothing(hasty: Town) -> None:
    hasty.gomap.trouble = hanging()
    for _ in range(2):
        assert await names(hasty, "gənclik", near=hasty.home) == []
        breakers = {each.name: each.state for each in hasty.maps.breakers()}
        assert breakers["gomap_places"] == "open"
        assert len(hasty.gomap.calls) == 3


rows = st.dictionaries(
    st.sampled_from(["nm", "name", "x", "y", "id", "addr", "distance", "similarity"]),
    json_scalars | st.floats(-90, 90) | st.lists(json_scalars, max_size=2),
)


@given(json_values | st.fixed_dictionaries({"rows": st.lists(rows, max_size=4) | json_values}))
def test_whatever_is_said_is_places_on_earth(said: Any) -> None:
    for place in places_in(said):
        assert is_on_earth(place.point)
        assert place.name
