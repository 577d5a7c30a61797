from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.kitchen import delay_to_report, fire_time, make_time, quote
from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.reservation import PrepScope
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from tests.kit.builders import utc

BOOKED = utc("2027-03-01 15:00")
POLICY = ArrivalPolicy(seating_minutes=5, starters_minutes=10, mains_minutes=20, full_minutes=25)
HOUSE = ArrivalPolicy(starters_minutes=10, full_minutes=20)
AWAY = st.integers(5, 60)
SCOPES = st.sampled_from(["starters", "full"])
COUNTS = st.integers(0, 12)


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def dishes(count: int) -> list[str]:
    return ["Dovğa"] * count


def test_it_starts_so_that_the_food_is_ready_when_the_guest_sits() -> None:
    for scope, before_the_arrival in [("starters", 5), ("mains", 15), ("full", 20)]:
        arrival = BOOKED + minutes(4)
        assert fire_time(arrival, BOOKED, scope, POLICY) == arrival - minutes(before_the_arrival)


def test_each_restaurant_has_its_own_times() -> None:
    slow = ArrivalPolicy(seating_minutes=0, mains_minutes=40)
    assert fire_time(BOOKED, BOOKED, "mains", slow) == BOOKED - minutes(40)
    assert make_time("mains", slow) == minutes(40)


def test_no_guest_is_cooked_for_much_before_their_time() -> None:
    for early, counted in [(10, 10), (30, 30), (31, 30), (24 * 60, 30)]:
        fire = fire_time(BOOKED - minutes(early), BOOKED, "mains", POLICY)
        assert fire == BOOKED - minutes(counted) - minutes(15)


@given(st.integers(-300, 300), st.sampled_from(["starters", "mains", "full"]))
def test_who_comes_later_is_cooked_for_later(late: int, scope: PrepScope) -> None:
    arrival = BOOKED + minutes(late)
    sooner, later = (
        fire_time(each, BOOKED, scope, POLICY) for each in (arrival, arrival + minutes(1))
    )
    assert sooner <= later
    assert sooner + make_time(scope, POLICY) >= arrival


def test_every_five_minutes_of_further_delay_are_told() -> None:
    for delay, told, tells in [
        (0, 0, False),
        (-20, 0, False),
        (4.9, 0, False),
        (5, 0, True),
        (9, 5, False),
        (10, 5, True),
    ]:
        found = delay_to_report(BOOKED, told * 60, BOOKED + minutes(delay))
        assert found == (delay * 60 if tells else None)


def test_the_kitchen_begins_as_early_as_it_must() -> None:
    for minutes_away, scope, items, policy, begins in [
        (30, "starters", 0, "prep_starts_before_arrival", 10),
        (30, "starters", 3, "prep_starts_before_arrival", 10),
        (30, "starters", 4, "prep_starts_before_arrival", 12),
        (30, "full", 0, "prep_starts_before_arrival", 20),
        (60, "full", 5, "prep_starts_before_arrival", 24),
        (60, "full", 10, "prep_starts_before_arrival", 34),
        (60, "full", 12, "prep_starts_before_arrival", 35),
        (10, "starters", 0, "prep_starts_before_arrival", 10),
        (9, "starters", 0, "prep_starts_now", 9),
        (5, "full", 12, "prep_starts_now", 5),
    ]:
        quoted = quote(minutes_away, scope, dishes(items), HOUSE)
        assert (quoted.policy, quoted.recommended_prep_minutes) == (policy, begins)


def test_the_restaurants_own_make_times_are_quoted() -> None:
    for make in [1, 12, 50]:
        for scope in ["starters", "full"]:
            house = ArrivalPolicy(starters_minutes=make, full_minutes=make)
            quoted = minutes(quote(60, scope, (), house).recommended_prep_minutes)
            assert quoted == make_time(scope, house)


def test_further_dishes_never_shorten_a_long_make_time() -> None:
    house = ArrivalPolicy(full_minutes=50)
    assert quote(60, "full", dishes(12), house).recommended_prep_minutes == 50


def test_a_guest_too_near_or_too_far_is_told_the_limits() -> None:
    for minutes_away in [-1, 0, 4, 61]:
        with pytest.raises(Invalid, match="minutes_away_out_of_range") as refused:
            quote(minutes_away, "full", (), HOUSE)
        assert refused.value.field == "minutes_away"
        assert refused.value.params == {"smallest": 5, "largest": 60}


def test_an_unknown_scope_is_told_the_known_ones() -> None:
    for scope in ["mains", "", "FULL"]:
        with pytest.raises(Invalid, match="prep_scope_unknown") as refused:
            quote(30, scope, (), HOUSE)
        assert refused.value.field == "scope"
        assert refused.value.params == {"allowed": ("starters", "full")}


@given(AWAY, SCOPES, COUNTS)
def test_the_kitchen_never_begins_before_it_was_asked_nor_within_five_minutes(
    minutes_away: int, scope: str, items: int
) -> None:
    quoted = quote(minutes_away, scope, dishes(items), HOUSE)
    assert 5 <= quoted.recommended_prep_minutes <= minutes_away


@given(AWAY, SCOPES, COUNTS)
def test_more_dishes_and_whole_meals_never_begin_later(
    minutes_away: int, scope: str, items: int
) -> None:
    quoted = quote(minutes_away, scope, dishes(items), HOUSE).recommended_prep_minutes
    assert quote(minutes_away, scope, dishes(items + 1), HOUSE).recommended_prep_minutes >= quoted
    assert quote(minutes_away, "full", dishes(items), HOUSE).recommended_prep_minutes >= quoted
