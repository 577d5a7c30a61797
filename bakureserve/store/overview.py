"""How many reservations there are around a moment: what an operator looks at, in one query."""

from __future__ import annotations

import datetime as dt
from typing import NamedTuple

from bakureserve.store.codec import to_us
from bakureserve.store.transaction import Transaction

_AROUND = dt.timedelta(hours=48)
"""Wide enough for today's service anywhere on earth; read by the index on `starts_at`."""


class DayCount(NamedTuple):
    """Reservations of one restaurant, service date and status, and their covers."""

    restaurant_id: str
    service_date: str
    status: str
    reservations: int
    covers: int


def days_around(transaction: Transaction, now: dt.datetime) -> list[DayCount]:
    """The counts of the days about `now`, of every restaurant."""
    rows = transaction.all(
        "select restaurant_id, service_date, status, count(*), sum(party_size) from reservation"
        " where starts_at between ? and ? group by 1, 2, 3",
        (to_us(now - _AROUND), to_us(now + _AROUND)),
    )
    return [DayCount(*row) for row in rows]
