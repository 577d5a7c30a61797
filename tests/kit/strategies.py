"""Restaurants, days and clocks where booking rules go wrong: above all near DST changes."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from bakureserve.domain.restaurants.restaurant import (
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    SpecialDay,
    TurnTime,
)
from tests.kit.builders import a_restaurant, some_tables

ZONES = (
    "Asia/Baku",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Sao_Paulo",
    "America/Nuuk",
)

DAYS_OF_INTEREST = tuple(
    dt.date.fromisoformat(day)
    for day in (
        "2015-03-29",  # Baku's last spring gap
        "2015-10-25",
        "2017-10-15",  # São Paulo skips midnight
        "2018-02-18",  # São Paulo repeats the hour before midnight
        "2024-02-29",
        "2026-03-08",  # New York
        "2026-03-29",  # Berlin; Nuuk the evening before
        "2026-04-05",  # Lord Howe turns back half an hour
        "2026-05-01",
        "2026-10-04",
        "2026-10-25",
        "2026-11-01",
        "2026-12-31",
    )
)


def days() -> st.SearchStrategy[dt.date]:
    """Dates at DST changes, leap day, the year's end, and the dates around them."""
    return st.builds(
        lambda day, offset: day + dt.timedelta(days=offset),
        st.sampled_from(DAYS_OF_INTEREST),
        st.integers(-2, 2),
    )


def quarters(least: int, most: int) -> st.SearchStrategy[int]:
    """Minutes, in whole quarters of an hour."""
    return st.integers(least, most).map(lambda quarter: quarter * 15)


PERIODS = st.builds(
    lambda opens, length: Period(opens, opens + length), quarters(0, 95), quarters(1, 96)
)
DAYS_PERIODS = st.lists(PERIODS | st.just(Period(0, 1440)), max_size=3).map(tuple)
"""Up to three periods of a date: breaks, nights, touching and overlapping ones."""

POLICIES = st.builds(
    BookingPolicy,
    slot_minutes=st.sampled_from([15, 20, 30, 45, 60, 90]),
    turn_times=st.builds(
        lambda couple, rest: (TurnTime(2, couple), TurnTime(4, rest)),
        quarters(2, 8),
        quarters(2, 30),
    ),
    buffer_minutes=st.sampled_from([0, 10, 30]),
    last_seating_minutes=st.none() | quarters(0, 16),
    lead_minutes=st.sampled_from([0, 30, 60, 24 * 60, 3 * 24 * 60]),
    horizon_days=st.integers(0, 3),
    min_party=st.integers(1, 2),
    max_party=st.none() | st.integers(4, 8),
)

PARTIES = st.integers(1, 6)


@st.composite
def restaurants(draw: st.DrawFn) -> Restaurant:
    """A restaurant of any hours, policy and zone."""
    week = draw(st.tuples(DAYS_PERIODS, DAYS_PERIODS, DAYS_PERIODS))
    special = draw(st.dictionaries(st.sampled_from(DAYS_OF_INTEREST), DAYS_PERIODS, max_size=2))
    return a_restaurant(
        timezone=draw(st.sampled_from(ZONES)),
        hours=OpeningHours(
            weekly=tuple(week[weekday % 3] for weekday in range(7)),
            special_days=tuple(SpecialDay(date=d, periods=p) for d, p in special.items()),
        ),
        tables=some_tables(2, draw(st.integers(4, 8))),
        policy=draw(POLICIES),
    )
