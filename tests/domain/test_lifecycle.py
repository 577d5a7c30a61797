from __future__ import annotations

from itertools import product
from typing import get_args

import pytest

from bakureserve.domain.errors import Conflict
from bakureserve.domain.lifecycle import ACTIONS, Action, after, allowed, holds_table
from bakureserve.domain.reservation import Status

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


@pytest.mark.parametrize(("status", "action", "expected"), EVERY_STEP)
def test_every_action_on_every_status(
    status: Status, action: Action, expected: Status | None
) -> None:
    if expected is not None:
        assert after(status, action) == expected
        return
    with pytest.raises(Conflict, match="illegal_status_change") as refused:
        after(status, action)
    assert refused.value.params == {
        "status": status,
        "action": action,
        "allowed": allowed(status),
    }


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("booked", ("cancel", "seat", "no_show")),
        ("seated", ("complete", "undo")),
        ("completed", ("undo",)),
        ("cancelled", ("confirm",)),
        ("no_show", ("undo",)),
    ],
)
def test_a_refusal_names_what_would_change_something(
    status: Status, expected: tuple[Action, ...]
) -> None:
    assert allowed(status) == expected


@pytest.mark.parametrize(("done", "undone"), [("seat", "booked"), ("no_show", "booked")])
def test_undo_takes_back_the_hosts_last_step(done: Action, undone: Status) -> None:
    assert after(after("booked", done), "undo") == undone


@pytest.mark.parametrize(
    ("status", "holds"),
    [
        ("booked", True),
        ("seated", True),
        ("completed", False),
        ("cancelled", False),
        ("no_show", False),
    ],
)
def test_a_table_is_held_while_the_party_is_expected_or_there(status: Status, holds: bool) -> None:
    assert holds_table(status) is holds
