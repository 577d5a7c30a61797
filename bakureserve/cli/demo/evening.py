"""Which Friday the demo plays, and when its evening begins."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bakureserve.domain.localtime import at_minute
from bakureserve.domain.reservations.sittings import sittings_on
from bakureserve.domain.restaurants.restaurant import Restaurant

FRIDAY = 4
_WEEKS_AHEAD = 8
_BUSY = dt.timedelta(hours=2, minutes=30)
_EARLIEST_MINUTE, _LATEST_MINUTE = 17 * 60, 20 * 60
"""By the restaurant's clock: between them the first party of an evening sits down."""
_LONGEST_LEAD_MINUTES = 60
_BEFORE_THE_LEAD = dt.timedelta(minutes=4)
"""Enough for the first guests to book the first sitting."""


@dataclass(frozen=True)
class Evening:
    """An evening at a restaurant. `starts` are the sittings that guests want, in UTC."""

    restaurant: Restaurant
    date: dt.date
    starts: tuple[dt.datetime, ...]

    @property
    def begins(self) -> dt.datetime:
        """While the first sitting can still be booked, and the first guests are at home."""
        lead = max(self.restaurant.policy.lead_minutes, _LONGEST_LEAD_MINUTES)
        return self.starts[0] - dt.timedelta(minutes=lead) - _BEFORE_THE_LEAD


def next_evening(restaurant: Restaurant, today: dt.date) -> Evening | None:
    """The next Friday, today's included, on which the restaurant is open in the evening.

    None where there is none in the next weeks.
    """
    first = today + dt.timedelta(days=(FRIDAY - today.weekday()) % 7)
    for week in range(_WEEKS_AHEAD):
        date = first + dt.timedelta(weeks=week)
        if starts := _starts_on(restaurant, date):
            return Evening(restaurant, date, starts)
    return None


def _starts_on(restaurant: Restaurant, date: dt.date) -> tuple[dt.datetime, ...]:
    earliest, latest = (
        at_minute(date, minute, restaurant.zone) for minute in (_EARLIEST_MINUTE, _LATEST_MINUTE)
    )
    starts = [each.start for each in sittings_on(restaurant, date, 2) if each.start >= earliest]
    if not starts or starts[0] > latest:
        return ()
    return tuple(start for start in starts if start <= starts[0] + _BUSY)
