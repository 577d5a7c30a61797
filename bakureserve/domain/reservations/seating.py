"""Which table a party gets, how it holds the table beyond its booked time, and what becomes of a
late party's table.

A party gets the smallest table that fits and is free. A seated party holds its table until it
leaves: until the end of its sitting or, if that is later, for a while from now, but not beyond its
service. A late guest on the way holds it for the whole sitting from when they are expected.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Literal

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.domain.reservations.sittings import Sitting
from bakureserve.domain.restaurants.hours import service_at
from bakureserve.domain.restaurants.restaurant import Restaurant, Table

_capacity = attrgetter("capacity")

Busy = Mapping[int, Sequence[tuple[dt.datetime, dt.datetime]]]
"""Table key → the half-open intervals [start, end) in which it is held, ascending and apart."""


def tables_that_fit(restaurant: Restaurant, party_size: int) -> tuple[Table, ...]:
    """The tables with room for a party, smallest first; equal ones in floor-plan order."""
    by_size = restaurant.tables_by_size
    return by_size[bisect_left(by_size, party_size, key=_capacity) :]


def chosen_table(restaurant: Restaurant, table_id: str, party_size: int) -> Table:
    """The requested table, free or not.

    Raises Invalid: table_of_another_venue, party_larger_than_table.
    """
    table = restaurant.tables_by_id.get(table_id)
    if table is None:
        raise Invalid("table_of_another_venue", field="table_id", table_id=table_id)
    if party_size > table.capacity:
        raise Invalid(
            "party_larger_than_table",
            field="table_id",
            table=table.name,
            capacity=table.capacity,
        )
    return table


def free_tables(
    tables: Iterable[Table], busy: Busy, start: dt.datetime, held_until: dt.datetime
) -> tuple[Table, ...]:
    """Those of `tables` that are free in the whole of [start, held_until), in their order."""
    return tuple(
        table
        for table in tables
        if not (held := busy.get(table.key)) or _free(held, start, held_until)
    )


def _free(
    held: Sequence[tuple[dt.datetime, dt.datetime]], start: dt.datetime, until: dt.datetime
) -> bool:
    """Of the intervals that begin before `until`, only the last can reach past `start`."""
    begun = bisect_left(held, (until,))
    return begun == 0 or held[begun - 1][1] <= start


REACH = dt.timedelta(days=1)
"""No hold reaches farther into the future."""

Span = tuple[dt.datetime, dt.datetime]


class Hold(msgspec.Struct, frozen=True):
    """A table kept for a reservation in [start, until). Staff may break a late guest's."""

    table_key: int
    reservation_id: str
    start: dt.datetime
    until: dt.datetime
    is_late: bool

    def blocks(self, sitting: Sitting) -> bool:
        """Whether the sitting cannot have the table because of this hold."""
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
    """Until when a party that sits at `now`, booked from `start` to `held_until`, holds its
    table."""
    return max(held_until, within_service(restaurant, start, now + overstay))


def late_until(
    restaurant: Restaurant, start: dt.datetime, projected: dt.datetime, now: dt.datetime
) -> dt.datetime:
    """Until when a late guest holds the table. The sitting booked from `start` would end, buffer
    included, at `projected`."""
    return min(within_service(restaurant, start, projected), now + REACH)


def next_reach(
    offered: Sequence[Sitting], now: dt.datetime, overstay: dt.timedelta
) -> dt.datetime | None:
    """The first instant after `now` at which seated parties hold their tables into another of the
    `offered` sittings, which are in order."""
    reached = bisect_left(offered, now + overstay, key=attrgetter("start"))
    if reached == len(offered):
        return None
    return offered[reached].start - overstay + dt.datetime.resolution


def busy_with(busy: Busy, holds: Iterable[Hold]) -> Busy:
    """The busy intervals together with the holds."""
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


OptionKind = Literal["shorten_sitting", "move_guest", "move_next", "release_table"]

SHORTEST_SITTING = dt.timedelta(minutes=30)
"""A sitting that would be cut shorter than this is not suggested."""


class Option(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing the host can do. `tables` are ids of free tables, `minutes` the new length."""

    kind: OptionKind
    minutes: int | None = None
    tables: tuple[str, ...] = ()
    reservation_id: str | None = None


class TableOutlook(msgspec.Struct, frozen=True, kw_only=True):
    """Whether a late guest's table can wait for them, and if not, what the host can do."""

    kept: bool
    next_start: dt.datetime | None = None
    options: tuple[Option, ...] = ()


def moved_sitting(reservation: Reservation, arrival: dt.datetime) -> Sitting:
    """The whole sitting, its buffer included, from the arrival instead of the booked time."""
    start = max(arrival, reservation.start)
    shift = start - reservation.start
    return Sitting(
        start, reservation.end + shift, reservation.held_until + shift, reservation.service_date
    )


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
