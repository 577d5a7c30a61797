from __future__ import annotations

from itertools import pairwise, product

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.accounts.actor import cli_actor, system_actor
from bakureserve.domain.arrivals.intent import (
    MOVES,
    OPEN,
    STATUSES,
    Move,
    Role,
    allowed_moves,
    roles_of,
    status_after,
)
from bakureserve.domain.errors import Conflict, Forbidden
from bakureserve.domain.reservations.reservation import ArrivalStatus
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.rows import a_reservation

GUEST_ONLY, STAFF, SYSTEM = (frozenset[Role]({role}) for role in ("guest", "staff", "system"))

_OPEN = ("requested", "approved", "queued", "rejected", "cancelled", "arrived", "cancelled")
#                request      approve     queue     reject      cancel       arrive     lapse
TABLE = {
    "idle":      ("requested", None,       None,     None,       None,        "arrived", None),
    "requested": _OPEN,
    "queued":    _OPEN,
    "approved":  _OPEN,
    "rejected":  ("requested", "approved", "queued", "rejected", "cancelled", "arrived", None),
    "cancelled": ("requested", None,       None,     None,       "cancelled", "arrived", None),
    "arrived":   (None,        None,       None,     None,       None,        "arrived", None),
}  # fmt: skip
MAY: dict[Role, set[Move]] = {
    "guest": {"request", "cancel"},
    "staff": {"request", "approve", "queue", "reject", "cancel", "arrive"},
    "system": {"arrive", "lapse"},
}
EVERY_STEP = [
    (status, move, role, TABLE[status][column])
    for status, (column, move), role in product(STATUSES, enumerate(MOVES), MAY)
]


def test_every_move_from_every_status_by_every_role() -> None:
    for status, move, role, expected in EVERY_STEP:
        roles = frozenset({role})
        if move not in MAY[role]:
            with pytest.raises(Forbidden, match="staff_only"):
                status_after(status, move, roles)
        elif expected is None:
            with pytest.raises(Conflict, match="illegal_arrival_move") as refused:
                status_after(status, move, roles)
            assert refused.value.params == {
                "status": status,
                "action": move,
                "allowed": allowed_moves(status, roles),
            }
        else:
            assert status_after(status, move, roles) == expected


def test_a_refusal_names_what_would_change_something() -> None:
    for status, roles, expected in [
        ("idle", GUEST_ONLY, ("request",)),
        ("idle", STAFF, ("request", "arrive")),
        ("requested", GUEST_ONLY, ("cancel",)),
        ("requested", STAFF, ("approve", "queue", "reject", "cancel", "arrive")),
        ("approved", SYSTEM, ("arrive", "lapse")),
        ("cancelled", GUEST_ONLY, ("request",)),
        ("arrived", STAFF, ()),
    ]:
        assert allowed_moves(status, roles) == expected


@given(st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(sorted(MAY)))))
def test_whatever_is_asked_an_arrival_ends_once(steps: list[tuple[Move, Role]]) -> None:
    status: ArrivalStatus = "idle"
    seen = [status]
    for move, role in steps:
        try:
            status = status_after(status, move, frozenset({role}))
        except (Conflict, Forbidden):
            continue
        seen.append(status)
    if "arrived" in seen:
        assert set(seen[seen.index("arrived") :]) == {"arrived"}
    for before, approved in pairwise(seen):
        if approved == "approved":
            assert before in OPEN | {"rejected"}


def test_who_speaks_as_what() -> None:
    for actor, expected in [
        (GUEST, {"guest"}),
        (OTHER_GUEST, set()),
        (HOST, {"staff"}),
        (ADMIN, {"staff"}),
        (cli_actor("root"), {"staff"}),
        (system_actor("arrivals"), {"staff", "system"}),
        (msgspec.structs.replace(HOST, subject=GUEST.subject), {"guest", "staff"}),
    ]:
        assert roles_of(actor, a_reservation(owner_id=GUEST.subject)) == expected
