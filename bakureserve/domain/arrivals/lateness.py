"""Early, on time or late, and what becomes of a late guest's table."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import msgspec

from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.restaurants.restaurant import ArrivalPolicy

Punctuality = Literal["early", "on_time", "late"]
OptionKind = Literal["shorten_sitting", "move_guest", "move_next", "release_table"]

EARLY_BY = dt.timedelta(minutes=10)
SHORTEST_SITTING = dt.timedelta(minutes=30)
"""A sitting that would be cut shorter than this is not worth offering."""


class Sitting(msgspec.Struct, frozen=True):
    """The late guest's sitting, moved to when they come: until when they sit and hold the table."""

    start: dt.datetime
    end: dt.datetime
    held_until: dt.datetime


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the host can do. `tables` are ids that are free for it, `minutes` a length."""

    kind: OptionKind
    minutes: int | None = None
    tables: tuple[str, ...] = ()
    reservation_id: str | None = None


class TableOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a late guest's table can wait for them, and if not, what the host can do."""

    kept: bool
    next_start: dt.datetime | None = None
    options: tuple[Option, ...] = ()


def punctuality(arrival: dt.datetime, booked: dt.datetime, policy: ArrivalPolicy) -> Punctuality:
    """How the expected arrival stands to the booked time."""
    if arrival > latest_on_time(booked, policy):
        return "late"
    return "early" if arrival < booked - EARLY_BY else "on_time"


def latest_on_time(booked: dt.datetime, policy: ArrivalPolicy) -> dt.datetime:
    """Whoever comes after this is late."""
    return booked + dt.timedelta(minutes=policy.late_after_minutes)


def moved_sitting(reservation: Reservation, arrival: dt.datetime) -> Sitting:
    """The whole sitting, its buffer included, from the arrival instead of the booked time."""
    start = max(arrival, reservation.start)
    shift = start - reservation.start
    return Sitting(start, reservation.end + shift, reservation.held_until + shift)


def table_can_wait(sitting: Sitting, next_start: dt.datetime | None) -> bool:
    """Whether the sitting, buffer included, still ends before the table's next booking."""
    return next_start is None or sitting.held_until <= next_start


def shortened(sitting: Sitting, next_start: dt.datetime) -> Option | None:
    """The sitting cut to end before the next booking, if enough of it is left."""
    buffer = sitting.held_until - sitting.end
    left = next_start - buffer - sitting.start
    if left < SHORTEST_SITTING:
        return None
    return Option(kind="shorten_sitting", minutes=int(left.total_seconds() // 60))
