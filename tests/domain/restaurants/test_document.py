"""A restaurant's document is read whole, refused with every problem named, and written back."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.domain.document import LONGEST_TEXT
from bakureserve.domain.errors import FieldProblem, Invalid
from bakureserve.domain.restaurants.document import (
    RESTAURANT_FIELDS,
    RESTAURANT_LISTS,
    RESTAURANT_PARTS,
    TABLE_FIELDS,
    TABLE_LISTS,
    document_from_restaurant,
    hours_document,
    restaurant_from_document,
    slug_from_name,
)
from bakureserve.domain.restaurants.restaurant import (
    Area,
    ArrivalPolicy,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    SpecialDay,
    Table,
    TurnTime,
)
from tests.kit.examples import examples

DAY = 24 * 60
EVENINGS = {"mon": [{"open": "18:00", "close": "02:00"}]}


def document(**changes: Any) -> dict[str, Any]:
    """A document of which nothing has to be assumed."""
    return {
        "id": "0b4c8f7e-54c1-4f3e-9d5a-3b1f0d9f7a10",
        "slug": "nar-agaci",
        "name": "Nar Ağacı",
        "timezone": "Asia/Baku",
        "city": "Baku",
        "areas": [{"id": "hall", "name": "Hall", "tables": [table()]}],
        "opening_hours": {"weekly": EVENINGS},
        "booking": {"slot_minutes": 15},
    } | changes


def table(**changes: Any) -> dict[str, Any]:
    return {"id": "t1", "name": "T1", "capacity": 4} | changes


def with_tables(*tables: Any) -> dict[str, Any]:
    return document(areas=[{"id": "hall", "name": "Hall", "tables": list(tables)}])


def with_hours(weekly: Any = None, special_days: Any = None) -> dict[str, Any]:
    return document(opening_hours={"weekly": weekly, "special_days": special_days})


def restaurant(raw: dict[str, Any]) -> Restaurant:
    return restaurant_from_document(raw)[0]


def problems_of(raw: Any) -> list[FieldProblem]:
    with pytest.raises(Invalid) as refusal:
        restaurant_from_document(raw)
    assert refusal.value.code == "venue_document"
    return list(refusal.value.problems)


def broken(raw: Any) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in problems_of(raw)]


# Reading


def test_a_bare_name_is_enough_and_every_assumption_is_listed() -> None:
    assert restaurant_from_document(document())[1] == []
    read, assumptions = restaurant_from_document({"name": "Çay Evi & Bağ", "tags": None})
    assert (read.slug, read.timezone, read.city) == ("cay-evi-bag", "Asia/Baku", "Baku")
    assert read.hours == OpeningHours(weekly=((Period(600, 1380),),) * 7)
    assert read.policy == BookingPolicy(
        slot_minutes=30, turn_times=(TurnTime(2, 90),), buffer_minutes=0
    )
    assert [each.code for each in assumptions] == [
        "assumed_id",
        "assumed_slug",
        "assumed_timezone",
        "assumed_city",
        "assumed_opening_hours",
        "assumed_booking",
    ]
    assert assumptions[1].params == {"value": "cay-evi-bag"}
    assert read.id == restaurant({"name": "Renamed", "slug": "cay-evi-bag"}).id
    assert read.id != restaurant({"name": "Nar", "slug": "nar"}).id


def test_unknown_fields_are_kept_where_they_stood() -> None:
    raw = document(
        call_url="tel:1",
        areas=[{"id": "a", "name": "A", "mood": 1, "tables": [table(wobbles=True)]}],
    )
    read = restaurant(raw)
    assert read.extra == {"call_url": "tel:1"}
    assert read.areas[0].extra == {"mood": 1}
    assert read.tables[0].extra == {"wobbles": True}
    written = document_from_restaurant(read)
    assert written["call_url"] == "tel:1"
    assert written["areas"][0]["mood"] == 1
    assert written["areas"][0]["tables"][0]["wobbles"] is True


def test_a_slug_is_the_name_in_the_letters_of_a_web_address() -> None:
    for name, slug in [
        ("Nar Ağacı", "nar-agaci"),
        ("ƏLİ & Şərq Çöp-Öz", "eli-serq-cop-oz"),
        ("  Café   Übung!  ", "cafe-ubung"),
        ("a" * 200, "a" * 120),
    ]:
        assert slug_from_name(name) == slug


def test_a_name_without_latin_letters_still_gets_a_slug_of_its_own() -> None:
    assert slug_from_name("Чайхана") != slug_from_name("寿司")
    assert broken({"name": "寿司", "slug": slug_from_name("寿司"), "areas": 1}) == [
        ("areas", "field_not_a_list")
    ]


def test_closing_at_or_before_opening_is_after_midnight() -> None:
    for opens, closes, period in [
        ("10:00", "23:00", Period(600, 1380)),
        ("18:00", "02:00", Period(1080, 1560)),
        ("10:00", "24:00", Period(600, 1440)),
        ("10:00", "00:00", Period(600, 1440)),
        ("00:00", "24:00", Period(0, 1440)),
        ("09:00", "09:00", Period(540, 1980)),
    ]:
        read = restaurant(with_hours({"wed": [{"open": opens, "close": closes}]}))
        assert read.hours.weekly == ((), (), (period,), (), (), (), ())


def test_periods_and_special_days_come_in_order_and_may_touch() -> None:
    lunch, dinner = {"open": "12:00", "close": "15:00"}, {"open": "15:00", "close": "23:00"}
    read = restaurant(
        with_hours(
            {"fri": [dinner, lunch]},
            [{"date": "2027-03-21", "periods": [lunch]}, {"date": "2027-01-01", "closed": True}],
        )
    )
    assert read.hours.weekly[4] == (Period(720, 900), Period(900, 1380))
    assert read.hours.special_days == (
        SpecialDay(date=dt.date(2027, 1, 1)),
        SpecialDay(date=dt.date(2027, 3, 21), periods=(Period(720, 900),)),
    )


# Refusing


def test_a_wrong_field_is_named() -> None:
    for change, problem in [
        ({"name": None}, ("name", "field_missing")),
        ({"name": " "}, ("name", "name_expected")),
        ({"name": "x" * 121}, ("name", "name_expected")),
        ({"name": 7}, ("name", "name_expected")),
        ({"id": ""}, ("id", "name_expected")),
        ({"slug": "Nar"}, ("slug", "slug_expected")),
        ({"slug": "nar\n"}, ("slug", "slug_expected")),
        ({"address": "x" * (LONGEST_TEXT + 1)}, ("address", "text_expected")),
        ({"address": "a\x00b"}, ("address", "text_expected")),
        ({"address": "a\ud800b"}, ("address", "text_expected")),
        ({"tags": "bar"}, ("tags", "field_not_a_list")),
        ({"tags": ["bar", 3]}, ("tags[1]", "text_expected")),
        ({"menu_url": "javascript:alert(1)"}, ("menu_url", "link_expected")),
        ({"menu_url": " javascript:alert(1)"}, ("menu_url", "link_expected")),
        ({"menu_url": "java\nscript:alert(1)"}, ("menu_url", "link_expected")),
        ({"photos": ["/a.jpg", "data:image/png,x"]}, ("photos[1]", "link_expected")),
        ({"latitude": 40.4}, ("longitude", "coordinate_missing")),
        ({"latitude": 90.1, "longitude": 49}, ("latitude", "number_expected")),
        ({"latitude": 40, "longitude": -181}, ("longitude", "number_expected")),
        ({"latitude": float("nan"), "longitude": 49}, ("latitude", "number_expected")),
        ({"latitude": 40, "longitude": float("inf")}, ("longitude", "number_expected")),
        ({"latitude": True, "longitude": 49}, ("latitude", "number_expected")),
        ({"areas": {}}, ("areas", "field_not_a_list")),
        ({"areas": [3]}, ("areas[0]", "field_not_an_object")),
        ({"areas": [{"id": "a"}]}, ("areas[0].name", "field_missing")),
        ({"areas": [{"id": "a", "name": "A"}] * 2}, ("areas[1].id", "duplicate_area")),
        (
            {"areas": [{"id": "a", "name": "A", "theme": []}]},
            ("areas[0].theme", "field_not_an_object"),
        ),
        (
            {"areas": [{"id": "a", "name": "A", "landmarks": [{}, 1]}]},
            ("areas[0].landmarks[1]", "field_not_an_object"),
        ),
        (
            {"areas": [{"id": "a", "name": "A", "landmarks": [{"label": "\ud800"}]}]},
            ("areas[0].landmarks[0]", "not_storable"),
        ),
        ({"note": "\ud800"}, ("note", "not_storable")),
        ({"opening_hours": []}, ("opening_hours", "field_not_an_object")),
        ({"opening_hours": {"week": {}}}, ("opening_hours.week", "field_unknown")),
        ({"booking": 3}, ("booking", "field_not_an_object")),
    ]:
        assert broken(document(**change)) == [problem]


def test_a_wrong_field_of_a_table_is_named() -> None:
    for change, problem in [
        ({"capacity": None}, ("capacity", "field_missing")),
        ({"capacity": 0}, ("capacity", "whole_number_expected")),
        ({"capacity": 101}, ("capacity", "whole_number_expected")),
        ({"capacity": "4"}, ("capacity", "whole_number_expected")),
        ({"capacity": True}, ("capacity", "whole_number_expected")),
        ({"shape": "hexagon"}, ("shape", "field_not_a_choice")),
        ({"shape": ["rect"]}, ("shape", "field_not_a_choice")),
        ({"position": [1]}, ("position", "point_expected")),
        ({"position": [1, 1e9]}, ("position", "point_expected")),
        ({"footprint": [[1, 1], [2, "x"]]}, ("footprint[1]", "point_expected")),
        ({"rotation": "x"}, ("rotation", "number_expected")),
        ({"featured": 1}, ("featured", "field_not_a_boolean")),
        ({"tags": [None]}, ("tags[0]", "text_expected")),
    ]:
        raw = with_tables(table(id="t0"), table(**change))
        assert broken(raw) == [(f"areas[0].tables[1].{problem[0]}", problem[1])]


def test_a_table_id_is_unique_in_the_whole_restaurant() -> None:
    areas = [{"id": key, "name": key, "tables": [table()]} for key in ("a", "b")]
    assert broken(document(areas=areas)) == [("areas[1].tables[0].id", "duplicate_table")]


def test_a_time_zone_must_be_a_known_one() -> None:
    for key in [
        "Mars/Olympus",
        "Asia",
        "../Baku",
        "/etc/localtime",
        "x" * 100,
        "a\tb",
        "tzdata.zi",
    ]:
        assert broken(document(timezone=key)) == [("timezone", "unknown_timezone")]


def test_an_opening_time_must_be_on_the_clock() -> None:
    for clock in ["24:00", "9:00", "09:60", "25:00", "09:00:00", "٠٩:٠٠", "", 9]:
        weekly = {"mon": [{"open": clock, "close": "23:00"}]}
        assert broken(with_hours(weekly)) == [("opening_hours.weekly.mon[0].open", "time_expected")]


def test_periods_may_not_overlap() -> None:
    for weekly, later, earlier in [
        ({"mon": [("10:00", "15:00"), ("14:00", "20:00")]}, "mon[1]", "mon[0]"),
        ({"mon": [("14:00", "20:00"), ("10:00", "15:00")]}, "mon[0]", "mon[1]"),
        ({"mon": [("10:00", "20:00"), ("10:00", "20:00")]}, "mon[1]", "mon[0]"),
        ({"tue": [("18:00", "03:00")], "wed": [("02:00", "10:00")]}, "wed[0]", "tue[0]"),
        ({"sun": [("18:00", "03:00")], "mon": [("02:00", "10:00")]}, "mon[0]", "sun[0]"),
    ]:
        raw = {
            day: [{"open": opens, "close": closes} for opens, closes in periods]
            for day, periods in weekly.items()
        }
        (problem,) = problems_of(with_hours(raw))
        assert (problem.field, problem.code) == (f"opening_hours.weekly.{later}", "periods_overlap")
        assert problem.params == {"other": f"opening_hours.weekly.{earlier}"}


MONDAY = "2027-01-04"


def test_a_wrong_special_day_is_named() -> None:
    for day, problem in [
        ({}, ("date", "field_missing")),
        ({"date": "2027-02-30"}, ("date", "field_not_a_date")),
        ({"date": "0001-01-01"}, ("date", "date_out_of_range")),
        ({"date": MONDAY, "note": 3}, ("note", "text_expected")),
        ({"date": MONDAY, "closed": False}, ("closed", "open_without_periods")),
        (
            {"date": MONDAY, "closed": True, "periods": [{"open": "10:00", "close": "11:00"}]},
            ("closed", "closed_with_periods"),
        ),
        ({"date": MONDAY, "reason": "x"}, ("reason", "field_unknown")),
        (  # Sunday is open until two
            {"date": MONDAY, "periods": [{"open": "01:00", "close": "11:00"}]},
            ("periods[0]", "periods_overlap"),
        ),
        (  # Tuesday opens at noon
            {"date": MONDAY, "periods": [{"open": "18:00", "close": "13:00"}]},
            ("periods[0]", "periods_overlap"),
        ),
    ]:
        weekly = {
            "sun": [{"open": "18:00", "close": "02:00"}],
            "tue": [{"open": "12:00", "close": "23:00"}],
        }
        field, code = problem
        assert broken(with_hours(weekly, [day])) == [
            (f"opening_hours.special_days[0].{field}", code)
        ]


def test_a_wrong_booking_policy_is_named() -> None:
    for booking, problem in [
        ({"slot_minutes": 4}, ("slot_minutes", "whole_number_expected")),
        ({"slot_minutes": 241}, ("slot_minutes", "whole_number_expected")),
        ({"buffer_minutes": -1}, ("buffer_minutes", "whole_number_expected")),
        ({"lead_minutes": 43_201}, ("lead_minutes", "whole_number_expected")),
        ({"cancellation_minutes": -1}, ("cancellation_minutes", "whole_number_expected")),
        ({"horizon_days": 0}, ("horizon_days", "whole_number_expected")),
        ({"horizon_days": 731}, ("horizon_days", "whole_number_expected")),
        ({"min_party": 4, "max_party": 3}, ("max_party", "max_party_below_min")),
        ({"slots": 3}, ("slots", "field_unknown")),
        ({"turn_times": []}, ("turn_times", "turn_times_missing")),
        ({"turn_times": [{"up_to": 2}]}, ("turn_times[0].minutes", "field_missing")),
        (
            {"turn_times": [{"up_to": 2, "minutes": 14}]},
            ("turn_times[0].minutes", "whole_number_expected"),
        ),
        (
            {"turn_times": [{"up_to": 4, "minutes": 90}, {"up_to": 4, "minutes": 120}]},
            ("turn_times[1].up_to", "turn_times_not_ascending"),
        ),
    ]:
        field, code = problem
        assert broken(document(booking=booking)) == [(f"booking.{field}", code)]


def test_a_wrong_way_to_receive_guests_is_named() -> None:
    for arrival, problem in [
        ({"geofence_meters": 49}, ("geofence_meters", "whole_number_expected")),
        ({"geofence_meters": 2_001}, ("geofence_meters", "whole_number_expected")),
        ({"seating_minutes": -1}, ("seating_minutes", "whole_number_expected")),
        ({"starters_minutes": 0}, ("starters_minutes", "whole_number_expected")),
        ({"mains_minutes": 181}, ("mains_minutes", "whole_number_expected")),
        ({"full_minutes": "25"}, ("full_minutes", "whole_number_expected")),
        ({"late_after_minutes": 121}, ("late_after_minutes", "whole_number_expected")),
        ({"desserts_minutes": 5}, ("desserts_minutes", "field_unknown")),
    ]:
        field, code = problem
        assert broken(document(arrival=arrival)) == [(f"arrival.{field}", code)]


def test_how_guests_are_received_is_read_and_written_in_full() -> None:
    read = restaurant(document(arrival={"mains_minutes": 35, "geofence_meters": 300}))
    assert read.arrival == ArrivalPolicy(mains_minutes=35, geofence_meters=300)
    written = document_from_restaurant(read)
    assert written["arrival"] == {
        "geofence_meters": 300,
        "seating_minutes": 5,
        "starters_minutes": 10,
        "mains_minutes": 35,
        "full_minutes": 25,
        "late_after_minutes": 10,
    }
    assert restaurant(written) == read
    assert restaurant(document()).arrival == ArrivalPolicy()


def test_every_problem_is_found_at_once() -> None:
    raw = document(
        name=3,
        timezone="Asia",
        areas=[{"id": "a", "name": "A", "tables": [table(capacity=0), table(shape="?")]}],
        opening_hours={
            "weekly": {"mon": [{"open": "x", "close": "y"}]},
            "special_days": [{"date": MONDAY}, {"date": MONDAY}],
        },
        booking={"turn_times": []},
    )
    assert {field for field, _ in broken(raw)} == {
        "name",
        "timezone",
        "areas[0].tables[0].capacity",
        "areas[0].tables[1].shape",
        "areas[0].tables[1].id",
        "opening_hours.weekly.mon[0].open",
        "opening_hours.weekly.mon[0].close",
        "opening_hours.special_days[1].date",
        "booking.turn_times",
    }
    for no_object in ([], None, "nar", 3):
        assert broken(no_object) == [("", "field_not_an_object")]


# Writing


def test_hours_are_written_as_they_are_read() -> None:
    hours = OpeningHours(
        weekly=((Period(1080, 1560),), (Period(0, DAY),), (), (), (), (), ()),
        special_days=(SpecialDay(date=dt.date(2027, 1, 1), note="New Year"),),
    )
    assert hours_document(hours) == {
        "weekly": {
            "mon": [{"open": "18:00", "close": "02:00"}],
            "tue": [{"open": "00:00", "close": "24:00"}],
            **{day: [] for day in ("wed", "thu", "fri", "sat", "sun")},
        },
        "special_days": [{"date": "2027-01-01", "closed": True, "periods": [], "note": "New Year"}],
    }


storable = st.text(st.characters(exclude_characters="\x00", codec="utf-8"), max_size=20)
names = storable.filter(str.strip)
links = st.sampled_from(["", "/a/1.jpg", "https://nar.example/menu?x=1:2"])
coordinates = st.floats(-1000, 1000)
points = st.tuples(coordinates, coordinates)


def several(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=3).map(tuple)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | storable,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(storable, inner, max_size=2),
    max_leaves=4,
)


def objects(*known: Any) -> st.SearchStrategy[dict[str, Any]]:
    taken = {name for group in known for name in group}
    return st.dictionaries(storable.filter(lambda key: key not in taken), json_values, max_size=2)


@st.composite
def days(draw: st.DrawFn) -> tuple[Period, ...]:
    """Periods that do not overlap, the last one perhaps past midnight."""
    marks = sorted(draw(st.sets(st.integers(6 * 60, DAY - 1), max_size=4)))
    periods = [Period(*pair) for pair in zip(marks[::2], marks[1::2], strict=False)]
    if len(marks) % 2:
        periods.append(Period(marks[-1], draw(st.integers(DAY, DAY + 6 * 60))))
    return tuple(periods)


turn_times = st.sets(st.integers(1, 100), min_size=1, max_size=4).flatmap(
    lambda sizes: st.tuples(
        *(st.builds(TurnTime, st.just(size), st.integers(15, 720)) for size in sorted(sizes))
    )
)
policies = st.builds(
    BookingPolicy,
    slot_minutes=st.integers(5, 240),
    turn_times=turn_times,
    buffer_minutes=st.integers(0, 240),
    last_seating_minutes=st.none() | st.integers(0, 1440),
    lead_minutes=st.integers(0, 43_200),
    cancellation_minutes=st.integers(0, 43_200),
    horizon_days=st.integers(1, 730),
    min_party=st.integers(1, 10),
    max_party=st.none() | st.integers(10, 100),
)
hours = st.builds(
    OpeningHours,
    weekly=st.tuples(*[days()] * 7),
    special_days=st.dictionaries(
        st.dates(dt.date(2000, 1, 1), dt.date(2999, 12, 31)),
        st.tuples(days(), storable),
        max_size=3,
    ).map(
        lambda special: tuple(
            SpecialDay(date=date, periods=periods, note=note)
            for date, (periods, note) in sorted(special.items())
        )
    ),
)
tables = st.builds(
    Table,
    id=names,
    name=names,
    capacity=st.integers(1, 100),
    position=points,
    shape=st.sampled_from(["circle", "rect", "booth", "pod"]),
    tags=several(storable),
    rotation=st.floats(-360, 360),
    footprint=several(points),
    noise_level=st.none() | storable,
    featured=st.booleans(),
    extra=objects(TABLE_FIELDS, TABLE_LISTS),
    key=st.just(0),
)


@st.composite
def floor_plans(draw: st.DrawFn) -> tuple[Area, ...]:
    drawn = draw(st.lists(tables, max_size=4, unique_by=lambda each: each.id))
    return tuple(
        Area(
            id=area_id,
            name=draw(names),
            theme=draw(objects()),
            landmarks=draw(several(objects())),
            tables=tuple(drawn[index::2]),
            extra=draw(objects({"id", "name", "theme", "landmarks", "tables"})),
        )
        for index, area_id in enumerate(["hall", "terrace"])
    )


located = st.one_of(st.just((None, None)), st.tuples(st.floats(-90, 90), st.floats(-180, 180)))


@st.composite
def restaurants(draw: st.DrawFn) -> Restaurant:
    latitude, longitude = draw(located)
    texts = {"neighborhood", "address", "short_description", "price_level", "average_spend"} | {
        "phone", "instagram", "whatsapp", "dress_code"
    }  # fmt: skip
    return Restaurant(
        id=draw(names),
        slug=draw(st.from_regex(r"\A[a-z0-9-]{1,20}\Z")),
        name=draw(names),
        timezone=draw(st.sampled_from(["Asia/Baku", "Europe/Berlin", "UTC"])),
        city=draw(names),
        **{name: draw(storable) for name in sorted(texts)},
        **{name: draw(links) for name in ("cover_photo", "directions_url", "menu_url")},
        **{name: draw(several(links)) for name in ("photos", "map_images")},
        **{name: draw(several(storable)) for name in ("cuisine", "tags", "highlights")},
        experiences=draw(several(storable)),
        latitude=latitude,
        longitude=longitude,
        areas=draw(floor_plans()),
        hours=draw(hours),
        policy=draw(policies),
        extra=draw(objects(RESTAURANT_FIELDS, RESTAURANT_LISTS, RESTAURANT_PARTS)),
    )


@settings(max_examples=examples(25))
@given(restaurants())
def test_a_restaurant_survives_the_way_through_json(original: Restaurant) -> None:
    written = document_from_restaurant(original)
    text = json.dumps(written)
    assert json.loads(text) == written
    assert restaurant_from_document(json.loads(text)) == (original, [])
