from __future__ import annotations

import datetime as dt
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.restaurants.hours import periods_on, service_at, services_on
from bakureserve.domain.restaurants.restaurant import OpeningHours, Restaurant
from tests.kit.builders import a_restaurant, periods, some_hours, utc
from tests.kit.strategies import days, restaurants

FRIDAY = dt.date(2026, 5, 1)
SATURDAY = dt.date(2026, 5, 2)


def shown(restaurant: Restaurant, day: dt.date) -> str:
    """The day's services by the wall clock, with `open_until` where it is beyond the closing."""

    def clock(moment: dt.datetime) -> str:
        return moment.astimezone(restaurant.zone).strftime("%a%H:%M")

    return ", ".join(
        f"{clock(service.opens)} {clock(service.closes)}"
        + (f" {clock(service.open_until)}" if service.open_until != service.closes else "")
        for service in services_on(restaurant, day)
    )


def test_a_weekday_has_its_own_periods() -> None:
    hours = some_hours("10:00-23:00", week={4: "12:00-15:00 18:00-02:00", 6: ""})
    assert periods_on(hours, FRIDAY) == periods("12:00-15:00 18:00-02:00")
    assert periods_on(hours, SATURDAY) == periods("10:00-23:00")
    assert periods_on(hours, SATURDAY + dt.timedelta(days=1)) == ()


def test_a_special_day_replaces_the_weekday_and_does_not_cut_the_night_before() -> None:
    hours = some_hours("10:00-23:00", special={"2026-05-01": "18:00-03:00", "2026-05-02": ""})
    assert periods_on(hours, FRIDAY) == periods("18:00-03:00")
    assert periods_on(hours, SATURDAY) == ()
    assert periods_on(hours, dt.date(2026, 5, 8)) == periods("10:00-23:00")
    restaurant = a_restaurant(hours=hours)
    assert shown(restaurant, FRIDAY) == "Fri18:00 Sat03:00"
    assert shown(restaurant, SATURDAY) == ""


# What Friday's hours are, what Saturday's are, and the services that belong to Friday.
FRIDAYS = [
    ("10:00-23:00", "10:00-23:00", "Fri10:00 Fri23:00"),
    ("", "10:00-23:00", ""),
    ("12:00-15:00 18:00-23:00", "", "Fri12:00 Fri15:00, Fri18:00 Fri23:00"),
    ("18:00-23:00 12:00-15:00", "", "Fri12:00 Fri15:00, Fri18:00 Fri23:00"),
    ("18:00-02:00", "10:00-23:00", "Fri18:00 Sat02:00"),
    ("18:00-24:00", "", "Fri18:00 Sat00:00"),
    # periods of one date that touch or overlap are one service
    ("12:00-15:00 15:00-23:00", "", "Fri12:00 Fri23:00"),
    ("12:00-18:00 15:00-23:00", "", "Fri12:00 Fri23:00"),
    ("12:00-23:00 15:00-16:00", "", "Fri12:00 Fri23:00"),
    # running into the next date's opening: the later date takes over, those seated stay
    ("00:00-24:00", "00:00-24:00", "Fri00:00 Sat00:00 Sun00:00"),
    ("00:00-24:00", "00:00-02:00 10:00-23:00", "Fri00:00 Sat00:00 Sat02:00"),
    ("18:00-02:00", "02:00-04:00 04:00-05:00", "Fri18:00 Sat02:00 Sat05:00"),
    ("18:00-02:00", "01:00-04:00", "Fri18:00 Sat01:00 Sat04:00"),
    ("18:00-06:00", "01:00-04:00", "Fri18:00 Sat01:00 Sat06:00"),
    ("18:00-02:00", "02:01-04:00", "Fri18:00 Sat02:00"),
    ("10:00-12:00 18:00-02:00", "02:00-04:00", "Fri10:00 Fri12:00, Fri18:00 Sat02:00 Sat04:00"),
    ("10:00-12:00 23:00-22:00", "21:00-23:00", "Fri10:00 Fri12:00, Fri23:00 Sat21:00 Sat23:00"),
]


def test_the_services_of_a_friday() -> None:
    for friday, saturday, expected in FRIDAYS:
        restaurant = a_restaurant(hours=some_hours("", week={4: friday, 5: saturday}))
        assert shown(restaurant, FRIDAY) == expected


def test_a_service_knows_its_date_and_its_times_in_utc() -> None:
    (service,) = services_on(a_restaurant(hours="18:00-02:00"), FRIDAY)
    assert service.service_date == FRIDAY
    assert (service.opens, service.closes) == (utc("2026-05-01 14:00"), utc("2026-05-01 22:00"))


# Zone, date, hours, and how many minutes the service lasts.
DST_SERVICES = [
    ("Europe/Berlin", "2026-03-29", "01:00-05:00", [180]),
    ("Europe/Berlin", "2026-10-25", "01:00-05:00", [300]),
    ("Europe/Berlin", "2026-10-24", "20:00-04:00", [540]),
    ("America/New_York", "2026-03-08", "00:00-24:00", [23 * 60]),
    ("America/New_York", "2026-11-01", "00:00-24:00", [25 * 60]),
    ("Australia/Lord_Howe", "2026-10-04", "01:00-05:00", [210]),
    ("Australia/Lord_Howe", "2026-04-05", "01:00-05:00", [270]),
    ("America/Sao_Paulo", "2017-10-14", "20:00-02:00", [300]),
    ("America/Sao_Paulo", "2017-10-15", "00:00-02:00", [60]),
    ("America/Sao_Paulo", "2018-02-17", "20:00-02:00", [420]),
    ("Asia/Baku", "2015-03-29", "03:00-06:00", [120]),
    ("Asia/Baku", "2026-03-29", "03:00-06:00", [180]),
    # the gap moves an opening or a closing that it skips
    ("Europe/Berlin", "2026-03-29", "02:30-05:00", [90]),
    ("Europe/Berlin", "2026-03-29", "01:00-02:30", [90]),
    # and leaves nothing of a period that would close before it opens
    ("Europe/Berlin", "2026-03-29", "02:30-03:00", []),
    ("Europe/Berlin", "2026-03-29", "02:30-03:00 12:00-13:00", [60]),
    # two periods that only the skipped hour kept apart
    ("America/Sao_Paulo", "2017-10-15", "00:00-00:30 01:00-02:00", [60]),
    ("Pacific/Apia", "2011-12-30", "10:00-12:00", []),
]


def test_a_service_lasts_as_long_as_the_clocks_let_it() -> None:
    for zone, day, hours, expected in DST_SERVICES:
        restaurant = a_restaurant(hours=hours, timezone=zone)
        services = services_on(restaurant, dt.date.fromisoformat(day))
        assert [(s.closes - s.opens) // dt.timedelta(minutes=1) for s in services] == expected


def test_a_service_is_open_from_its_opening_until_just_before_its_closing() -> None:
    for moment, service_date in [
        ("2026-05-01 17:59", None),
        ("2026-05-01 18:00", FRIDAY),
        ("2026-05-02 01:59", FRIDAY),
        ("2026-05-02 02:00", None),
        ("2026-05-02 18:00", SATURDAY),
    ]:
        restaurant = a_restaurant(hours="18:00-02:00", timezone="UTC")
        service = service_at(restaurant, utc(moment))
        assert (service and service.service_date) == service_date


def test_at_a_restaurant_that_never_closes_midnight_belongs_to_the_new_date() -> None:
    restaurant = a_restaurant(hours="00:00-24:00", timezone="UTC")
    service = service_at(restaurant, utc("2026-05-02 00:00"))
    assert service is not None
    assert service.service_date == SATURDAY


def test_hours_beyond_the_calendar_are_refused() -> None:
    for day in [dt.date.min, dt.date.max]:
        with pytest.raises(Invalid, match="time_out_of_range"):
            services_on(a_restaurant(hours="00:00-24:00"), day)
        assert services_on(a_restaurant(hours=OpeningHours(weekly=((),) * 7)), day) == ()


@given(restaurants(), days())
def test_services_of_neighbouring_dates_are_ascending_and_apart(
    restaurant: Restaurant, day: dt.date
) -> None:
    services = [
        service
        for offset in (-1, 0, 1)
        for service in services_on(restaurant, day + dt.timedelta(days=offset))
    ]
    assert all(s.opens < s.closes <= s.open_until for s in services)
    assert all(before.closes <= after.opens for before, after in pairwise(services))


@given(restaurants(), days(), st.integers(0, 1439))
def test_an_open_instant_belongs_to_the_one_service_that_contains_it(
    restaurant: Restaurant, day: dt.date, minute: int
) -> None:
    moment = dt.datetime.combine(day, dt.time(), ZoneInfo("UTC")) + dt.timedelta(minutes=minute)
    today = moment.astimezone(restaurant.zone).date()
    containing = [
        service
        for offset in (-2, -1, 0, 1)
        for service in services_on(restaurant, today + dt.timedelta(days=offset))
        if service.opens <= moment < service.closes
    ]
    assert [service_at(restaurant, moment)] == (containing or [None])


@given(restaurants(), days(), st.integers(0, 1439))
def test_a_minute_within_a_period_of_the_date_is_open(
    restaurant: Restaurant, day: dt.date, minute: int
) -> None:
    """A plain model: by the wall clock, on days without a DST change."""
    wall = dt.datetime.combine(day, dt.time(), restaurant.zone) + dt.timedelta(minutes=minute)
    around = {(wall + dt.timedelta(days=offset)).utcoffset() for offset in (-1, 0, 1)}
    if len(around) > 1:
        return
    yesterday = day - dt.timedelta(days=1)
    open_now = any(
        period.opens <= at < period.closes
        for date, at in ((day, minute), (yesterday, minute + 1440))
        for period in periods_on(restaurant.hours, date)
    )
    ran_into = any(p.opens <= minute for p in periods_on(restaurant.hours, day))
    service = service_at(restaurant, wall.astimezone(dt.UTC))
    if service is not None:
        assert open_now
    elif open_now:
        # Only a night before that reaches beyond the new date's first opening gives way to it.
        assert ran_into
        assert not any(p.opens <= minute < p.closes for p in periods_on(restaurant.hours, day))
