from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.seating import chosen_table, free_tables, tables_that_fit
from bakureserve.domain.restaurants.restaurant import Area, Table
from tests.kit.builders import a_restaurant, some_tables, utc

NOON = utc("2026-05-01 12:00")


def at(minutes: int) -> dt.datetime:
    return NOON + dt.timedelta(minutes=minutes)


def ids(tables: tuple[Table, ...]) -> str:
    return " ".join(table.id for table in tables)


def test_a_party_gets_the_smallest_table_that_fits_first() -> None:
    for party_size, expected in [
        (1, "t2 t5 t3 t4 t1"),
        (2, "t2 t5 t3 t4 t1"),
        (3, "t3 t4 t1"),
        (5, "t1"),
        (6, "t1"),
        (7, ""),
    ]:
        restaurant = a_restaurant(tables=some_tables(6, 2, 4, 4, 2))
        assert ids(tables_that_fit(restaurant, party_size)) == expected


def test_equal_tables_come_in_floor_plan_order_across_rooms() -> None:
    hall, terrace = some_tables(4, 2), some_tables(2, 2, 4, 2)[2:]
    restaurant = a_restaurant(
        areas=(
            Area(id="terrace", name="Terrace", tables=terrace),
            Area(id="hall", name="Hall", tables=hall),
        )
    )
    assert ids(tables_that_fit(restaurant, 1)) == "t4 t2 t3 t1"


def test_a_table_that_is_too_small_says_how_many_it_seats() -> None:
    with pytest.raises(Invalid, match="party_larger_than_table") as refused:
        chosen_table(a_restaurant(tables=some_tables(2, 4)), "t2", 5)
    assert refused.value.field == "table_id"
    assert refused.value.params == {"table": "T2", "capacity": 4}


def test_a_table_of_another_restaurant_is_refused() -> None:
    for table_id in ["t9", "", "T1"]:
        with pytest.raises(Invalid, match="table_of_another_venue") as refused:
            chosen_table(a_restaurant(), table_id, 2)
        assert refused.value.field == "table_id"
        assert refused.value.params == {"table_id": table_id}


def test_a_table_is_free_between_two_parties() -> None:
    for start, until, free in [
        (-60, 0, True),  # leaves as the other comes
        (-60, 1, False),
        (0, 60, False),
        (20, 40, False),
        (-10, 70, False),
        (59, 90, False),
        (60, 90, True),  # comes as the other leaves
        (60, 120, True),
        (60, 121, False),
        (90, 100, True),
        (-10, 300, False),
        (119, 121, False),
        (180, 999, True),
    ]:
        (table,) = some_tables(2)
        busy = {table.key: [(at(0), at(60)), (at(120), at(180))]}
        assert bool(free_tables([table], busy, at(start), at(until))) is free


@st.composite
def occupied(draw: st.DrawFn) -> list[tuple[int, int]]:
    """Half-open intervals in minutes, ascending and apart; they may touch."""
    ends = sorted(draw(st.lists(st.integers(0, 60), max_size=12, unique=True)))
    return list(zip(ends[::2], ends[1::2], strict=False))


@given(st.lists(occupied(), min_size=1, max_size=4), st.integers(0, 60), st.integers(1, 20))
def test_free_means_that_no_held_minute_is_shared(
    plans: list[list[tuple[int, int]]], start: int, length: int
) -> None:
    tables = some_tables(*[4] * len(plans))
    busy = {
        table.key: [(at(begin), at(end)) for begin, end in plan]
        for table, plan in zip(tables, plans, strict=True)
    }
    wanted = set(range(start, start + length))
    expected = [
        table
        for table, plan in zip(tables, plans, strict=True)
        if not any(wanted & set(range(begin, end)) for begin, end in plan)
    ]
    assert list(free_tables(tables, busy, at(start), at(start + length))) == expected
