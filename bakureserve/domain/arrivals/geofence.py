"""When a guest counts as there.

A phone in a town errs by tens of metres and now and then by hundreds (reflections off façades), so
one signal inside the fence proves nothing: two in a row do, or one so close that the error no
longer matters.
"""

from __future__ import annotations

from bakureserve.domain.places.geo import Coordinates, straight_line_km

AT_THE_DOOR_METERS = 50.0
SIGNALS_IN_A_ROW = 2


def meters_between(one: Coordinates, other: Coordinates) -> float:
    """The straight line in metres."""
    return straight_line_km(one, other) * 1000


def signals_inside(before: int, distance: float, fence: float) -> int:
    """How many signals in a row came from within `fence` metres, after one from `distance`."""
    return before + 1 if distance <= fence else 0


def is_there(signals: int, distance: float) -> bool:
    """Whether the guest has arrived, after so many signals in a row from within the fence."""
    return signals >= SIGNALS_IN_A_ROW or (signals == 1 and distance <= AT_THE_DOOR_METERS)
