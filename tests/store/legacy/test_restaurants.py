from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store.database import write_alone
from bakureserve.store.legacy.json_rows import Value
from bakureserve.store.legacy.restaurants import mapped
from bakureserve.store.legacy.row_reader import Rejected
from bakureserve.store.restaurants import restaurants
from tests.kit.old_server import (
    NOW,
    a_restaurant,
    a_row,
    codes,
    entry_of,
    run,
    stored,
    without,
    write,
)

ASSUMED = ["assumed_opening_hours", "assumed_booking"]


def restaurant(path: Path, id_or_slug: str = "v1") -> Restaurant:
    return write_alone(path, lambda tx: restaurants.find(tx, id_or_slug), busy_timeout=5)


def imported(path: Path, tmp_path: Path, *restaurants: Any) -> Any:
    return run(path, write(tmp_path / "old", restaurants=restaurants))


def test_hours_and_sittings_are_assumed_and_said_so(path: Path, tmp_path: Path) -> None:
    report = imported(path, tmp_path, a_restaurant())
    assert codes(report, "v1") == ASSUMED
    assert entry_of(report, "v1").outcome == "imported"
    assert report.is_clean
    found = restaurant(path)
    assert {(p.opens, p.closes) for day in found.hours.weekly for p in day} == {(600, 1380)}
    assert [turn.minutes for turn in found.policy.turn_times] == [90]
    assert found.policy.buffer_minutes == 0


def test_what_is_missing_gets_the_old_servers_defaults(path: Path, tmp_path: Path) -> None:
    bare = without(a_restaurant(name="Çay Evi"), "id", "slug", "timezone", "city")
    report = imported(path, tmp_path, bare)
    found = restaurant(path, "cay-evi")
    assert (found.timezone, found.city) == ("Asia/Baku", "Baku")
    assert set(codes(report, found.id)) == {
        "assumed_id",
        "assumed_slug",
        "assumed_timezone",
        "assumed_city",
        *ASSUMED,
    }
    assert imported(path, tmp_path, bare).files["restaurants.json"].unchanged == 1


def test_rooms_tables_and_unknown_keys_come_along(path: Path, tmp_path: Path) -> None:
    table = {
        "id": "t1",
        "name": "T1",
        "capacity": 2,
        "position": [18, 32],
        "shape": "circle",
        "tags": ["window"],
        "noise_level": "low",
        "featured": True,
        "rotation": 12,
        "footprint": [[16, 30], [20, 30], [20, 34]],
        "wobbles": True,
    }
    room = {
        "id": "hall",
        "name": "Hall",
        "theme": {"texture": "marble"},
        "landmarks": [{"id": "bar", "type": "bar"}],
        "tables": [table],
        "smoking": False,
    }
    assert imported(path, tmp_path, a_restaurant(areas=[room], call_url="tel:+994")).is_clean
    found = restaurant(path)
    assert found.extra == {"call_url": "tel:+994"}
    (area,) = found.areas
    assert (area.theme, area.extra) == ({"texture": "marble"}, {"smoking": False})
    assert area.landmarks == ({"id": "bar", "type": "bar"},)
    (kept,) = area.tables
    assert (kept.position, kept.shape, kept.rotation, kept.featured) == (
        (18.0, 32.0),
        "circle",
        12.0,
        True,
    )
    assert kept.extra == {"wobbles": True}


def a_table(**fields: Any) -> dict[str, Any]:
    return {"id": "t1", "name": "T1", "capacity": 2} | fields


def rooms(*tables: Any, **fields: Any) -> dict[str, Any]:
    return {"areas": [{"id": "hall", "name": "Hall", "tables": list(tables)} | fields]}


MENDED: dict[str, tuple[list[str], dict[str, Any]]] = {
    "a link that could run code": (["menu_url"], {"menu_url": "javascript:alert(1)"}),
    "a zone nobody knows": (["timezone"], {"timezone": "Asia/Bakı"}),
    "half a place": (["latitude"], {"latitude": 40.4}),
    "a place off the globe": (["latitude"], {"latitude": 140.4, "longitude": 49.8}),
    "tags that are no list": (["tags"], {"tags": "sea"}),
    "tags of many kinds": (["tags[1]", "tags[2]"], {"tags": ["sea", 1, None, "old"]}),
    "a slug with spaces": (["slug"], {"slug": "Çay Evi"}),
    "a name that is a number": (["name"], {"name": 1905}),
    "a name that is too long": (["name"], {"name": "A" * 200}),
    "a capacity in quotes": (["areas[0].tables[0].capacity"], rooms(a_table(capacity="4"))),
    "two tables with one id": (["areas[0].tables[1].id"], rooms(a_table(), a_table())),
    "a table that is no object": (["areas[0].tables[0]"], rooms("t1", a_table())),
    "a shape nobody knows": (["areas[0].tables[0].shape"], rooms(a_table(shape="star"))),
    "areas that are no list": (["areas"], {"areas": {}}),
}


def test_a_field_that_breaks_a_rule_is_mended_and_the_restaurant_lands(
    path: Path, tmp_path: Path
) -> None:
    broken = [a_restaurant(f"v{n}", **fields) for n, (_, fields) in enumerate(MENDED.values())]
    report = imported(path, tmp_path, *broken)
    for number, (places, _) in enumerate(MENDED.values()):
        entry = entry_of(report, f"v{number}")
        assert entry.outcome == "adjusted"
        named = {reason.params["field"] for reason in entry.reasons if "field" in reason.params}
        assert set(places) <= named
        assert places[0] in restaurant(path, f"v{number}").extra["set_aside"]


def test_of_a_list_only_what_is_wrong_is_left_out(path: Path, tmp_path: Path) -> None:
    tables = [a_table(), "x", a_table(id="t2"), [], None, a_table(id="t4")]
    imported(path, tmp_path, a_restaurant(tags=[1, "sea", 2, 3, "old", 4], **rooms(*tables)))
    assert restaurant(path).tags == ("sea", "old")
    assert [table.id for table in restaurant(path).tables] == ["t1", "t2", "t4"]


def test_a_table_that_would_seat_no_guest_seats_two(path: Path, tmp_path: Path) -> None:
    unusable = [0, None, -4, "many", "0", 101, True, [], 1.5, 10**30]
    tables = [a_table(id=f"t{n}", capacity=each) for n, each in enumerate(unusable)]
    tables += [without(a_table(id="none"), "capacity"), {"id": "nameless", "capacity": "4"}]
    old = a_restaurant(**rooms(*tables))
    report = run(path, write(tmp_path / "old", [a_row()], restaurants=[old]))
    found = restaurant(path).tables
    assert [table.capacity for table in found] == [2] * 11 + [4]
    assert found[-1].name == "nameless"
    (assumed, *_) = entry_of(report, "v1").reasons
    assert (assumed.code, assumed.params) == (
        "old_capacity_assumed",
        {"field": "areas[0].tables[0].capacity", "capacity": 2},
    )
    assert entry_of(report, "v1").outcome == "adjusted"
    assert stored(path).table_id == "t1"


def test_a_restaurant_is_in_the_country_of_its_clock(path: Path, tmp_path: Path) -> None:
    swapped, abroad = ["old_coordinates_swapped"], ["old_coordinates_abroad"]
    places: list[tuple[tuple[float, float], Any, list[str]]] = [
        ((40.37, 49.84), (40.37, 49.84), []),
        ((39.21, 45.41), (39.21, 45.41), []),  # Nakhchivan
        ((49.84, 40.37), (40.37, 49.84), swapped),
        ((0, 0), (None, None), abroad),
        ((41.01, 28.98), (None, None), abroad),
        ((40.37, -49.84), (None, None), abroad),
    ]
    given = [
        a_restaurant(f"v{number}", latitude=place[0], longitude=place[1])
        for number, (place, _, _) in enumerate(places)
    ]
    berlin = a_restaurant("berlin", timezone="Europe/Berlin", latitude=52.52, longitude=13.4)
    report = imported(path, tmp_path, *given, berlin)
    for number, (place, kept, reasons) in enumerate(places):
        found = restaurant(path, f"v{number}")
        assert (found.latitude, found.longitude) == kept
        assert codes(report, f"v{number}") == [*reasons, *ASSUMED]
        aside = {"set_aside": {"latitude": place[0], "longitude": place[1]}}
        assert found.extra == (aside if reasons else {})
    assert restaurant(path, "berlin").latitude == 52.52


def test_what_is_no_restaurant_is_rejected_and_of_two_with_one_id_the_second(
    path: Path, tmp_path: Path
) -> None:
    rows = [a_restaurant(), {"slug": "nameless"}, "Sahil", None, a_restaurant(name="Another")]
    report = imported(path, tmp_path, *rows)
    rejected = [entry for entry in report.entries if entry.outcome == "rejected"]
    assert [(entry.position, entry.reasons[0].code) for entry in rejected][:3] == [
        (1, "old_restaurant_unusable"),
        (2, "old_row_not_object"),
        (3, "old_row_not_object"),
    ]
    assert [entry.position for entry in rejected] == [1, 2, 3, 4]
    assert restaurant(path).name == "Restaurant v1"


def test_a_slug_that_is_taken_gets_a_number(path: Path, tmp_path: Path) -> None:
    same = [a_restaurant(f"v{number}", slug="sahil") for number in (1, 2, 3)]
    report = imported(path, tmp_path, *same)
    assert [restaurant(path, slug).id for slug in ("sahil", "sahil-2", "sahil-3")] == [
        "v1",
        "v2",
        "v3",
    ]
    assert codes(report, "v3") == ["old_slug_taken", *ASSUMED]


def test_one_that_an_operator_deleted_stays_deleted(path: Path, tmp_path: Path) -> None:
    imported(path, tmp_path, a_restaurant())
    write_alone(path, lambda tx: restaurants.remove(tx, "v1", now=NOW), busy_timeout=5)
    report = imported(path, tmp_path, a_restaurant())
    assert codes(report, "v1") == ["old_stays_removed"]
    assert entry_of(report, "v1").outcome == "unchanged"


_ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=130),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["id", "name", "capacity", "tables", "x"]), inner)
    ),
    max_leaves=6,
)
_FIELDS = ["id", "slug", "name", "timezone", "city", "latitude", "longitude", "tags", "areas"]


@given(st.dictionaries(st.sampled_from(_FIELDS), _ANYTHING))
@example({"name": "Sahil", "timezone": "Nowhere\0"})
@example({"name": "Sahil", "timezone": "N" * 5000})
def test_whatever_a_row_holds_it_lands_or_is_rejected(row: dict[str, Any]) -> None:
    with suppress(Rejected):
        assert mapped(Value(row)).restaurant.id
