"""What a change to a booking means: what is new is checked, what is not stays."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bakureserve.domain.errors import Conflict, ReserveError
from bakureserve.domain.reservations.rebooking import Retiming, require_offered_again, retimed
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.sittings import sitting_of
from bakureserve.domain.restaurants.restaurant import Restaurant, TurnTime
from tests.kit.builders import a_restaurant, some_hours, utc
from tests.kit.rows import a_reservation

DAY = dt.date(2026, 5, 1)
BEFORE = "10:00"
HOUSE = a_restaurant(
    timezone="UTC",
    hours=some_hours("12:00-23:00", special={"2026-05-03": ""}),
    turn_times=(TurnTime(2, 90), TurnTime(6, 120)),
    last_seating_minutes=60,
    lead_minutes=60,
    buffer_minutes=15,
    horizon_days=3,
    max_party=4,
)
ANOTHER_GRID = a_restaurant(timezone="UTC", hours="12:15-22:00", turn_times=(TurnTime(6, 120),))


def on(clock: str) -> dt.datetime:
    """ "19:00" of the day, "+1 19:00" of the next."""
    days, _, time = clock.rpartition(" ")
    return utc(f"{DAY} {time}") + dt.timedelta(days=int(days or 0))


def booked(sitting: str, *, party_size: int = 2, **fields: Any) -> Reservation:
    """A booking of "19:00-20:30", whose table is held for a quarter of an hour more."""
    start, end = map(on, sitting.split("-"))
    given = {"party_size": party_size, "service_date": DAY, "restaurant_id": HOUSE.id}
    held_until = end + dt.timedelta(minutes=15)
    return a_reservation(start=start, end=end, held_until=held_until, **(given | fields))


def outcome(
    restaurant: Restaurant, before: Reservation, wanted: dict[str, Any], now: str, *, as_staff: bool
) -> str:
    """The sitting as "19:00-20:30", or the code of the refusal."""
    times = {name: on(wanted[name]) for name in ("start", "end") if name in wanted}
    try:
        after = retimed(
            restaurant, before, Retiming(**(wanted | times)), on(now), as_staff=as_staff
        )
    except ReserveError as refusal:
        return refusal.code
    assert after.held_until - after.end == dt.timedelta(minutes=15)
    return f"{after.start:%H:%M}-{after.end:%H:%M}"


# The sitting as booked · what is changed · now · what becomes of it for a guest · and for staff
CHANGES: list[tuple[str, dict[str, Any], str, str, str]] = [
    # A resize keeps the sitting, however long it is and whatever the clock says.
    ("19:00-20:30", {"party_size": 4}, BEFORE, "19:00-20:30", "19:00-20:30"),
    ("18:00-22:00", {"party_size": 4}, BEFORE, "18:00-22:00", "18:00-22:00"),
    ("19:10-20:00", {"party_size": 4}, "18:59", "19:10-20:00", "19:10-20:00"),
    ("19:00-20:30", {"party_size": 5}, BEFORE, "party_too_large", "party_too_large"),
    ("19:00-20:30", {"party_size": 0}, BEFORE, "party_too_small", "party_too_small"),
    # A move keeps the length, and only closing shortens it.
    ("19:00-20:30", {"start": "20:00"}, BEFORE, "20:00-21:30", "20:00-21:30"),
    ("18:00-22:00", {"start": "18:30"}, BEFORE, "18:30-22:30", "18:30-22:30"),
    ("18:00-22:00", {"start": "20:00"}, BEFORE, "20:00-23:00", "20:00-23:00"),
    ("19:00-19:30", {"start": "20:00"}, BEFORE, "20:00-20:30", "20:00-20:30"),
    ("19:00-20:30", {"start": "20:00", "party_size": 4}, BEFORE, "20:00-21:30", "20:00-21:30"),
    # A guest's new start is one that is offered; staff ask for any inside the hours.
    ("19:00-20:30", {"start": "20:10"}, BEFORE, "start_off_grid", "20:10-21:40"),
    ("19:00-20:30", {"start": "22:30"}, BEFORE, "after_last_seating", "22:30-23:00"),
    ("19:00-20:30", {"start": "19:30"}, "18:45", "start_too_soon", "19:30-21:00"),
    ("19:00-20:30", {"start": "18:30"}, "18:45", "start_in_past", "18:30-20:00"),
    ("19:00-20:30", {"start": "+4 19:00"}, BEFORE, "start_beyond_horizon", "19:00-20:30"),
    ("19:00-20:30", {"start": "+2 19:00"}, BEFORE, "closed_that_day", "closed_that_day"),
    ("19:00-20:30", {"start": "11:00"}, BEFORE, "outside_hours", "outside_hours"),
    ("19:00-20:30", {"start": "-1 19:00"}, "+1 10:00", "start_in_past", "start_in_past"),
    # A guest's new end is the offered one, or that of the kept length.
    ("18:00-22:00", {"end": "19:30"}, BEFORE, "18:00-19:30", "18:00-19:30"),
    ("18:00-22:00", {"end": "21:00"}, BEFORE, "end_not_offered", "18:00-21:00"),
    ("18:00-22:00", {"start": "18:30", "end": "22:30"}, BEFORE, "18:30-22:30", "18:30-22:30"),
    ("18:00-22:00", {"start": "18:30", "end": "20:00"}, BEFORE, "18:30-20:00", "18:30-20:00"),
    ("18:00-19:30", {"start": "17:00", "end": "19:30"}, BEFORE, "end_not_offered", "17:00-19:30"),
    ("19:00-20:30", {"end": "19:00"}, BEFORE, "end_before_start", "end_before_start"),
    ("19:00-20:30", {"end": "23:30"}, BEFORE, "end_not_offered", "end_after_closing"),
    # The start stands whatever the clock says: it is not asked for.
    ("19:10-20:00", {"end": "20:40"}, "19:05", "19:10-20:40", "19:10-20:40"),
]  # fmt: skip


def test_a_change_touches_what_it_names() -> None:
    for sitting, wanted, now, for_a_guest, for_staff in CHANGES:
        before = booked(sitting)
        assert outcome(HOUSE, before, wanted, now, as_staff=False) == for_a_guest
        assert outcome(HOUSE, before, wanted, now, as_staff=True) == for_staff


def test_rules_that_changed_meanwhile_hold_for_what_is_new_alone() -> None:
    for as_staff in [False, True]:
        before = booked("19:00-20:30", party_size=5)
        assert retimed(
            ANOTHER_GRID, before, Retiming(party_size=6), on(BEFORE), as_staff=as_staff
        ) == sitting_of(before)
        moved = retimed(HOUSE, before, Retiming(start=on("20:00")), on(BEFORE), as_staff=as_staff)
        assert moved.end == on("21:30")  # although five are more than the house takes by now


def test_a_party_that_sits_began_when_it_began() -> None:
    for wanted, expected in [
        ({"start": "19:30"}, "seated_start_stands"),
        ({"start": "19:30", "end": "21:00"}, "seated_start_stands"),
        ({"end": "22:00"}, "19:00-22:00"),
        ({"party_size": 4}, "19:00-20:30"),
    ]:
        before = booked("19:00-20:30", status="seated")
        assert outcome(HOUSE, before, wanted, "20:00", as_staff=True) == expected


# The sitting · now · what a guest hears who wants it back · and what staff hear
RETURNS = [
    ("19:00-20:30", BEFORE, "", ""),
    ("18:00-22:00", BEFORE, "", ""),  # staff gave it that length
    ("19:10-20:40", BEFORE, "start_off_grid", ""),
    ("19:00-20:30", "18:30", "start_too_soon", ""),
    ("19:00-20:30", "20:00", "start_in_past", ""),
    ("19:00-20:30", "+2 10:00", "start_in_past", "start_in_past"),
    ("+2 19:00-+2 20:30", BEFORE, "closed_that_day", "closed_that_day"),
    ("+4 19:00-+4 20:30", BEFORE, "start_beyond_horizon", ""),
    ("22:00-23:30", BEFORE, "end_after_closing", "end_after_closing"),
    ("11:00-12:30", BEFORE, "outside_hours", "outside_hours"),
]


def test_a_booking_comes_back_only_if_it_could_be_made_now() -> None:
    for sitting, now, for_a_guest, for_staff in RETURNS:
        for as_staff, expected in ((False, for_a_guest), (True, for_staff)):
            heard = ""
            try:
                require_offered_again(HOUSE, booked(sitting), on(now), as_staff=as_staff)
            except Conflict as refusal:
                heard = refusal.code
            assert heard == expected
