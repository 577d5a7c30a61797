"""Several restaurants in one text: the three forms, and every problem with its path."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.document import Assumption
from bakureserve.domain.restaurants.listing import ListReader, documents, json_from_restaurants
from bakureserve.domain.restaurants.restaurant import Restaurant
from tests.kit.builders import a_restaurant

HOUSES = [a_restaurant(id=f"house-{number}", slug=f"house-{number}") for number in range(3)]
DOCUMENTS = json_from_restaurants(HOUSES)


def read_all(parsed: object) -> tuple[list[Restaurant], list[Assumption]]:
    """The restaurants of a parsed text, and what was assumed about them. Raises Invalid."""
    reader = ListReader()
    read = [reader.read(path, document) for path, document in documents(parsed, reader.problems)]
    reader.end()
    found = [each for each in read if each is not None]
    assert len(found) == len(read)
    return [each for each, _ in found], [each for _, assumed in found for each in assumed]


def problems_of(parsed: object) -> list[tuple[str, str]]:
    with pytest.raises(Invalid) as refused:
        read_all(parsed)
    return [(problem.field, problem.code) for problem in refused.value.problems]


def test_an_array_one_document_and_the_sample_files_form_are_understood() -> None:
    for parsed, slugs in [
        (DOCUMENTS, ("house-0", "house-1", "house-2")),
        ({"about": "samples", "venues": DOCUMENTS}, ("house-0", "house-1", "house-2")),
        (DOCUMENTS[1], ("house-1",)),
        ([], ()),
        ({"venues": []}, ()),
    ]:
        assert tuple(restaurant.slug for restaurant in read_all(parsed)[0]) == slugs


def test_what_is_exported_reads_back_as_it_was_and_assumes_nothing() -> None:
    restaurants, assumptions = read_all(DOCUMENTS)
    assert json_from_restaurants(restaurants) == DOCUMENTS
    assert assumptions == []


def test_every_problem_is_named_with_its_path_from_the_beginning() -> None:
    for parsed, problems in [
        (5, [("", "field_not_an_object")]),
        ([5], [("[0]", "field_not_an_object")]),
        ({"venues": {}}, [("venues", "field_not_a_list")]),
        ({"venues": [{}]}, [("venues[0].name", "field_missing")]),
        ({"slug": "a"}, [("name", "field_missing")]),
        (
            [DOCUMENTS[0], {"name": "a", "areas": [5], "phone": 1}, {}],
            [
                ("[1].phone", "text_expected"),
                ("[1].areas[0]", "field_not_an_object"),
                ("[2].name", "field_missing"),
            ],
        ),
    ]:
        assert problems_of(parsed) == problems


def test_no_two_restaurants_share_an_id_or_a_slug() -> None:
    for fields, problem in [
        ({"id": "house-0"}, ("[3].id", "duplicate_restaurant_id")),
        ({"slug": "house-1"}, ("[3].slug", "duplicate_restaurant_slug")),
    ]:
        fourth = json_from_restaurants([a_restaurant(id="house-3", slug="house-3")])[0] | fields
        assert problems_of([*DOCUMENTS, fourth]) == [problem]


def test_the_first_holder_of_a_repeated_slug_is_named() -> None:
    with pytest.raises(Invalid) as refused:
        read_all({"venues": [DOCUMENTS[0] | {"id": each} for each in "abc"]})
    assert [problem.params for problem in refused.value.problems] == [
        {"value": "house-0", "other": "venues[0]"}
    ] * 2


def test_assumptions_carry_the_path_too() -> None:
    _, assumptions = read_all([DOCUMENTS[0], {"name": "Yeni"}])
    assert {assumption.field for assumption in assumptions} == {
        f"[1].{name}" for name in ("id", "slug", "timezone", "city", "opening_hours", "booking")
    }


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("venues"), inner),
    max_leaves=10,
)


@given(json_values)
def test_whatever_json_holds_is_read_or_refused(parsed: object) -> None:
    with suppress(Invalid):
        restaurants, _ = read_all(parsed)
        assert read_all(json_from_restaurants(restaurants))[0] == restaurants
