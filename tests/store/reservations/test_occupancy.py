from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import Conflict
from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING, Table
from bakureserve.store.reservations import occupancy
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import BrokenRule, Transaction
from tests.kit.builders import a_restaurant, utc
from tests.kit.rows import RESTAURANT, a_reservation, add_restaurant, book

EVENING = utc("2026-05-01 18:00")
HOUR = dt.timedelta(hours=1)
INSTANT = dt.timedelta(microseconds=1)


def at(hours: float) -> dt.datetime:
    """So many hours after the evening's beginning."""
    return EVENING + hours * HOUR


def stored_tables(transaction: Transaction) -> tuple[Table, ...]:
    return restaurants.find(transaction, RESTAURANT.id).tables


def test_a_table_that_is_taken_is_a_conflict(transaction: Transaction) -> None:
    book(transaction, a_reservation("a", start=at(0), end=at(2)))
    book(transaction, a_reservation("b", table_id=None))
    with pytest.raises(Conflict, match="table_taken"):
        occupancy.hold(transaction, stored_tables(transaction)[0].key, at(1), at(3), "b")


def test_other_refusals_of_a_hold_come_out_as_they_are(transaction: Transaction) -> None:
    with pytest.raises(BrokenRule, match="booked or seated"):
        occupancy.hold(transaction, 1, at(0), at(1), "nobody")


def test_releasing_frees_what_this_reservation_holds_and_nothing_else(
    transaction: Transaction,
) -> None:
    book(transaction, a_reservation("a", start=at(0), end=at(2)))
    book(transaction, a_reservation("b", start=at(2), end=at(4)))
    occupancy.release(transaction, "a")
    occupancy.release(transaction, "nobody")
    key = stored_tables(transaction)[0].key
    busy = occupancy.busy_between(transaction, RESTAURANT.id, at(-9), at(9))
    assert busy == {key: [(at(2), at(4))]}


def test_the_first_free_table_is_the_first_in_the_order_asked_for(transaction: Transaction) -> None:
    t1, t2, t3 = stored_tables(transaction)
    assert occupancy.first_free(transaction, [t3, t1, t2], at(0), at(1)) == t3
    assert occupancy.first_free(transaction, [], at(0), at(1)) is None
    book(transaction, a_reservation("a", start=at(0), end=at(1), held_until=at(2)))
    assert occupancy.first_free(transaction, [t1, t2], at(1), at(3)) == t2
    book(transaction, a_reservation("b", start=at(0), end=at(2), table_id="t2"))
    assert occupancy.first_free(transaction, [t1, t2], at(1), at(3)) is None


def test_the_first_free_table_takes_intervals_as_half_open(transaction: Transaction) -> None:
    book(transaction, a_reservation("a", start=at(0), end=at(2)))
    t1 = stored_tables(transaction)[0]
    for start, end, free in (
        (at(-1), at(0), True),
        (at(-1), at(0) + INSTANT, False),
        (at(2) - INSTANT, at(3), False),
        (at(2), at(3), True),
        (at(-1), at(3), False),
        (at(0.5), at(1), False),
    ):
        assert (occupancy.first_free(transaction, [t1], start, end) == t1) is free
        busy = occupancy.busy_between(transaction, RESTAURANT.id, start, end)
        assert bool(busy) is not free


def test_a_busy_interval_shows_a_sitting_as_long_as_any_that_began_the_day_before(
    transaction: Transaction,
) -> None:
    book(transaction, a_reservation(start=at(0), end=at(0) + LONGEST_SITTING))
    last = at(0) + LONGEST_SITTING
    assert occupancy.busy_between(transaction, RESTAURANT.id, last - INSTANT, at(48))
    assert not occupancy.busy_between(transaction, RESTAURANT.id, last, at(48))


def test_busy_intervals_keep_restaurants_and_tables_apart_and_times_ascending(
    transaction: Transaction,
) -> None:
    add_restaurant(transaction, a_restaurant(id="other", slug="other"))
    sittings: dict[str, dict[str, Any]] = {
        "late": {"start": at(3)},
        "early": {"start": at(0)},
        "beside": {"start": at(1), "table_id": "t2"},
        "elsewhere": {"start": at(0), "restaurant_id": "other"},
    }
    for name, fields in sittings.items():
        book(transaction, a_reservation(name, **fields))
    t1, t2, _ = stored_tables(transaction)
    assert occupancy.busy_between(transaction, RESTAURANT.id, at(-24), at(24)) == {
        t1.key: [(at(0), at(2)), (at(3), at(5))],
        t2.key: [(at(1), at(3))],
    }


@given(
    held=st.lists(st.tuples(st.integers(0, 96), st.integers(1, 24)), max_size=8),
    window=st.tuples(st.integers(0, 96), st.integers(1, 48)),
)
def test_busy_intervals_are_those_that_comparing_with_every_sitting_finds(
    bench: Transaction, held: list[tuple[int, int]], window: tuple[int, int]
) -> None:
    bench.execute("savepoint example")
    try:
        model: list[tuple[dt.datetime, dt.datetime]] = []
        (t1, *_) = stored_tables(bench)
        for number, (start, length) in enumerate(held):
            sitting = at(start), at(start + length)
            free = all(sitting[1] <= s or e <= sitting[0] for s, e in model)
            assert (occupancy.first_free(bench, [t1], *sitting) == t1) is free
            if free:
                start_at, end_at = sitting
                book(bench, a_reservation(str(number), start=start_at, end=end_at))
                model.append(sitting)
        start_at, end_at = at(window[0]), at(sum(window))
        found = occupancy.busy_between(bench, RESTAURANT.id, start_at, end_at)
        expected = sorted((s, e) for s, e in model if s < end_at and start_at < e)
        assert found.get(t1.key, []) == expected
    finally:
        bench.execute("rollback to example")
        bench.execute("release example")


@pytest.mark.parametrize(
    "statement", [occupancy._PARTIES, occupancy._KEPT_WAITING, occupancy._MARKED]
)
def test_parties_are_found_by_their_tables_and_not_among_all_that_are_booked(
    bench: Transaction, statement: str
) -> None:
    plan = bench.all(f"explain query plan {statement}", [0] * statement.count("?"))
    assert not [step for *_, step in plan if "status" in step or "SCAN r" in step], plan
