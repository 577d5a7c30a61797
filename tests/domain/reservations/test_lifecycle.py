from __future__ import annotations

import datetime as dt
from itertools import product
from typing import get_args

import pytest

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.lifecycle import (
    ACTIONS,
    allowed_actions,
    check_time,
    holds_table,
    status_after,
)
from bakureserve.domain.reservations.reservation import Status
from tests.kit.builders import a_restaurant, utc
from tests.kit.rows import a_reservation

STATUSES: tuple[Status, ...] = get_args(Status)

#               confirm     cancel       seat      complete     no_show    undo
TABLE = {
    "booked":    ("booked", "cancelled", "seated", None,        "no_show", None),
    "seated":    (None,     None,        None,     "completed", None,      "booked"),
    "completed": (None,     None,        None,     None,        None,      "seated"),
    "cancelled": ("booked", "cancelled", None,     None,        None,      None),
    "no_show":   (None,     None,        None,     None,        None,      "booked"),
}  # fmt: skip

EVERY_STEP = [
    (status, action, TABLE[status][column])
    for status, (column, action) in product(STATUSES, enumerate(ACTIONS))
]


def test_every_action_on_every_status() -> None:
    for status, action, expected in EVERY_STEP:
        if expected is not None:
            assert status_after(status, action) == expected
            continue
        with pytest.raises(Conflict, match="illegal_status_change") as refused:
            status_after(status, action)
        assert refused.value.params == {
            "status": status,
            "action": action,
            "allowed": allowed_actions(status),
        }


def test_a_refusal_names_what_would_change_something() -> None:
    for status, expected in [
        ("booked", ("cancel", "seat", "no_show")),
        ("seated", ("complete", "undo")),
        ("completed", ("undo",)),
        ("cancelled", ("confirm",)),
        ("no_show", ("undo",)),
    ]:
        assert allowed_actions(status) == expected


def test_a_table_is_held_while_the_party_is_expected_or_there() -> None:
    for status, holds in [
        ("booked", True),
        ("seated", True),
        ("completed", False),
        ("cancelled", False),
        ("no_show", False),
    ]:
        assert holds_table(status) is holds


# A house in Baku, four hours ahead of UTC, whose Friday ends at two in the night.
LATE_HOUSE = a_restaurant(hours="12:00-02:00")
FRIDAY_LATE = a_reservation(
    start=utc("2026-05-01 20:30"), end=utc("2026-05-01 22:00"), service_date=dt.date(2026, 5, 1)
)


def test_a_step_is_taken_when_it_can_be_true() -> None:
    for action, moment, refused in [
        ("seat", "2026-04-30 20:00", "too_early"),  # Friday has begun, but Thursday is open
        ("seat", "2026-04-30 22:00", None),
        ("seat", "2026-05-01 21:59", None),
        ("seat", "2026-05-01 22:00", "day_over"),
        ("complete", "2026-04-30 21:59", "too_early"),
        ("complete", "2026-04-30 22:00", None),
        ("complete", "2026-05-02 09:00", None),
        ("no_show", "2026-05-01 20:29", "too_early"),
        ("no_show", "2026-05-01 20:30", None),
        ("no_show", "2026-05-09 12:00", None),
        ("cancel", "2026-04-01 12:00", None),
        ("undo", "2026-04-01 12:00", None),
    ]:
        if refused is None:
            check_time(action, FRIDAY_LATE, LATE_HOUSE, utc(moment))
            continue
        with pytest.raises(Conflict, match=refused):
            check_time(action, FRIDAY_LATE, LATE_HOUSE, utc(moment))


def test_a_party_for_the_first_minutes_of_a_day_may_come_the_evening_before() -> None:
    house = a_restaurant(hours="00:00-24:00")
    start = utc("2026-05-01 20:00")  # midnight in Baku
    party = a_reservation(start=start, service_date=dt.date(2026, 5, 2))
    check_time("seat", party, house, start - dt.timedelta(hours=1))
    with pytest.raises(Conflict, match="too_early") as refused:
        check_time("seat", party, house, start - dt.timedelta(minutes=61))
    assert refused.value.params["earliest"] == "2026-05-01 23:00"
