# ruff: noqa: DTZ001, DTZ901 - times without an offset are the subject
from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.localtime import (
    EARLIEST,
    LATEST,
    at_minute,
    calendar_text,
    clock_text,
    local_date,
    to_utc,
)
from tests.kit.builders import utc

BAKU = ZoneInfo("Asia/Baku")
BERLIN = ZoneInfo("Europe/Berlin")

# Local wall clock, zone, what it is in UTC.
WALL_CLOCKS = [
    ("2026-05-01 19:30", "Asia/Baku", "2026-05-01 15:30"),
    ("2026-01-01 00:00", "Asia/Baku", "2025-12-31 20:00"),
    ("2028-02-29 23:59", "Asia/Baku", "2028-02-29 19:59"),
    # Baku had summer time until 2016: from 04:00 to 05:00, and back
    ("2015-03-29 03:59", "Asia/Baku", "2015-03-28 23:59"),
    ("2015-03-29 04:30", "Asia/Baku", "2015-03-29 00:30"),
    ("2015-07-01 12:00", "Asia/Baku", "2015-07-01 07:00"),
    ("2015-10-25 04:30", "Asia/Baku", "2015-10-24 23:30"),
    ("2016-07-01 12:00", "Asia/Baku", "2016-07-01 08:00"),
    # a gap: 02:30 does not exist and means 03:30
    ("2026-03-29 02:30", "Europe/Berlin", "2026-03-29 01:30"),
    ("2026-03-29 03:30", "Europe/Berlin", "2026-03-29 01:30"),
    ("2026-03-08 02:30", "America/New_York", "2026-03-08 07:30"),
    ("2026-10-04 02:15", "Australia/Lord_Howe", "2026-10-03 15:45"),
    ("2017-10-15 00:30", "America/Sao_Paulo", "2017-10-15 03:30"),
    # a fold: 02:30 happens twice and means the first time
    ("2026-10-25 02:30", "Europe/Berlin", "2026-10-25 00:30"),
    ("2026-10-25 03:00", "Europe/Berlin", "2026-10-25 02:00"),
    ("2026-11-01 01:30", "America/New_York", "2026-11-01 05:30"),
    ("2026-04-05 01:45", "Australia/Lord_Howe", "2026-04-04 14:45"),
    ("2018-02-17 23:30", "America/Sao_Paulo", "2018-02-18 01:30"),
]


def test_a_time_without_an_offset_or_a_minute_of_a_date_is_restaurant_local() -> None:
    for wall, name, expected in WALL_CLOCKS:
        naive, zone = dt.datetime.fromisoformat(wall), ZoneInfo(name)
        assert to_utc(naive, zone) == utc(expected)
        minutes = naive.hour * 60 + naive.minute
        for days in (-1, 0, 1):
            date = naive.date() + dt.timedelta(days=days)
            assert at_minute(date, minutes - days * 1440, zone) == utc(expected)


def test_the_fold_of_a_time_without_an_offset_is_ignored() -> None:
    second = dt.datetime(2026, 10, 25, 2, 30, fold=1)
    assert to_utc(second, BERLIN) == utc("2026-10-25 00:30")


def test_a_time_with_an_offset_is_converted_whatever_the_zone() -> None:
    moment = dt.datetime.fromisoformat("2026-05-01T19:30:00-03:00")
    assert to_utc(moment, BAKU) == utc("2026-05-01 22:30")
    assert to_utc(moment, BAKU).tzinfo is dt.UTC


def test_times_outside_the_calendar_are_refused_by_field() -> None:
    for moment in [
        dt.datetime.min,
        dt.datetime.max,
        dt.datetime.min.replace(tzinfo=dt.timezone(dt.timedelta(hours=14))),
        dt.datetime.max.replace(tzinfo=dt.timezone(dt.timedelta(hours=-12))),
        dt.datetime.max.replace(tzinfo=dt.UTC),
        EARLIEST - dt.datetime.resolution,
        LATEST,
    ]:
        with pytest.raises(Invalid, match="time_out_of_range") as refused:
            to_utc(moment, BAKU, field="end")
        assert refused.value.field == "end"
        assert refused.value.params == {"earliest": 1900, "latest": 2999}


@given(st.datetimes(timezones=st.none() | st.timezones(), allow_imaginary=True), st.timezones())
@example(dt.datetime.min, ZoneInfo("Pacific/Kiritimati"))
@example(dt.datetime.max, ZoneInfo("Pacific/Pago_Pago"))
def test_every_time_is_converted_or_refused(moment: dt.datetime, zone: ZoneInfo) -> None:
    if 1900 < moment.year < 2999:
        assert EARLIEST <= to_utc(moment, zone) < LATEST
    elif not 1899 < moment.year < 3000:
        with pytest.raises(Invalid, match="time_out_of_range"):
            to_utc(moment, zone)


@given(st.datetimes(dt.datetime(1901, 1, 1), dt.datetime(2999, 1, 1)), st.timezones())
def test_a_local_time_is_shown_as_it_was_said_unless_it_was_skipped(
    naive: dt.datetime, zone: ZoneInfo
) -> None:
    back = to_utc(naive, zone).astimezone(zone)
    shown = back.replace(tzinfo=None, fold=0)
    assert back.fold == 0
    if shown != naive:  # skipped, so moved forward by the gap
        before = naive.replace(tzinfo=zone, fold=0).utcoffset()
        after = naive.replace(tzinfo=zone, fold=1).utcoffset()
        assert before is not None
        assert after is not None
        assert shown - naive == after - before > dt.timedelta(0)


def test_minutes_beyond_the_calendar_are_refused() -> None:
    for date, minutes in [
        (dt.date.max, 1440),
        (dt.date.min, -1),
        (dt.date.min, 0),
        (dt.date.max, 10**12),
    ]:
        with pytest.raises(Invalid, match="time_out_of_range") as refused:
            at_minute(date, minutes, BAKU)
        assert refused.value.field == "date"


def test_a_day_with_a_dst_change_is_counted_by_the_wall_clock() -> None:
    sunday = dt.date(2026, 3, 29)
    assert at_minute(sunday, 1440, BERLIN) - at_minute(sunday, 0, BERLIN) == dt.timedelta(hours=23)
    sunday = dt.date(2026, 10, 25)
    assert at_minute(sunday, 1440, BERLIN) - at_minute(sunday, 0, BERLIN) == dt.timedelta(hours=25)


def test_moments_are_written_as_the_restaurants_clock_shows_them() -> None:
    moment = utc("2026-12-31 21:05")
    assert clock_text(moment, BAKU) == "01:05"
    assert calendar_text(moment, BAKU) == "2027-01-01 01:05"
    assert local_date(moment, BAKU) == dt.date(2027, 1, 1)
