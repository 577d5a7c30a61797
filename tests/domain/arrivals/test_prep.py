from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.kitchen import make_time, quote
from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

HOUSE = ArrivalPolicy(starters_minutes=10, full_minutes=20)
AWAY = st.integers(5, 60)
SCOPES = st.sampled_from(["starters", "full"])
COUNTS = st.integers(0, 12)


def dishes(count: int) -> list[str]:
    return ["Dovğa"] * count


def test_the_kitchen_begins_as_early_as_it_must() -> None:
    for minutes_away, scope, items, policy, minutes in [
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
        assert (quoted.policy, quoted.recommended_prep_minutes) == (policy, minutes)


def test_the_restaurants_own_make_times_are_quoted() -> None:
    for minutes in [1, 12, 50]:
        for scope in ["starters", "full"]:
            house = ArrivalPolicy(starters_minutes=minutes, full_minutes=minutes)
            quoted = quote(60, scope, (), house)
            assert quoted.recommended_prep_minutes == make_time(scope, house) / dt.timedelta(
                minutes=1
            )


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
