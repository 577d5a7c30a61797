from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.domain.errors import Conflict, NotFound
from bakureserve.domain.reservations.reservation import Status
from bakureserve.domain.restaurants.restaurant import (
    Area,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    SpecialDay,
    Table,
    TurnTime,
)
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import BrokenRule, Transaction
from tests.kit.builders import a_restaurant, some_hours, some_tables
from tests.kit.examples import examples
from tests.kit.rows import NOW, RESTAURANT, a_reservation, add_restaurant, book
from tests.store.reservations.test_reservations import json_values, texts

percents = st.floats(-1000, 1000)
points = st.tuples(percents, percents)
documents = st.dictionaries(texts, json_values, max_size=2)
tables = st.builds(
    Table,
    id=texts,
    name=texts,
    capacity=st.integers(1, 40),
    position=points,
    shape=st.sampled_from(["circle", "rect", "booth", "pod"]),
    tags=st.lists(texts, max_size=2).map(tuple),
    rotation=percents,
    footprint=st.lists(points, max_size=4).map(tuple),
    noise_level=st.none() | texts,
    featured=st.booleans(),
    extra=documents,
)
periods = st.lists(
    st.builds(lambda opens, length: Period(opens, opens + length), st.integers(0, 1439),
              st.integers(1, 1441)),
    max_size=3,
    unique_by=lambda period: period.opens,
).map(lambda found: tuple(sorted(found, key=lambda period: period.opens)))  # fmt: skip


@st.composite
def any_areas(draw: st.DrawFn) -> tuple[Area, ...]:
    """Areas whose tables have ids that are unique in the restaurant."""
    pool = draw(st.lists(tables, max_size=6, unique_by=lambda table: table.id))
    names = draw(st.lists(texts, max_size=3, unique=True))
    return tuple(
        Area(
            id=name,
            name=draw(texts),
            theme=draw(documents),
            landmarks=tuple(draw(st.lists(documents, max_size=2))),
            tables=tuple(pool[place :: len(names)]),
            extra=draw(documents),
        )
        for place, name in enumerate(names)
    )


@st.composite
def any_restaurants(draw: st.DrawFn) -> Restaurant:
    special = draw(st.dictionaries(st.dates(), st.tuples(periods, texts), max_size=3))
    return a_restaurant(
        id=RESTAURANT.id,
        slug=draw(texts),
        name=draw(texts),
        timezone=draw(st.sampled_from(["Asia/Baku", "America/New_York"])),
        cuisine=tuple(draw(st.lists(texts, max_size=2))),
        photos=tuple(draw(st.lists(texts, max_size=2))),
        latitude=draw(st.none() | st.floats(-90, 90)),
        menu_url=draw(texts),
        areas=draw(any_areas()),
        hours=OpeningHours(
            weekly=tuple(draw(periods) for _ in range(7)),
            special_days=tuple(
                SpecialDay(date=day, periods=found, note=note)
                for day, (found, note) in sorted(special.items())
            ),
        ),
        policy=BookingPolicy(
            slot_minutes=draw(st.integers(5, 120)),
            turn_times=(TurnTime(draw(st.integers(1, 9)), draw(st.integers(15, 600))),),
            last_seating_minutes=draw(st.none() | st.integers(0, 240)),
            max_party=draw(st.none() | st.integers(1, 99)),
        ),
        extra=draw(documents),
    )


def bare(restaurant: Restaurant) -> Restaurant:
    """The restaurant without what only the store knows: revision and keys."""
    return msgspec.structs.replace(
        restaurant,
        revision=0,
        areas=tuple(
            msgspec.structs.replace(
                area, tables=tuple(msgspec.structs.replace(table, key=0) for table in area.tables)
            )
            for area in restaurant.areas
        ),
    )


def with_tables(*names: str, area: str = "hall", **fields: Any) -> Restaurant:
    """The sample restaurant with these tables for four in one area."""
    stand = tuple(Table(id=name, name=name, capacity=4) for name in names)
    return a_restaurant(areas=(Area(id=area, name=area, tables=stand),), **fields)


def keys(transaction: Transaction) -> dict[str, int]:
    return dict(transaction.all("select id, key from dining_table"))


def retired(transaction: Transaction) -> set[str]:
    return {row[0] for row in transaction.all("select id from dining_table where retired")}


@settings(max_examples=examples(25))
@given(before=any_restaurants(), after=any_restaurants())
def test_what_is_stored_and_what_replaces_it_are_read_as_they_were(
    empty_bench: Transaction, before: Restaurant, after: Restaurant
) -> None:
    empty_bench.execute("savepoint example")
    try:
        stored = add_restaurant(empty_bench, before)
        assert bare(stored) == bare(before)
        restaurants.replace(empty_bench, after, now=NOW)
        replaced = restaurants.find(empty_bench, RESTAURANT.id)
        assert bare(replaced) == bare(after)
        assert replaced.revision > stored.revision
    finally:
        empty_bench.execute("rollback to example")
        empty_bench.execute("release example")


def test_many_restaurants_are_loaded_exactly_and_in_the_directory_s_order(
    transaction: Transaction,
) -> None:
    added = [
        a_restaurant(
            id=f"id {60 - number}",
            slug=f"slug-{number}",
            name=f"Name {number}",
            tables=some_tables(*range(1, 2 + number % 7)),
            hours=some_hours("", week={number % 7: "18:00-02:00"}),
        )
        for number in range(60)
    ]
    for restaurant in added:
        restaurants.insert(transaction, restaurant, source="seed", now=NOW)
    loaded = restaurants.load(transaction, [restaurant.id for restaurant in reversed(added)])
    assert [bare(restaurant) for restaurant in loaded] == [bare(restaurant) for restaurant in added]
    assert len({table.key for restaurant in loaded for table in restaurant.tables}) == sum(
        len(restaurant.tables) for restaurant in added
    )
    listed = [card.id for card in restaurants.cards(transaction, limit=100)]
    assert listed[1:] == [v.id for v in added]


def test_revisions_agree_wherever_they_are_read(transaction: Transaction) -> None:
    found = restaurants.find(transaction, RESTAURANT.id)
    assert found.revision == restaurants.directory_revision(transaction, RESTAURANT.id)
    changes = restaurants.changes(transaction, 0, limit=9)
    assert [(each.id, each.revision) for each in changes] == [(found.id, found.revision)]
    assert restaurants.changes(transaction, found.revision, limit=9) == []
    assert restaurants.directory_mark(transaction) == found.revision


def test_a_restaurant_is_found_by_id_before_slug_and_nothing_else(transaction: Transaction) -> None:
    find = restaurants.find
    assert find(transaction, RESTAURANT.id) == find(transaction, RESTAURANT.slug)
    with pytest.raises(NotFound, match="restaurant_unknown"):
        find(transaction, "nowhere")
    with pytest.raises(NotFound, match="restaurant_unknown"):
        restaurants.replace(transaction, a_restaurant(id="nowhere", slug="nowhere"), now=NOW)
    found = restaurants.load(transaction, ["nowhere", RESTAURANT.id])
    assert [each.id for each in found] == [RESTAURANT.id]
    assert restaurants.load(transaction, []) == []
    add_restaurant(transaction, a_restaurant(id="0", slug=RESTAURANT.id))
    add_restaurant(transaction, a_restaurant(id="z", slug="0"))
    assert find(transaction, RESTAURANT.id).id == RESTAURANT.id
    assert find(transaction, "0").id == "0"


def test_a_slug_belongs_to_one_restaurant(transaction: Transaction) -> None:
    add_restaurant(transaction, a_restaurant(id="other", slug="other"))
    with pytest.raises(Conflict, match="slug_taken"):
        restaurants.insert(transaction, a_restaurant(id="third"), source="seed", now=NOW)
    with pytest.raises(Conflict, match="slug_taken"):
        restaurants.replace(transaction, a_restaurant(id="other"), now=NOW)


def test_tables_that_stay_keep_their_numbers_wherever_they_move(transaction: Transaction) -> None:
    before = keys(transaction)
    restaurants.replace(transaction, with_tables("t3", "new", "t1", area="terrace"), now=NOW)
    after = keys(transaction)
    assert {name: after[name] for name in ("t1", "t3")} == {
        name: before[name] for name in ("t1", "t3")
    }
    assert set(after) == {"t1", "t3", "new"}
    assert after["new"] not in before.values()


def test_a_table_with_history_is_retired_with_its_area_and_comes_back_with_its_number(
    transaction: Transaction,
) -> None:
    before = keys(transaction)
    book(transaction, a_reservation(table_id="t2", status="completed"))
    for wanted in (with_tables("t1"), with_tables("t1", area="terrace")):
        restaurants.replace(transaction, wanted, now=NOW)
        assert retired(transaction) == {"t2"}
        assert bare(restaurants.find(transaction, RESTAURANT.id)) == bare(wanted)
    restaurants.replace(transaction, RESTAURANT, now=NOW)
    assert keys(transaction)["t2"] == before["t2"]
    assert retired(transaction) == set()
    assert bare(restaurants.find(transaction, RESTAURANT.id)) == bare(RESTAURANT)


@pytest.mark.parametrize("status", ["booked", "seated"])
def test_a_table_that_is_held_cannot_go_until_that_is_past_and_no_party_sits_there(
    transaction: Transaction, status: Status
) -> None:
    held = book(transaction, a_reservation(table_id="t2", status=status))
    elsewhere = with_tables("t2", area="terrace")  # in any other way it may change
    restaurants.replace(transaction, elsewhere, now=NOW)
    assert bare(restaurants.find(transaction, RESTAURANT.id)) == bare(elsewhere)
    with pytest.raises(Conflict, match="table_still_booked") as caught:
        restaurants.replace(transaction, with_tables("t1"), now=NOW)
    assert caught.value.params == {"table": "t2", "count": 1}
    if status == "booked":
        restaurants.replace(transaction, with_tables("t1"), now=held.held_until)
        found = restaurants.find(transaction, RESTAURANT.id)
        assert [table.id for table in found.tables] == ["t1"]
        return
    with pytest.raises(Conflict, match="table_still_booked"):
        restaurants.replace(transaction, with_tables("t1"), now=held.held_until)


def test_replacing_a_restaurant_leaves_others_alone(transaction: Transaction) -> None:
    other = add_restaurant(transaction, a_restaurant(id="other", slug="other"))
    restaurants.replace(transaction, with_tables("t9", hours=""), now=NOW)
    assert restaurants.find(transaction, "other") == other


def test_a_restaurant_without_reservations_goes_whole_but_is_remembered(
    transaction: Transaction,
) -> None:
    assert restaurants.remove(transaction, RESTAURANT.id, now=NOW)
    for table in ("restaurant", "area", "dining_table", "opening_period", "special_day"):
        assert transaction.one(f"select count(*) from {table}") == (0,)
    assert restaurants.known_ids(transaction) == {RESTAURANT.id}
    assert restaurants.cards(transaction, limit=9) == []
    assert restaurants.directory_revision(transaction, "nowhere") is None


def test_a_restaurant_with_history_is_hidden_can_still_be_read_and_comes_back_when_it_is_replaced(
    transaction: Transaction,
) -> None:
    book(transaction, a_reservation(status="completed"))
    before = restaurants.find(transaction, RESTAURANT.id)
    assert not restaurants.remove(transaction, RESTAURANT.id, now=NOW)
    assert restaurants.cards(transaction, limit=9) == []
    (card,) = restaurants.cards_of(transaction, [RESTAURANT.id])
    assert card.retired
    assert [each.id for each in restaurants.changes(transaction, before.revision, limit=9)] == [
        RESTAURANT.id
    ]
    assert bare(restaurants.find(transaction, RESTAURANT.id)) == bare(before)
    restaurants.replace(transaction, RESTAURANT, now=NOW)
    (card,) = restaurants.cards(transaction, limit=9)
    assert not card.retired


@pytest.mark.parametrize(
    ("fields", "goes_once_over"),
    [
        ({}, True),  # of a day past, though it was never settled
        ({"table_id": None, "attention": ("no_table",)}, True),
        ({"status": "seated"}, False),
    ],
)
def test_a_restaurant_with_a_party_to_come_or_at_table_cannot_go(
    transaction: Transaction, fields: dict[str, Any], goes_once_over: bool
) -> None:
    held = book(transaction, a_reservation(**fields))
    for now in (NOW, held.held_until)[: 1 if goes_once_over else 2]:
        with pytest.raises(Conflict, match="restaurant_still_booked"):
            restaurants.remove(transaction, RESTAURANT.id, now=now)
    if goes_once_over:
        assert not restaurants.remove(transaction, RESTAURANT.id, now=held.held_until)


def test_the_schema_itself_keeps_a_restaurant_with_history(transaction: Transaction) -> None:
    book(transaction, a_reservation(status="completed"))
    with pytest.raises(BrokenRule, match="FOREIGN KEY"):
        transaction.execute("delete from restaurant")
