"""What a stranger sent is read as msgspec reads it, and every problem in it is found."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from enum import Enum
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.errors import BadRequest, FieldProblem, Invalid
from bakureserve.domain.reading import (
    DEEPEST,
    MOST_PROBLEMS,
    Search,
    read_body,
    read_loosely,
    read_query,
    shape_of,
    worded,
)
from tests.kit.examples import examples


class Theme(Enum):
    LIGHT = "light"
    DARK = "dark"


class Table(msgspec.Struct, forbid_unknown_fields=True):
    capacity: Annotated[int, Meta(ge=1, le=20)]
    position: tuple[float, float] = (0.0, 0.0)
    tags: Annotated[tuple[Annotated[str, Meta(max_length=3)], ...], Meta(max_length=2)] = ()


class Area(msgspec.Struct):
    name: Annotated[str, Meta(min_length=1, pattern="^[a-z]+$")]
    tables: list[Table] = []


class Plan(msgspec.Struct, rename="camel"):
    areas: tuple[Area, ...]
    opens_at: dt.time | None = None
    since: Annotated[dt.datetime, Meta(tz=True)] | UnsetType = UNSET
    day: dt.date | UnsetType | None = UNSET
    owner: uuid.UUID | None = None
    shape: Literal["rect", "circle"] | None = None
    floors: Literal[2, 1] = 1
    theme: Theme = Theme.LIGHT
    slant: Annotated[float, Meta(gt=-1, lt=1)] = 0.0
    step: Annotated[int, Meta(multiple_of=5)] = 5
    open: bool = True
    either: int | str | None = None
    number: int | float | None = None
    names: Annotated[dict[str, int], Meta(max_length=2)] = {}
    anything: Any = None


PLAN = shape_of(Plan)


def broken(raw: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as refusal:
        read_body(raw, PLAN)
    return {problem.field: problem.code for problem in refusal.value.problems}


def test_every_problem_is_found_at_once_with_the_path_at_which_it_stands() -> None:
    raw = {
        "areas": [
            {"name": "hall", "tables": [{"capacity": 2}, {"capacity": 21, "tags": ["x", 7]}]},
            {"name": "", "tables": [{}, 3, {"capacity": True, "colour": "red"}]},
            {"name": "A", "tables": [{"capacity": 1, "tags": ["abcd"] * 3}]},
        ],
        "opensAt": "noon",
        "since": "2027-01-01T10:00:00",
        "day": "2027-02-30",
        "owner": "me",
        "shape": "pod",
        "floors": "two",
        "theme": "grey",
        "slant": 1,
        "step": 7,
        "open": "true",
        "either": 1.5,
        "number": "x",
        "names": {"a": "b", "c": 1},
    }
    assert broken(raw) == {
        "areas[0].tables[1].capacity": "field_too_large",
        "areas[0].tables[1].tags[1]": "field_not_text",
        "areas[1].name": "field_too_short",
        "areas[1].tables[0].capacity": "field_missing",
        "areas[1].tables[1]": "field_not_an_object",
        "areas[1].tables[2].capacity": "field_not_an_integer",
        "areas[1].tables[2].colour": "field_unknown",
        "areas[2].name": "field_wrong_form",
        "areas[2].tables[0].tags": "field_too_long",
        "areas[2].tables[0].tags[0]": "field_too_long",
        "areas[2].tables[0].tags[1]": "field_too_long",
        "areas[2].tables[0].tags[2]": "field_too_long",
        "opensAt": "field_not_a_time",
        "since": "field_needs_offset",
        "day": "field_not_a_date",
        "owner": "field_not_a_uuid",
        "shape": "field_not_a_choice",
        "floors": "field_not_an_integer",
        "theme": "field_not_a_choice",
        "slant": "field_too_large",
        "step": "field_not_a_multiple",
        "open": "field_not_a_boolean",
        "either": "field_wrong",
        "number": "field_not_a_number",
        "names.a": "field_not_an_integer",
    }


def test_a_length_is_wrong_beside_wrong_parts() -> None:
    tags = {"areas": [{"name": "a", "tables": [{"capacity": 1, "tags": ["abc", "abcd", "a"]}]}]}
    assert broken(tags) == {
        "areas[0].tables[0].tags": "field_too_long",
        "areas[0].tables[0].tags[1]": "field_too_long",
    }
    names = {"areas": [], "names": {"a": 1, "b": "x", "c": "3"}}
    assert broken(names) == {"names": "field_too_long", "names.b": "field_not_an_integer"}
    wrong_kinds = {"areas": [{"name": [], "tables": {}}], "names": [1, 2, 3]}
    assert broken(wrong_kinds) == {
        "areas[0].name": "field_not_text",
        "areas[0].tables": "field_not_a_list",
        "names": "field_not_an_object",
    }


def test_a_problem_says_what_would_be_right() -> None:
    for changes, params in [
        ({"slant": -1}, {"smallest": "-1.0"}),
        ({"step": 7}, {"step": "5"}),
        ({"floors": 3}, {"choices": (2, 1)}),
        ({"theme": "x"}, {"choices": ("light", "dark")}),
        ({"areas": [{"name": "A"}]}, {"pattern": "^[a-z]+$"}),
        ({"areas": [{"name": "a", "tables": [{"capacity": 0}]}]}, {"smallest": "1"}),
    ]:
        with pytest.raises(Invalid) as refusal:
            read_body({"areas": [], **changes}, PLAN)
        assert refusal.value.problems[0].params == params


def test_a_nul_and_a_misspelt_name_do_not_hide_what_else_is_wrong() -> None:
    raw = {"Areas": [], "step": 7, "note": "\0", "names": {"a": 2**70}, "opens-at": None}
    assert broken(raw) == {
        "note": "field_bad_character",
        "names.a": "field_out_of_range",
        "Areas": "field_misspelt",  # and that areas is missing goes without saying
        "opens-at": "field_misspelt",
        "step": "field_not_a_multiple",
    }


def test_numbers_may_come_as_text_and_a_text_stays_one_where_that_is_right() -> None:
    table = {"capacity": "4", "position": ["1.5", 2]}
    raw = {"areas": [{"name": "a", "tables": [table]}], "names": {"x": "7"}, "number": "2.5"}
    more = {"zest": 1, "either": "7", "anything": "8", "step": "5", "aroma": 2}
    plan, unknown = read_body(raw | more, PLAN)
    assert plan.areas[0].tables == [Table(capacity=4, position=(1.5, 2.0))]
    assert (plan.names, plan.number) == ({"x": 7}, 2.5)
    assert (plan.either, plan.anything, plan.step) == ("7", "8", 5)
    assert unknown == ("zest", "aroma")


def test_a_kind_with_a_sentence_of_its_own_says_that_whatever_is_wrong() -> None:
    point = worded(tuple[float, float], "point_expected", axes=2)
    problems: list[FieldProblem] = []
    search = Search(problems)
    assert search.converted([1, 2], point, "at") == (1.0, 2.0)
    assert search.converted([1], point, "at[0]") is None
    assert search.converted([1, "x"], point | None, "at[1]", default=()) == ()
    assert problems == [
        FieldProblem("at[0]", "point_expected", {"axes": 2}),
        FieldProblem("at[1]", "point_expected", {"axes": 2}),
    ]


def test_nesting_has_an_end() -> None:
    deep: Any = []
    for _ in range(DEEPEST):
        deep = [deep]
    with pytest.raises(BadRequest, match="body_too_deep"):
        read_body({"areas": [], "anything": deep}, PLAN)


def test_a_refusal_is_no_longer_than_its_limit() -> None:
    assert len(broken({"areas": [3] * 10_000})) == MOST_PROBLEMS
    assert len(broken({"areas": [], "anything": ["\0"] * 10_000})) == MOST_PROBLEMS


def test_a_query_is_read_from_text_alone() -> None:
    class Query(msgspec.Struct):
        size: Annotated[int, Meta(le=20)]
        near: float = 0.0
        full: bool = False

    shape = shape_of(Query)
    assert read_query({"size": "3", "full": "true"}, shape)[0] == Query(3, full=True)
    with pytest.raises(Invalid) as refusal:
        read_query({"size": "9" * 5000, "near": "inf", "full": "x"}, shape)
    assert [(each.field, each.code) for each in refusal.value.problems] == [
        ("size", "field_out_of_range"),
        ("near", "field_out_of_range"),
        ("full", "field_not_a_boolean"),
    ]


def test_what_cannot_be_sent_again_is_read_loosely_and_told_from_what_was_right() -> None:
    for value, kind, found, turned in [
        (4, int, 4, False),
        ("4", int, 4, True),
        (4.0, int, 4, True),
        ("true", bool, True, True),
    ]:
        assert read_loosely(value, kind) == (found, turned)


def test_what_is_no_such_thing_is_not_read_loosely_either() -> None:
    for value, kind in [("x", int), (4.5, int), ("2", bool), (["a", 1], Area)]:
        with pytest.raises(Invalid):
            read_loosely(value, kind)


scalars = (
    st.none()
    | st.booleans()
    | st.integers(-30, 30)
    | st.floats(-2, 2).filter(lambda number: not number.is_integer())
    | st.sampled_from(["", "a", "abcd", "x9", "rect", "dark", "light", "no"])
    | st.sampled_from(["2027-01-01", "10:00:00", "2027-01-01T10:00:00", "2027-01-01T10:00:00Z"])
    | st.just("0b4c8f7e-54c1-4f3e-9d5a-3b1f0d9f7a10")
)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab"), inner, max_size=3),
    max_leaves=6,
)


def nearly(**right: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Objects whose fields are nearly always right, so that a whole one often is."""
    fields = {name: right[name] | right[name] | right[name] | json_values for name in right}
    return st.fixed_dictionaries({}, optional=fields) | json_values


tables = nearly(
    capacity=st.integers(1, 21),
    position=st.lists(st.floats(-9, 9).filter(lambda x: not x.is_integer()), max_size=3),
    tags=st.lists(st.sampled_from(["a", "abc", "abcd"]), max_size=3),
    stray=scalars,
)
areas = nearly(name=st.sampled_from(["hall", "bar"]), tables=st.lists(tables, max_size=3))
plans = st.fixed_dictionaries(
    {"areas": st.lists(areas, max_size=3)},
    optional={
        field.encode_name: scalars | json_values
        for field in msgspec.structs.fields(Plan)
        if field.name != "areas"
    },
)


@settings(max_examples=examples(200))
@given(plans | nearly(areas=st.lists(areas, max_size=1), names=json_values) | json_values)
def test_it_accepts_exactly_what_msgspec_accepts_and_finds_what_it_finds(raw: Any) -> None:
    found = first_found_by_msgspec(raw)
    if found is None:
        assert read_body(raw, PLAN)[0] == msgspec.convert(raw, Plan)
    else:
        assert any(re.fullmatch(found, field) for field in broken(raw))


def first_found_by_msgspec(raw: Any) -> str | None:
    """The place of its first problem as a pattern: it does not say which key of a dict."""
    try:
        msgspec.convert(raw, Plan)
    except msgspec.ValidationError as error:
        rule, _, where = str(error).partition(" - at `")
        place = where.rstrip("`").removeprefix("$").removeprefix(".")
        if rule.startswith("Object "):
            place = f"{place}.{rule.split('`')[1]}".removeprefix(".")
        return re.escape(place).replace(re.escape("[...]"), r"\.?[ab]*")
    return None


@given(plans)
def test_a_problem_that_is_named_is_one_and_goes_when_its_field_is_mended(raw: Any) -> None:
    try:
        read_body(raw, PLAN)
    except Invalid as refusal:
        tops = {problem.field.partition(".")[0].partition("[")[0] for problem in refusal.problems}
        mended = {name: value for name, value in raw.items() if name not in tops}
        read_body({"areas": [], **mended}, PLAN)
