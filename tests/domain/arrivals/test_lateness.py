from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.review import lateness_of
from bakureserve.domain.reservations.seating import Option, moved_sitting, shortened, table_can_wait
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy
from tests.kit.builders import utc
from tests.kit.rows import a_reservation

BOOKED = utc("2027-03-01 15:00")
POLICY = ArrivalPolicy(late_after_minutes=10)


def minutes(number: float) -> dt.timedelta:
    return dt.timedelta(minutes=number)


def test_how_an_arrival_stands_to_the_booked_time() -> None:
    for after, expected in [
        (-11, "early"),
        (-10, "on_time"),
        (0, "on_time"),
        (10, "on_time"),
        (10.1, "late"),
    ]:
        assert lateness_of(BOOKED + minutes(after), BOOKED, POLICY) == expected


BOOKING = a_reservation(start=BOOKED, end=BOOKED + minutes(90), held_until=BOOKED + minutes(105))


def test_the_whole_sitting_moves_with_a_late_guest_and_not_with_an_early_one() -> None:
    for late, moved in [(-20, 0), (0, 0), (25, 25)]:
        sitting = moved_sitting(BOOKING, BOOKED + minutes(late))
        assert sitting.start == BOOKED + minutes(moved)
        assert sitting.end == BOOKING.end + minutes(moved)
        assert sitting.held_until == BOOKING.held_until + minutes(moved)


def test_a_table_waits_while_the_sitting_and_its_buffer_end_before_the_next() -> None:
    """The guest is 25 minutes late for an hour and a half, and the table is laid in 15 minutes."""
    for next_after, waits, left in [
        (None, True, None),
        (130, True, None),
        (129, False, 89),
        (105, False, 65),
        (70, False, 30),
        (69, False, None),
    ]:
        sitting = moved_sitting(BOOKING, BOOKED + minutes(25))
        following = None if next_after is None else BOOKED + minutes(next_after)
        assert table_can_wait(sitting, following) is waits
        if not waits and following is not None:
            expected = Option(kind="shorten_sitting", minutes=left) if left else None
            assert shortened(sitting, following) == expected


@given(st.integers(0, 240), st.integers(0, 400))
def test_a_shortened_sitting_ends_before_the_next_and_is_worth_having(late: int, gap: int) -> None:
    sitting = moved_sitting(BOOKING, BOOKED + minutes(late))
    following = sitting.start + minutes(gap)
    option = shortened(sitting, following)
    if option is not None:
        assert option.minutes is not None
        assert option.minutes >= 30
        assert sitting.start + minutes(option.minutes + 15) <= following
