from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.kitchen import delay_to_report, fire_time, make_time
from bakureserve.domain.reservations.reservation import PrepScope
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from tests.kit.builders import utc

BOOKED = utc("2027-03-01 15:00")
POLICY = ArrivalPolicy(seating_minutes=5, starters_minutes=10, mains_minutes=20, full_minutes=25)


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


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
