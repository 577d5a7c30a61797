from __future__ import annotations

import datetime as dt

from bakureserve.domain.arrivals.location import may_be_on_the_way, may_have_arrived
from bakureserve.domain.reservations.rebooking import is_another_visit
from bakureserve.domain.reservations.reservation import Reservation
from tests.kit.builders import a_restaurant, some_hours
from tests.kit.rows import a_reservation

MONDAY = dt.date(2027, 3, 1)
LUNCH_AND_DINNER = a_restaurant(hours="12:00-15:00 18:00-02:00")
ALL_DAY = a_restaurant(hours="10:00-23:00")
BAKU = dt.timezone(dt.timedelta(hours=4))


def booked_at(clock: str, day: dt.date = MONDAY, *, tomorrow_morning: bool = False) -> Reservation:
    """A sitting of ninety minutes in the service of that date, by the clock in Baku."""
    date = day + dt.timedelta(days=tomorrow_morning)
    start = dt.datetime.combine(date, dt.time.fromisoformat(clock), BAKU).astimezone(dt.UTC)
    end = start + dt.timedelta(minutes=90)
    return a_reservation(start=start, end=end, held_until=end, service_date=day)


def test_what_is_another_visit() -> None:
    for restaurant, before, after, another in [
        (LUNCH_AND_DINNER, booked_at("19:00"), booked_at("19:30"), False),
        (LUNCH_AND_DINNER, booked_at("23:30"), booked_at("00:30", tomorrow_morning=True), False),
        (LUNCH_AND_DINNER, booked_at("14:30"), booked_at("18:00"), True),
        (LUNCH_AND_DINNER, booked_at("19:00"), booked_at("19:00", dt.date(2027, 3, 9)), True),
        (ALL_DAY, booked_at("12:30"), booked_at("14:30"), False),
        (ALL_DAY, booked_at("12:30"), booked_at("19:00"), True),
        (ALL_DAY, booked_at("19:00"), booked_at("12:30"), True),
    ]:
        assert is_another_visit(restaurant, before, after) is another  # type: ignore[arg-type]


def test_a_booking_outside_all_hours_is_the_same_visit_while_it_is_of_one_date() -> None:
    """As an import may leave it, or a change of the hours."""
    closed = a_restaurant(hours=some_hours(""))
    assert not is_another_visit(closed, booked_at("19:00"), booked_at("20:00"))


def test_a_guest_is_followed_and_may_be_there_around_their_time() -> None:
    for minutes_before, followed, there in [
        (121, False, False),
        (120, True, False),
        (61, True, False),
        (60, True, True),
        (-89, True, True),
        (-90, False, False),
    ]:
        booked = booked_at("19:00")
        now = booked.start - dt.timedelta(minutes=minutes_before)
        assert (may_be_on_the_way(booked, now), may_have_arrived(booked, now)) == (followed, there)
