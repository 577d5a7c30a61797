from __future__ import annotations

import datetime as dt
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.sittings import (
    Sitting,
    booking_opens,
    check_party,
    next_change,
    offered_on,
    offered_sitting,
    party_limits,
    sittings_on,
    staff_sitting,
    turn_minutes,
)
from bakureserve.domain.restaurants.hours import services_on
from bakureserve.domain.restaurants.restaurant import BookingPolicy, Restaurant, TurnTime
from tests.kit.builders import a_restaurant, some_hours, some_tables, utc
from tests.kit.strategies import PARTIES, days, restaurants

FRIDAY = dt.date(2026, 5, 1)
SATURDAY = dt.date(2026, 5, 2)
LONG_BEFORE = utc("2026-04-01 00:00")
ONE_MINUTE = dt.timedelta(minutes=1)
ONE_DAY = dt.timedelta(days=1)
TWO_HOURS = (TurnTime(up_to=2, minutes=120),)


def clock(restaurant: Restaurant, moment: dt.datetime) -> str:
    return moment.astimezone(restaurant.zone).strftime("%H:%M")


def shown(restaurant: Restaurant, sittings: tuple[Sitting, ...]) -> str:
    return " ".join(f"{clock(restaurant, s.start)}-{clock(restaurant, s.end)}" for s in sittings)


# Turn time


def test_larger_parties_sit_longer_and_the_last_entry_holds_beyond() -> None:
    for party_size, minutes in [(1, 60), (2, 60), (3, 90), (4, 90), (5, 150), (8, 150), (9, 150)]:
        policy = BookingPolicy(turn_times=(TurnTime(2, 60), TurnTime(4, 90), TurnTime(8, 150)))
        assert turn_minutes(policy, party_size) == minutes


# Parties


def test_a_restaurant_takes_parties_within_its_policy_and_its_largest_table() -> None:
    for capacities, policy, limits in [
        ([2, 4, 6], {}, (1, 6)),
        ([6, 2], {"max_party": 4}, (1, 4)),
        ([2, 4], {"max_party": 12}, (1, 4)),
        ([2, 4], {"min_party": 2}, (2, 4)),
        ([2, 4], {"min_party": 0}, (1, 4)),
    ]:
        assert party_limits(a_restaurant(tables=some_tables(*capacities), **policy)) == limits


def test_a_party_outside_the_limits_learns_them() -> None:
    some = a_restaurant(min_party=2, max_party=4)
    for restaurant, party_size, code, params in [
        (some, -1, "party_too_small", {"smallest": 2}),
        (some, 1, "party_too_small", {"smallest": 2}),
        (some, 5, "party_too_large", {"largest": 4}),
        (a_restaurant(tables=()), 1, "venue_without_tables", {"name": "Sahil Bağı"}),
    ]:
        with pytest.raises(Invalid, match=code) as refused:
            check_party(restaurant, party_size)
        assert refused.value.params == params
        assert offered_on(restaurant, FRIDAY, party_size, LONG_BEFORE) == ()
        assert next_change(restaurant, FRIDAY, party_size, LONG_BEFORE) is None
    for party_size in (2, 3, 4):
        check_party(some, party_size)


# The grid: hours, policy, sittings of the Friday

GRIDS = [
    ("12:00-15:00", {}, "12:00-13:30 12:30-14:00 13:00-14:30 13:30-15:00"),
    ("12:00-15:00", {"slot_minutes": 60}, "12:00-13:30 13:00-14:30"),
    ("12:10-15:00", {"slot_minutes": 60}, "12:10-13:40 13:10-14:40"),
    ("12:00-13:30", {}, "12:00-13:30"),
    ("12:00-13:29", {}, ""),
    ("", {}, ""),
    ("12:00-14:00 18:00-19:30", {}, "12:00-13:30 12:30-14:00 18:00-19:30"),
    ("12:00-14:00 18:15-20:00", {"slot_minutes": 60}, "12:00-13:30 18:15-19:45"),
    ("12:00-13:00 13:00-14:00", {}, "12:00-13:30 12:30-14:00"),
    ("22:00-01:00", {"slot_minutes": 45}, "22:00-23:30 22:45-00:15 23:30-01:00"),
    # a last seating lets sittings begin that closing cuts short
    ("12:00-14:00", {"last_seating_minutes": 60}, "12:00-13:30 12:30-14:00 13:00-14:00"),
    ("12:00-14:00", {"last_seating_minutes": 45}, "12:00-13:30 12:30-14:00 13:00-14:00"),
    ("12:00-14:00", {"last_seating_minutes": 0}, "12:00-13:30 12:30-14:00 13:00-14:00 13:30-14:00"),
    ("12:00-14:00", {"last_seating_minutes": 120}, "12:00-13:30"),
    ("12:00-14:00", {"last_seating_minutes": 121}, ""),
    ("12:00-13:00", {"last_seating_minutes": 30}, "12:00-13:00 12:30-13:00"),
]  # fmt: skip


def test_the_grid_of_a_day() -> None:
    for hours, policy, expected in GRIDS:
        restaurant = a_restaurant(hours=hours, **policy)
        assert shown(restaurant, sittings_on(restaurant, FRIDAY, 2)) == expected


def test_a_restaurant_that_never_closes_seats_across_midnight_once() -> None:
    restaurant = a_restaurant(hours="00:00-24:00", slot_minutes=60)
    friday, saturday = (sittings_on(restaurant, day, 2) for day in (FRIDAY, SATURDAY))
    assert shown(restaurant, friday[-1:]) == "23:00-00:30"
    assert shown(restaurant, saturday[:1]) == "00:00-01:30"
    assert len(friday) == len(saturday) == 24


# The clocks change: zone, date, hours, starts by the wall clock (an hourly grid, half-hour turns)

DST_GRIDS = [
    ("Europe/Berlin", "2026-03-29", "00:00-05:00", "00:00 01:00 03:00 04:00"),
    ("America/New_York", "2026-10-31", "23:00-04:00", "23:00 00:00 01:00 01:00 02:00 03:00"),
    ("Australia/Lord_Howe", "2026-10-04", "00:00-05:00", "00:00 01:00 02:30 03:30 04:30"),
    ("America/Sao_Paulo", "2018-02-17", "22:00-02:00", "22:00 23:00 23:00 00:00 01:00"),
    ("Asia/Baku", "2026-03-29", "03:00-07:00", "03:00 04:00 05:00 06:00"),
]


def test_a_dst_change_neither_skips_nor_repeats_an_instant() -> None:
    for zone, day, hours, expected in DST_GRIDS:
        restaurant = a_restaurant(
            hours=hours, timezone=zone, slot_minutes=60, turn_times=(TurnTime(up_to=2, minutes=30),)
        )
        sittings = sittings_on(restaurant, dt.date.fromisoformat(day), 2)
        assert " ".join(clock(restaurant, s.start) for s in sittings) == expected
        assert {after.start - before.start for before, after in pairwise(sittings)} == {
            dt.timedelta(hours=1)
        }
        assert {s.end - s.start for s in sittings} == {dt.timedelta(minutes=30)}


@given(restaurants(), days(), PARTIES)
def test_the_grid_keeps_every_rule(restaurant: Restaurant, day: dt.date, party_size: int) -> None:
    """Minute by minute: a sitting starts where the rules let one start, and nowhere else."""
    policy = restaurant.policy
    turn = dt.timedelta(minutes=turn_minutes(policy, party_size))
    expected = []
    for service in services_on(restaurant, day):
        start = service.opens
        while start < service.closes:
            if policy.last_seating_minutes is None:
                allowed = start + turn <= service.open_until
            else:
                last = dt.timedelta(minutes=policy.last_seating_minutes)
                allowed = start + last <= service.open_until
            if allowed:
                end = min(start + turn, service.open_until)
                held_until = end + dt.timedelta(minutes=policy.buffer_minutes)
                expected.append(Sitting(start, end, held_until, day))
            start += dt.timedelta(minutes=policy.slot_minutes)
    assert list(sittings_on(restaurant, day, party_size)) == expected
    assert all(before.start < after.start for before, after in pairwise(expected))
    assert all(before.held_until <= after.held_until for before, after in pairwise(expected))


# Lead and horizon


def test_a_sitting_is_offered_until_its_lead_time_begins() -> None:
    for now, expected in [
        ("2026-05-01 10:59", "12:00 12:30 13:00 13:30"),
        ("2026-05-01 11:00", "12:00 12:30 13:00 13:30"),
        ("2026-05-01 11:01", "12:30 13:00 13:30"),
        ("2026-05-01 12:30", "13:30"),
        ("2026-05-01 12:31", ""),
        ("2026-05-02 00:00", ""),
    ]:
        restaurant = a_restaurant(hours="12:00-15:00", lead_minutes=60, timezone="UTC")
        offered = offered_on(restaurant, FRIDAY, 2, utc(now))
        assert " ".join(clock(restaurant, s.start) for s in offered) == expected


def test_a_date_is_offered_from_the_restaurants_midnight_on() -> None:
    for now, offered in [
        ("2026-04-28 19:59:59.999999", False),
        ("2026-04-28 20:00", True),
        ("2026-04-29 10:00", True),
    ]:
        restaurant = a_restaurant(horizon_days=2)  # in Baku, four hours ahead of UTC
        assert bool(offered_on(restaurant, FRIDAY, 2, utc(now))) is offered


def test_the_horizon_is_reached_when_the_date_begins() -> None:
    for zone, day, opens in [
        ("America/Sao_Paulo", "2017-10-15", "2017-10-15 03:00"),  # midnight is skipped
        ("America/Sao_Paulo", "2018-02-18", "2018-02-18 03:00"),  # the hour before it comes twice
        ("America/Havana", "2026-11-01", "2026-11-01 04:00"),  # midnight comes twice
        ("Europe/Berlin", "2026-03-29", "2026-03-28 23:00"),
    ]:
        restaurant = a_restaurant(timezone=zone, horizon_days=0)
        assert booking_opens(restaurant, dt.date.fromisoformat(day)) == utc(opens)


def test_the_evening_before_is_still_offered_after_midnight() -> None:
    restaurant = a_restaurant(hours="18:00-03:00", horizon_days=0)
    half_past_midnight = utc("2026-05-01 20:30")
    assert shown(restaurant, offered_on(restaurant, FRIDAY, 2, half_past_midnight)) == (
        "00:30-02:00 01:00-02:30 01:30-03:00"
    )


def test_once_the_horizon_has_reached_a_date_the_next_change_is_the_first_lead() -> None:
    restaurant = a_restaurant(hours="12:00-15:00", lead_minutes=60, timezone="UTC", horizon_days=2)
    opens = booking_opens(restaurant, FRIDAY)
    assert next_change(restaurant, FRIDAY, 2, opens - dt.datetime.resolution) == opens
    assert next_change(restaurant, FRIDAY, 2, opens) == utc("2026-05-01 11:00:00.000001")


def test_a_date_that_will_offer_nothing_never_changes() -> None:
    closed = a_restaurant(hours="")
    assert next_change(closed, FRIDAY, 2, LONG_BEFORE - 90 * ONE_DAY) is None
    gone_before_it_opens = a_restaurant(lead_minutes=3 * 1440, horizon_days=1)
    assert next_change(gone_before_it_opens, FRIDAY, 2, LONG_BEFORE) is None


@given(restaurants(), days(), PARTIES, st.integers(-5 * 96, 2 * 96), st.integers(-1, 1))
def test_what_is_offered_holds_until_the_next_change_and_not_longer(
    restaurant: Restaurant, day: dt.date, party_size: int, quarters: int, nudge: int
) -> None:
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    now = midnight + dt.timedelta(minutes=15 * quarters, microseconds=nudge)
    offered = offered_on(restaurant, day, party_size, now)
    change = next_change(restaurant, day, party_size, now)
    later = [now + dt.timedelta(minutes=7 * step) for step in range(0, 1500, 50)]
    if change is None:
        assert all(offered_on(restaurant, day, party_size, then) == offered for then in later)
        return
    assert change > now
    assert offered_on(restaurant, day, party_size, change) != offered
    just_before = change - dt.datetime.resolution
    for then in [just_before, *(then for then in later if then < change)]:
        assert offered_on(restaurant, day, party_size, then) == offered


# Asking for a sitting


@given(st.data(), restaurants(), days(), PARTIES)
def test_a_guest_gets_exactly_what_is_offered_and_staff_no_less(
    data: st.DataObject, restaurant: Restaurant, day: dt.date, party_size: int
) -> None:
    grid = [
        s for offset in (-1, 0) for s in sittings_on(restaurant, day + offset * ONE_DAY, party_size)
    ]
    midnight = dt.datetime.combine(day, dt.time(), dt.UTC)
    starts = st.integers(-96, 192).map(lambda quarter: midnight + 15 * quarter * ONE_MINUTE)
    if grid:
        on_grid = st.sampled_from([sitting.start for sitting in grid])
        starts |= on_grid | on_grid.map(lambda start: start + ONE_MINUTE)
    start = data.draw(starts)
    turn = dt.timedelta(minutes=turn_minutes(restaurant.policy, party_size))
    end = data.draw(st.sampled_from([None, start + turn, start + turn / 2, start]))
    now = start - data.draw(st.integers(-4, 4 * 96)) * 15 * ONE_MINUTE
    date = start.astimezone(restaurant.zone).date()
    offered = [
        sitting
        for service_date in (date, date - ONE_DAY)
        for sitting in offered_on(restaurant, service_date, party_size, now)
        if sitting.start == start and end in {None, sitting.end}
    ]
    if offered:
        assert [offered_sitting(restaurant, party_size, start, end, now)] == offered
        assert [staff_sitting(restaurant, party_size, start, end, now)] == offered
    else:
        with pytest.raises(Invalid):
            offered_sitting(restaurant, party_size, start, end, now)


def test_after_midnight_the_horizon_counts_the_evenings_own_date() -> None:
    restaurant = a_restaurant(hours="18:00-03:00", timezone="UTC", horizon_days=0)
    sitting = offered_sitting(restaurant, 2, utc("2026-05-02 00:30"), None, utc("2026-05-01 12:00"))
    assert sitting.service_date == FRIDAY


# At Friday 10:00, for a restaurant in UTC that is open 12-15 and 18-02 but on Saturdays, with
# two-hour turns, an hour's lead and a week's horizon.
REFUSALS = [
    ("2026-05-01 09:59", None, "start_in_past", "start", {"earliest": "2026-05-01 11:00"}),
    ("2026-05-01 10:30", None, "start_too_soon", "start",
     {"lead_minutes": 60, "earliest": "2026-05-01 11:00"}),
    ("2026-05-09 12:00", None, "start_beyond_horizon", "start",
     {"horizon_days": 7, "latest": "2026-05-08"}),
    ("2026-05-09 02:00", None, "start_beyond_horizon", "start",
     {"horizon_days": 7, "latest": "2026-05-08"}),
    ("2026-05-02 12:00", None, "closed_that_day", "start", {"date": "2026-05-02"}),
    ("2026-05-02 02:00", None, "closed_that_day", "start", {"date": "2026-05-02"}),
    ("2026-05-01 15:00", None, "outside_hours", "start",
     {"date": "2026-05-01", "hours": ["12:00–15:00", "18:00–02:00"]}),
    ("2026-05-01 11:30", None, "outside_hours", "start",
     {"date": "2026-05-01", "hours": ["12:00–15:00", "18:00–02:00"]}),
    ("2026-05-01 13:30", None, "after_last_seating", "start", {"latest": "13:00"}),
    ("2026-05-01 13:01", None, "after_last_seating", "start", {"latest": "13:00"}),
    ("2026-05-02 01:00", None, "after_last_seating", "start", {"latest": "00:00"}),
    ("2026-05-01 18:20", None, "start_off_grid", "start", {"nearest": ["18:00", "18:30"]}),
    ("2026-05-01 23:59", None, "start_off_grid", "start", {"nearest": ["23:30", "00:00"]}),
    ("2026-05-01 18:00", "2026-05-01 18:00", "end_before_start", "end",
     {"start": "2026-05-01 18:00"}),
    ("2026-05-01 18:00", "2026-05-01 17:00", "end_before_start", "end",
     {"start": "2026-05-01 18:00"}),
    ("2026-05-01 18:00", "2026-05-01 19:00", "end_not_offered", "end",
     {"offered": "2026-05-01T20:00:00+00:00"}),
]  # fmt: skip


def test_a_guest_who_is_refused_learns_what_would_be_right() -> None:
    for start, end, code, field, params in REFUSALS:
        restaurant = a_restaurant(
            hours=some_hours("12:00-15:00 18:00-02:00", week={5: ""}),
            timezone="UTC",
            turn_times=TWO_HOURS,
            lead_minutes=60,
            horizon_days=7,
        )
        with pytest.raises(Invalid) as refused:
            offered_sitting(restaurant, 2, utc(start), end and utc(end), utc("2026-05-01 10:00"))
        error = refused.value
        assert (error.code, error.field, error.params) == (code, field, params)


def test_what_is_right_is_said_in_the_restaurants_own_time() -> None:
    restaurant = a_restaurant(hours="12:00-23:00")
    with pytest.raises(Invalid, match="start_off_grid") as refused:
        offered_sitting(restaurant, 2, utc("2026-05-01 08:40"), None, LONG_BEFORE)
    assert refused.value.params == {"nearest": ["12:30", "13:00"]}
    with pytest.raises(Invalid, match="end_not_offered") as refused:
        offered_sitting(
            restaurant, 2, utc("2026-05-01 08:00"), utc("2026-05-01 09:00"), LONG_BEFORE
        )
    assert refused.value.params == {"offered": "2026-05-01T13:30:00+04:00"}


def test_the_nearest_times_leave_out_one_that_is_gone() -> None:
    restaurant = a_restaurant(timezone="UTC", lead_minutes=60)
    with pytest.raises(Invalid, match="start_off_grid") as refused:
        offered_sitting(restaurant, 2, utc("2026-05-01 12:40"), None, utc("2026-05-01 11:35"))
    assert refused.value.params == {"nearest": ["13:00"]}


def test_the_earliest_time_is_never_shown_too_early() -> None:
    restaurant = a_restaurant(timezone="UTC", lead_minutes=60)
    with pytest.raises(Invalid, match="start_too_soon") as refused:
        offered_sitting(
            restaurant, 2, utc("2026-05-01 12:00"), None, utc("2026-05-01 11:00:00.000001")
        )
    assert refused.value.params["earliest"] == "2026-05-01 12:01"


def test_a_service_shorter_than_the_turn_says_so() -> None:
    restaurant = a_restaurant(hours="12:00-13:00")
    with pytest.raises(Invalid, match="service_too_short") as refused:
        offered_sitting(restaurant, 2, utc("2026-05-01 08:00"), None, LONG_BEFORE)
    assert refused.value.params == {"minutes": 90}


def test_no_guest_books_for_a_party_the_restaurant_does_not_take() -> None:
    for ask in [offered_sitting, staff_sitting]:
        with pytest.raises(Invalid, match="party_too_large"):
            ask(a_restaurant(), 7, utc("2026-05-01 08:00"), None, LONG_BEFORE)


# Staff


def a_host_desk(**fields: Any) -> Restaurant:
    rules: dict[str, Any] = {
        "hours": some_hours("12:00-15:00 18:00-02:00", week={5: ""}),
        "timezone": "UTC",
        "turn_times": TWO_HOURS,
        "buffer_minutes": 15,
        "lead_minutes": 60,
        "horizon_days": 7,
    }
    return a_restaurant(**(rules | fields))


def test_staff_book_any_interval_inside_the_hours() -> None:
    for start, end, expected_end in [
        ("2026-05-01 12:07", None, "2026-05-01 14:07"),
        ("2026-05-01 13:30", None, "2026-05-01 15:00"),
        ("2026-05-01 12:00", "2026-05-01 15:00", "2026-05-01 15:00"),
        ("2026-05-01 12:00", "2026-05-01 12:01", "2026-05-01 12:01"),
        ("2026-05-01 18:00", "2026-05-02 02:00", "2026-05-02 02:00"),
        ("2026-05-02 01:00", None, "2026-05-02 02:00"),
        ("2026-05-01 14:59:59", None, "2026-05-01 15:00"),
        ("2026-04-30 19:00", None, "2026-04-30 21:00"),
        ("2027-05-02 12:00", None, "2027-05-02 14:00"),
    ]:
        now = utc("2026-05-01 19:00")
        sitting = staff_sitting(a_host_desk(), 2, utc(start), end and utc(end), now)
        assert (sitting.start, sitting.end) == (utc(start), utc(expected_end))
        assert sitting.held_until - sitting.end == dt.timedelta(minutes=15)


def test_what_staff_book_after_midnight_belongs_to_the_evening_before() -> None:
    now = utc("2026-05-02 00:50")
    sitting = staff_sitting(a_host_desk(), 2, utc("2026-05-02 01:00"), None, now)
    assert sitting.service_date == FRIDAY


def test_staff_are_held_to_the_hours_and_to_the_last_day() -> None:
    for start, end, code, field, params in [
            ("2026-05-01 15:00", None, "outside_hours", "start",
             {"date": "2026-05-01", "hours": ["12:00–15:00", "18:00–02:00"]}),
            ("2026-05-02 02:00", None, "closed_that_day", "start", {"date": "2026-05-02"}),
            ("2026-05-01 14:00", "2026-05-01 15:01", "end_after_closing", "end",
             {"closes": "2026-05-01 15:00"}),
            ("2026-05-01 14:00", "2026-05-01 18:30", "end_after_closing", "end",
             {"closes": "2026-05-01 15:00"}),
            ("2026-05-01 18:00", "2026-05-01 18:00", "end_before_start", "end",
             {"start": "2026-05-01 18:00"}),
            ("2026-04-30 18:59", None, "start_in_past", "start", {"earliest": "2026-04-30 19:00"}),
        ]:  # fmt: skip
        with pytest.raises(Invalid) as refused:
            staff_sitting(a_host_desk(), 2, utc(start), end and utc(end), utc("2026-05-01 19:00"))
        error = refused.value
        assert (error.code, error.field, error.params) == (code, field, params)


def test_no_sitting_is_longer_than_a_day_with_its_buffer() -> None:
    restaurant = a_host_desk(hours="00:00-24:00", buffer_minutes=30)
    start = utc("2026-05-01 12:00")
    longest = start + dt.timedelta(hours=23, minutes=30)
    assert staff_sitting(restaurant, 2, start, longest, start).end == longest
    with pytest.raises(Invalid, match="sitting_too_long") as refused:
        staff_sitting(restaurant, 2, start, longest + ONE_MINUTE, start)
    assert (refused.value.field, refused.value.params) == ("end", {"longest_minutes": 1410})


# What is remembered


def outcome(restaurant: Restaurant, *request: Any) -> object:
    try:
        return offered_sitting(restaurant, *request)
    except Invalid as refusal:
        return refusal.code, refusal.params


@given(
    restaurants(),
    st.lists(st.tuples(days(), PARTIES, st.integers(-2, 97), st.integers(-5 * 96, 96)), min_size=2),
)
def test_a_restaurant_that_remembers_decides_as_one_that_never_was_asked(
    restaurant: Restaurant, requests: list[tuple[dt.date, int, int, int]]
) -> None:
    for day, party_size, start_quarter, now_quarter in requests:
        midnight = dt.datetime.combine(day, dt.time(), restaurant.zone).astimezone(dt.UTC)
        start, now = (
            midnight + 15 * quarters * ONE_MINUTE for quarters in (start_quarter, now_quarter)
        )
        new = msgspec.structs.replace(restaurant)
        for asked in ((party_size, start, None, now), (party_size, start, start + ONE_DAY, now)):
            assert outcome(restaurant, *asked) == outcome(new, *asked)
        assert offered_on(restaurant, day, party_size, now) == offered_on(new, day, party_size, now)
        change = next_change(restaurant, day, party_size, now)
        assert change == next_change(new, day, party_size, now)
