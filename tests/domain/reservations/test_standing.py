"""Which bookings stand under new rules, and what is told of those that don't."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec

from bakureserve.domain.reservations.attention import (
    attention_for,
    attention_once,
    attention_under,
    clock_differs,
    refusals,
    same_rules,
    service_date_under,
)
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import BookingPolicy, Restaurant
from tests.kit.builders import a_restaurant, some_hours, some_tables, utc
from tests.kit.rows import a_reservation

FRIDAY = dt.date(2026, 5, 1)
THREE = some_tables(2, 4, 6)


def a_booking(**fields: Any) -> Reservation:
    """Four covers at t2 of Sahil, on Friday from 19:00 to 21:00 by its clock."""
    given = {"table_id": "t2", "party_size": 4, "service_date": FRIDAY}
    return a_reservation(**(given | fields))


def codes(restaurant: Restaurant, booking: Reservation) -> list[str]:
    return [problem.code for problem in refusals(restaurant, booking)]


def test_hours_limits_and_tables_count_for_a_booking_that_was_made() -> None:
    for rules, refused in [
        ({}, []),
        ({"hours": some_hours(special={"2026-05-01": ""})}, ["closed_that_day"]),
        ({"hours": some_hours(week={4: ""})}, ["closed_that_day"]),
        ({"hours": "10:00-18:00"}, ["outside_hours"]),
        ({"hours": "20:00-23:00"}, ["outside_hours"]),
        ({"hours": "10:00-20:00"}, ["end_after_closing"]),
        ({"hours": "10:00-21:00"}, []),
        ({"hours": "19:00-21:00"}, []),
        ({"tables": some_tables(2, 3, 6)}, ["party_larger_than_table"]),
        ({"tables": some_tables(2)}, ["table_gone"]),
        ({"tables": ()}, ["table_gone"]),
        ({"min_party": 5}, ["party_too_small"]),
        ({"max_party": 3}, ["party_too_large"]),
        ({"max_party": 4, "min_party": 4}, []),
        ({"hours": "10:00-18:00", "max_party": 3}, ["party_too_large", "outside_hours"]),
        ({"timezone": "Asia/Tokyo", "hours": some_hours(week={5: ""})}, ["closed_that_day"]),
        ({"timezone": "Europe/Istanbul"}, []),
    ]:
        assert codes(a_restaurant(**rules), a_booking()) == refused
    waiting = a_booking(table_id=None)  # has no table that could be too small
    assert codes(a_restaurant(tables=some_tables(2)), waiting) == []
    late = a_booking(start=utc("2026-05-01 20:30"), end=utc("2026-05-01 21:30"))
    assert codes(a_restaurant(hours="18:00-02:00"), late) == []
    assert codes(a_restaurant(hours="18:00-01:00"), late) == ["end_after_closing"]


def test_what_is_offered_from_now_on_does_not_concern_it() -> None:
    for rules in [
        {"slot_minutes": 45},
        {"lead_minutes": 10_000},
        {"horizon_days": 0},
        {"last_seating_minutes": 600},
        {"buffer_minutes": 120},
    ]:
        assert codes(a_restaurant(**rules), a_booking()) == []
        assert same_rules(a_restaurant(), a_restaurant(**rules))


def test_rules_are_what_a_booking_can_break() -> None:
    for restaurant, same in [
        (a_restaurant(name="Sahil", address="Bulvar"), True),
        (a_restaurant(tables=[msgspec.structs.replace(table, name="A") for table in THREE]), True),
        (a_restaurant(tables=some_tables(2, 4, 5)), False),
        (a_restaurant(timezone="Asia/Tbilisi"), False),
        (a_restaurant(hours="10:00-22:00"), False),
        (a_restaurant(policy=BookingPolicy(min_party=2)), False),
    ]:
        assert same_rules(a_restaurant(), restaurant) is same


def test_marks_of_rules_come_and_go_and_others_stay() -> None:
    booking = a_booking(attention=("no_table", "closed_that_day"))
    early = a_restaurant(hours="10:00-18:00")
    assert attention_for(booking, refusals(early, booking)) == ("no_table", "outside_hours")
    assert attention_for(booking, ()) == ("no_table",)


def test_a_change_of_the_booking_takes_off_what_it_heals_and_adds_nothing() -> None:
    booking = a_booking(attention=("party_larger_than_table", "zone_changed", "outside_hours"))
    small = a_restaurant(tables=some_tables(2, 3, 6))
    assert attention_under(small, booking) == ("party_larger_than_table", "zone_changed")
    moved = msgspec.structs.replace(booking, table_id="t3")
    assert attention_under(small, moved) == ("zone_changed",)


def test_what_is_to_be_looked_at_ends_with_what_it_is_about() -> None:
    for status, left in [
        ("booked", ("no_table", "closed_that_day")),
        ("seated", ("no_table",)),
        ("completed", ()),
        ("cancelled", ()),
        ("no_show", ()),
    ]:
        assert attention_once(status, ("no_table", "closed_that_day")) == left


def test_a_zone_with_the_same_clock_is_no_other_time() -> None:
    for zone, differs in [("Asia/Tbilisi", False), ("Asia/Dubai", False), ("Europe/Moscow", True)]:
        assert clock_differs(a_restaurant(), a_restaurant(timezone=zone), a_booking()) is differs


def test_it_belongs_to_the_service_it_starts_in() -> None:
    for rules, start, date in [
        ({"hours": "18:00-02:00"}, "2026-05-01 20:30", dt.date(2026, 5, 1)),
        ({"hours": "00:00-24:00"}, "2026-05-01 20:30", dt.date(2026, 5, 2)),
        ({"hours": "18:00-23:00"}, "2026-05-01 20:30", dt.date(2026, 5, 1)),
        (
            {"timezone": "Asia/Tokyo", "hours": "18:00-19:00"},
            "2026-05-02 15:30",
            dt.date(2026, 5, 3),
        ),
    ]:
        begins = utc(start)
        booking = a_booking(start=begins, end=begins + dt.timedelta(hours=1))
        assert service_date_under(a_restaurant(**rules), booking) == date
