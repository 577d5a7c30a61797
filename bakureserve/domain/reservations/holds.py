"""How parties hold tables beyond what the book says: those that sit there, and those that are late.

A seated party holds its table from when it sat down until it leaves: until the end of its sitting,
or a while from now if that is later, but not beyond its service. A late guest who is on the way
holds it for the whole sitting from when they are expected.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from operator import attrgetter

import msgspec

from bakureserve.domain.reservations.seating import Busy
from bakureserve.domain.reservations.sittings import Sitting
from bakureserve.domain.restaurants.hours import service_at
from bakureserve.domain.restaurants.restaurant import Restaurant

OVERSTAY = dt.timedelta(minutes=30)
"""For how long from now a table is not given to others while a party sits there."""
REACH = dt.timedelta(days=1)
"""No hold beyond the book reaches farther into the future."""

Span = tuple[dt.datetime, dt.datetime]


class Hold(msgspec.Struct, frozen=True):
    """A table kept for a reservation in [start, until). Staff may break a late guest's."""

    table_key: int
    reservation_id: str
    start: dt.datetime
    until: dt.datetime
    is_late: bool

    def stands_against(self, sitting: Sitting) -> bool:
        """Whether the table cannot be had for the sitting."""
        return self.start < sitting.held_until and sitting.start < self.until


def within_service(restaurant: Restaurant, start: dt.datetime, until: dt.datetime) -> dt.datetime:
    """`until`, or the end of the service that a sitting from `start` belongs to, if that is
    sooner."""
    service = service_at(restaurant, start)
    return until if service is None else min(until, service.open_until)


def seated_until(
    restaurant: Restaurant,
    start: dt.datetime,
    held_until: dt.datetime,
    now: dt.datetime,
    overstay: dt.timedelta,
) -> dt.datetime:
    """Until when a party that sits at `now`, booked from `start` to `held_until`, keeps others
    from its table."""
    return max(held_until, within_service(restaurant, start, now + overstay))


def late_until(
    restaurant: Restaurant, start: dt.datetime, projected: dt.datetime, now: dt.datetime
) -> dt.datetime:
    """Until when a guest who is late keeps other guests from the table, whose sitting booked from
    `start` would be over, and the table laid anew, at `projected`."""
    return min(within_service(restaurant, start, projected), now + REACH)


def next_reach(
    offered: Sequence[Sitting], now: dt.datetime, overstay: dt.timedelta
) -> dt.datetime | None:
    """The first instant after `now` at which parties that still sit reach into another of the
    `offered` sittings, which are in order."""
    reached = bisect_left(offered, now + overstay, key=attrgetter("start"))
    if reached == len(offered):
        return None
    return offered[reached].start - overstay + dt.datetime.resolution


def busy_with(busy: Busy, holds: Iterable[Hold]) -> Busy:
    """What is held by the book and beyond it."""
    spans: dict[int, list[Span]] = {}
    for hold in holds:
        spans.setdefault(hold.table_key, list(busy.get(hold.table_key, ()))).append(
            (hold.start, hold.until)
        )
    return {**busy, **{key: _joined(held) for key, held in spans.items()}}


def _joined(spans: Iterable[Span]) -> Sequence[Span]:
    """The spans in order, those that overlap or touch as one."""
    joined: list[Span] = []
    for start, until in sorted(spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(until, joined[-1][1]))
        else:
            joined.append((start, until))
    return joined
