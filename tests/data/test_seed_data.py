"""The sample restaurants are valid, invented, unlike each other, and made by their script."""

from __future__ import annotations

import itertools
import json
import math
import re
import runpy
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakureserve.domain.restaurants.document import (
    document_from_restaurant,
    restaurant_from_document,
)
from bakureserve.domain.restaurants.restaurant import Point, Restaurant

DATA = Path(__file__).parents[2] / "data"
TEXT = (DATA / "restaurants.json").read_text(encoding="utf-8")
SAMPLE = json.loads(TEXT)
RESTAURANTS: list[Restaurant] = [
    restaurant_from_document(document)[0] for document in SAMPLE["venues"]
]
GEOGRAPHY = runpy.run_path(str(DATA / "districts.py"))
SPENDS = {1: (5, 22), 2: (22, 50), 3: (50, 85), 4: (100, 250)}
"""The mean spend in manat that goes with each price level."""

each_restaurant = pytest.mark.parametrize(
    "restaurant", RESTAURANTS, ids=lambda restaurant: restaurant.slug
)


def outlines(restaurant: Restaurant) -> Iterator[list[tuple[Point, ...]]]:
    """Area by area, the outlines of all that stands on the floor."""
    for area in restaurant.areas:
        landmarks = [tuple(map(tuple, landmark["footprint"])) for landmark in area.landmarks]
        yield [*(table.footprint for table in area.tables), *landmarks]


def overlap(one: tuple[Point, ...], other: tuple[Point, ...]) -> bool:
    """Whether two convex outlines share ground: no edge of either separates them."""
    return not any(
        max(across(point, edge) for point in outline) <= min(across(p, edge) for p in against)
        for outline, against in ((one, other), (other, one))
        for edge in edges(outline)
    )


def edges(outline: tuple[Point, ...]) -> list[Point]:
    """The directions across each edge, pointing out of an outline that runs clockwise on paper."""
    following = (*outline[1:], outline[0])
    return [(y2 - y1, x1 - x2) for (x1, y1), (x2, y2) in zip(outline, following, strict=True)]


def across(point: Point, direction: Point) -> float:
    return point[0] * direction[0] + point[1] * direction[1]


def test_squares_overlap_only_where_they_share_ground() -> None:
    def square(x: float, y: float) -> tuple[Point, ...]:
        return ((x, y), (x + 2, y), (x + 2, y + 2), (x, y + 2))

    assert overlap(square(0, 0), square(1, 1))
    assert not overlap(square(0, 0), square(2, 0))
    assert not overlap(square(0, 0), square(0, 3))


# The file


def test_the_file_is_what_the_script_makes(tmp_path: Path) -> None:
    for name in ("generate.py", "districts.py", "floor_plans.py", "service.py", "venues.toml"):
        (tmp_path / name).write_bytes((DATA / name).read_bytes())
    subprocess.run([sys.executable, tmp_path / "generate.py"], check=True, timeout=60)
    assert (tmp_path / "restaurants.json").read_text(encoding="utf-8") == TEXT


def test_the_file_says_that_it_is_invented_and_stays_small() -> None:
    assert SAMPLE["format"] == 1
    assert "invented" in SAMPLE["about"]
    assert "belong to nobody" in SAMPLE["about"]
    assert len(TEXT.encode()) < 900_000


@pytest.mark.parametrize("document", SAMPLE["venues"], ids=lambda document: document["slug"])
def test_every_document_is_complete_and_as_an_export_writes_it(document: dict[str, Any]) -> None:
    restaurant, assumptions = restaurant_from_document(document)
    assert assumptions == []
    assert document_from_restaurant(restaurant) == document
    assert list(document_from_restaurant(restaurant)) == list(document)


# The restaurants


def test_there_are_many_restaurants_all_over_the_city() -> None:
    districts = Counter(restaurant.neighborhood for restaurant in RESTAURANTS)
    assert len(RESTAURANTS) >= 54
    assert len(districts) >= 20
    assert max(districts.values()) <= 6
    assert len({cuisine for restaurant in RESTAURANTS for cuisine in restaurant.cuisine}) >= 30


@pytest.mark.parametrize(
    "field", ["id", "slug", "name", "address", "short_description", "phone", "highlights", "hours"]
)
def test_restaurants_differ(field: str) -> None:
    values = Counter(repr(getattr(restaurant, field)) for restaurant in RESTAURANTS)
    most_alike = 3 if field == "hours" else 1
    assert [value for value, count in values.items() if count > most_alike] == []


def test_descriptions_do_not_come_from_a_template() -> None:
    openings = Counter(" ".join(v.short_description.split()[:3]).lower() for v in RESTAURANTS)
    assert max(openings.values()) == 1
    assert all(60 <= len(restaurant.short_description) <= 240 for restaurant in RESTAURANTS)


@each_restaurant
def test_no_person_can_be_reached_by_mistake(restaurant: Restaurant) -> None:
    assert re.fullmatch(r"\+994 12 555 01 \d\d", restaurant.phone)
    assert restaurant.menu_url == f"https://{restaurant.slug}.example/menu"
    assert not any(
        (restaurant.whatsapp, restaurant.instagram, restaurant.directions_url, restaurant.photos)
    )


@each_restaurant
def test_a_restaurant_costs_what_its_price_level_says(restaurant: Restaurant) -> None:
    level = re.fullmatch(r"AZN ([1-4])/4", restaurant.price_level)
    spend = re.fullmatch(r"AZN (\d+)–(\d+) per guest", restaurant.average_spend)
    assert level
    assert spend
    least, most = int(spend[1]), int(spend[2])
    cheapest, dearest = SPENDS[int(level[1])]
    assert least < most
    assert cheapest <= (least + most) / 2 <= dearest


@each_restaurant
def test_a_restaurant_lies_in_its_district_and_on_land(restaurant: Restaurant) -> None:
    assert restaurant.latitude is not None
    assert restaurant.longitude is not None
    place = (restaurant.latitude, restaurant.longitude)
    district = GEOGRAPHY["DISTRICTS"][restaurant.neighborhood]
    assert GEOGRAPHY["metres_between"](place, district.centre) <= district.radius <= 400
    assert not GEOGRAPHY["in_the_bay"](place)


def test_the_bay_is_where_it_is() -> None:
    in_the_bay = GEOGRAPHY["in_the_bay"]
    assert in_the_bay((40.3500, 49.8700))
    assert not in_the_bay((40.3661, 49.8373))  # the Maiden Tower
    assert not in_the_bay((40.3740, 49.8530))  # Government House


def test_hours_and_policies_are_varied() -> None:
    periods = [
        period for restaurant in RESTAURANTS for day in restaurant.hours.weekly for period in day
    ]
    assert any(period.opens < 9 * 60 for period in periods)
    assert any(period.closes > 24 * 60 for period in periods)
    assert any(restaurant.hours.weekly[0] == () for restaurant in RESTAURANTS)
    assert any(len(day) == 2 for restaurant in RESTAURANTS for day in restaurant.hours.weekly)
    specials = [special for restaurant in RESTAURANTS for special in restaurant.hours.special_days]
    assert all(special.note for special in specials)
    assert {bool(special.periods) for special in specials} == {True, False}
    policies = [restaurant.policy for restaurant in RESTAURANTS]
    assert {policy.slot_minutes for policy in policies} == {15, 30, 60}
    assert {policy.last_seating_minutes is None for policy in policies} == {True, False}
    assert {policy.max_party is None for policy in policies} == {True, False}
    assert all(0 <= policy.buffer_minutes <= 15 for policy in policies)
    assert all(0 <= policy.lead_minutes <= 120 for policy in policies)
    assert all(14 <= policy.horizon_days <= 90 for policy in policies)


@each_restaurant
def test_every_party_the_policy_names_has_a_table(restaurant: Restaurant) -> None:
    policy = restaurant.policy
    largest = max(table.capacity for table in restaurant.tables)
    assert (policy.max_party or policy.turn_times[-1].up_to) <= largest


# Floor plans


def test_no_two_restaurants_share_a_floor_plan() -> None:
    plans = Counter(
        repr([sorted(outline) for area in outlines(restaurant) for outline in sorted(area)])
        for restaurant in RESTAURANTS
    )
    assert max(plans.values()) == 1


def test_no_two_rooms_share_their_tables_places() -> None:
    rooms = Counter(
        tuple(sorted((table.position, table.capacity) for table in area.tables))
        for restaurant in RESTAURANTS
        for area in restaurant.areas
    )
    assert max(rooms.values()) == 1


@each_restaurant
def test_a_floor_plan_has_a_sensible_size(restaurant: Restaurant) -> None:
    assert 2 <= len(restaurant.areas) <= 3
    assert 8 <= len(restaurant.tables) <= 16
    assert {table.capacity for table in restaurant.tables} <= {2, 4, 6, 8, 10, 12}
    assert len({table.capacity for table in restaurant.tables}) >= 2
    assert len({table.name for table in restaurant.tables}) == len(restaurant.tables)
    assert any(table.featured for table in restaurant.tables)
    assert any(mark["type"] == "door" for mark in restaurant.areas[0].landmarks)
    assert all(area.theme for area in restaurant.areas)


@each_restaurant
def test_nothing_on_the_floor_stands_in_the_way_of_anything_else(restaurant: Restaurant) -> None:
    for standing in outlines(restaurant):
        for one, other in itertools.combinations(standing, 2):
            assert not overlap(one, other)


@each_restaurant
def test_everything_stands_on_the_canvas(restaurant: Restaurant) -> None:
    for standing in outlines(restaurant):
        assert all(0 <= x <= 100 and 0 <= y <= 100 for outline in standing for x, y in outline)


@each_restaurant
def test_a_footprint_is_its_table_seen_from_above(restaurant: Restaurant) -> None:
    for table in restaurant.tables:
        corners = table.footprint
        middle = [sum(axis) / len(corners) for axis in zip(*corners, strict=True)]
        assert middle == pytest.approx(table.position, abs=0.06)
        assert len(corners) == {"circle": 8, "pod": 6, "rect": 4, "booth": 4}[table.shape]
        (x1, y1), (x2, y2) = corners[:2]
        if len(corners) == 4:
            angle = math.degrees(math.atan2(y2 - y1, x2 - x1))
            assert angle == pytest.approx(table.rotation, abs=1.5)


@each_restaurant
def test_a_table_has_a_shape_that_seats_its_guests(restaurant: Restaurant) -> None:
    fitting = {2: {"circle", "rect"}, 4: {"circle", "rect", "booth", "pod"}}
    for table in restaurant.tables:
        assert table.shape in fitting.get(table.capacity, {"rect", "booth", "pod"})
        assert table.shape in {"rect", "circle"} or table.capacity <= 8
