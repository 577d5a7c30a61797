"""Small restaurants for tests: say what matters to the test, the rest is sensible."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from bakureserve.domain.restaurants.restaurant import (
    MINUTES_A_DAY,
    Area,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    SpecialDay,
    Table,
)


def minutes(clock: str) -> int:
    """ "18:30" as minutes after midnight."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def a_period(text: str) -> Period:
    """ "18:00-02:00" as a period; a closing at or before the opening is after midnight."""
    opens, closes = map(minutes, text.split("-"))
    return Period(opens, closes if closes > opens else closes + MINUTES_A_DAY)


def periods(text: str) -> tuple[Period, ...]:
    """ "12:00-15:00 18:00-02:00" as periods; "" is closed."""
    return tuple(map(a_period, text.split()))


def some_hours(
    daily: str = "10:00-23:00",
    *,
    week: Mapping[int, str] | None = None,
    special: Mapping[str, str] | None = None,
) -> OpeningHours:
    """The same periods every day, but for the weekdays (Monday is 0) and dates that are named."""
    return OpeningHours(
        weekly=tuple(periods((week or {}).get(weekday, daily)) for weekday in range(7)),
        special_days=tuple(
            SpecialDay(date=dt.date.fromisoformat(date), periods=periods(text))
            for date, text in sorted((special or {}).items())
        ),
    )


def some_tables(*capacities: int) -> tuple[Table, ...]:
    """Tables "t1", "t2", … with keys 1, 2, … in the order of their capacities."""
    return tuple(
        Table(id=f"t{number}", name=f"T{number}", capacity=capacity, key=number)
        for number, capacity in enumerate(capacities, start=1)
    )


def a_restaurant(
    *,
    hours: OpeningHours | str = "10:00-23:00",
    tables: Iterable[Table] | None = None,
    **fields: Any,
) -> Restaurant:
    """A restaurant open daily from 10 to 23 with tables for two, four and six.

    Fields of BookingPolicy may be given by name beside those of Restaurant.
    """
    rules = {name: fields.pop(name) for name in BookingPolicy.__struct_fields__ if name in fields}
    room = Area(
        id="hall", name="Hall", tables=tuple(some_tables(2, 4, 6) if tables is None else tables)
    )
    given: dict[str, Any] = {
        "id": "11111111-1111-4111-8111-111111111111",
        "slug": "sahil-bagi",
        "name": "Sahil Bağı",
        "areas": (room,),
        "hours": some_hours(hours) if isinstance(hours, str) else hours,
        "policy": BookingPolicy(**rules),
    }
    return Restaurant(**(given | fields))


def utc(text: str) -> dt.datetime:
    """ "2026-05-01 19:30" as that moment in UTC."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)
