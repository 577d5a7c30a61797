"""Venues, days and clocks that lie where booking rules go wrong: near DST changes above all."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from bakureserve.domain.venue import OpeningHours, Period, SpecialDay, TurnTime, Venue
from tests.builders import a_venue, some_tables

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


def periods() -> st.SearchStrategy[tuple[Period, ...]]:
    """Up to three periods of a date: breaks, nights, touching and overlapping ones."""
    quarter_hours = st.integers(0, 95).map(lambda quarter: quarter * 15)
    one = st.builds(
        lambda opens, quarters: Period(opens, opens + quarters * 15),
        quarter_hours,
        st.integers(1, 96),
    )
    whole_day = st.just(Period(0, 1440))
    return st.lists(one | whole_day, max_size=3).map(tuple)


@st.composite
def venues(draw: st.DrawFn) -> Venue:
    """A venue of any hours, policy and zone."""
    special = draw(st.dictionaries(days(), periods(), max_size=3))
    patterns = draw(st.tuples(periods(), periods(), periods()))
    turns = sorted(draw(st.sets(st.integers(1, 8), min_size=1, max_size=3)))
    return a_venue(
        timezone=draw(st.sampled_from(ZONES)),
        hours=OpeningHours(
            weekly=tuple(patterns[weekday % 3] for weekday in range(7)),
            special_days=tuple(SpecialDay(date=d, periods=p) for d, p in sorted(special.items())),
        ),
        tables=some_tables(*draw(st.lists(st.integers(1, 10), min_size=1, max_size=4))),
        slot_minutes=draw(st.sampled_from([15, 20, 30, 45, 60, 90])),
        turn_times=tuple(
            TurnTime(up_to=up_to, minutes=draw(st.integers(2, 40)) * 15) for up_to in turns
        ),
        buffer_minutes=draw(st.sampled_from([0, 10, 30])),
        last_seating_minutes=draw(st.none() | st.integers(0, 16).map(lambda q: q * 15)),
        lead_minutes=draw(st.sampled_from([0, 30, 60, 24 * 60, 3 * 24 * 60])),
        horizon_days=draw(st.integers(0, 3)),
        min_party=draw(st.integers(1, 3)),
        max_party=draw(st.none() | st.integers(1, 12)),
    )
