"""What can become of a reservation: the legal changes of its status."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservation import HOLDS_A_TABLE, Status

Action = Literal["confirm", "cancel", "seat", "complete", "no_show", "undo"]

ACTIONS: tuple[Action, ...] = get_args(Action)

_AFTER: Mapping[tuple[Status, Action], Status] = MappingProxyType(
    {
        # What the guest asks for may be asked twice.
        ("cancelled", "confirm"): "booked",
        ("booked", "confirm"): "booked",
        ("booked", "cancel"): "cancelled",
        ("cancelled", "cancel"): "cancelled",
        # What the host sees happen.
        ("booked", "seat"): "seated",
        ("seated", "complete"): "completed",
        ("booked", "no_show"): "no_show",
        # A slip of the host's finger.
        ("seated", "undo"): "booked",
        ("completed", "undo"): "seated",
        ("no_show", "undo"): "booked",
    }
)


def after(status: Status, action: Action) -> Status:
    """The status that `action` leads to; the same one where there is nothing left to do.

    Raises Conflict (illegal_status_change) with the actions that are possible instead.
    """
    try:
        return _AFTER[status, action]
    except KeyError:
        raise Conflict(
            "illegal_status_change", status=status, action=action, allowed=allowed(status)
        ) from None


def allowed(status: Status) -> tuple[Action, ...]:
    """The actions that would change a reservation of this status."""
    return tuple(action for action in ACTIONS if _AFTER.get((status, action), status) != status)


def holds_table(status: Status) -> bool:
    """Whether a reservation of this status keeps its table from others."""
    return status in HOLDS_A_TABLE
