"""Until when a booking can be cancelled, and what becomes of one that its guest wants gone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.lifecycle import cancelled, departure, revived
from tests.kit.builders import a_restaurant, utc
from tests.kit.rows import a_reservation

START = utc("2026-05-01 19:00")
END = utc("2026-05-01 20:30")
HOUSE = a_restaurant(cancellation_minutes=120)
LENIENT = a_restaurant()
INSTANT = dt.timedelta(microseconds=1)


def booked(**fields: Any) -> Any:
    return a_reservation("r1", start=START, end=END, **fields)


def test_a_cancellation_is_late_from_the_window_on() -> None:
    for by in ["guest", "staff", "system"]:
        for restaurant, now, late in [
            (HOUSE, utc("2026-05-01 17:00") - INSTANT, False),
            (HOUSE, utc("2026-05-01 17:00"), True),
            (LENIENT, START - INSTANT, False),
            (LENIENT, START, True),
            (HOUSE, END - INSTANT, True),
        ]:
            after = cancelled(restaurant, booked(), now, by)
            assert (after.status, after.cancelled_late, after.cancelled_by) == (
                "cancelled",
                late,
                by,
            )


def test_what_is_over_is_not_cancelled() -> None:
    with pytest.raises(Conflict, match="sitting_over"):
        cancelled(HOUSE, booked(), END, "staff")


EARLY, IN_THE_WINDOW, BEGUN, OVER = (
    utc("2026-05-01 12:00"), utc("2026-05-01 18:00"), utc("2026-05-01 19:20"), END
)  # fmt: skip


def test_what_its_guest_wants_gone() -> None:
    for fields, outcomes in [
        ({"status": "booked"}, ["remove", "cancel", "cancel", "sitting_over"]),
        ({"status": "cancelled"}, ["remove", "hide", "hide", "hide"]),
        ({"status": "cancelled", "cancelled_late": True}, ["hide", "hide", "hide", "hide"]),
        ({"status": "seated"}, ["visit_kept"] * 4),
        ({"status": "completed"}, ["visit_kept"] * 4),
        ({"status": "no_show"}, ["visit_kept"] * 4),
    ]:
        for now, expected in zip((EARLY, IN_THE_WINDOW, BEGUN, OVER), outcomes, strict=True):
            try:
                outcome: str = departure(HOUSE, booked(**fields), now)
            except Conflict as refusal:
                outcome = refusal.code
            assert outcome == expected


def test_what_comes_back_is_as_it_was() -> None:
    before = booked()
    gone = cancelled(HOUSE, before, BEGUN, "guest")
    assert revived(gone) == before
