"""When a restaurant is open: opening hours as services, each with the date it belongs to.

A service is an unbroken stretch of opening. Periods of one date that touch or overlap are one
service. A service may run past midnight and still belongs to the date it opened on, until the next
date's first opening: from then on only the next date's hours count. So no instant belongs to two
services, and at a restaurant that never closes each belongs to one. Guests already seated stay
through that change of date: `open_until` says for how long.

Period of one date            Service(opens, closes, open_until)
Fri 18:00-02:00               Fri 18:00, Sat 02:00, Sat 02:00
Fri 00:00-24:00, Sat likewise Fri 00:00, Sat 00:00, Sat 24:00
"""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.localtime import at_minute, local_date
from bakureserve.domain.restaurants.restaurant import (
    DAYS_REMEMBERED,
    MINUTES_A_DAY,
    OpeningHours,
    Period,
    Restaurant,
)

_ONE_DAY = dt.timedelta(days=1)
Span = tuple[dt.datetime, dt.datetime]


class Service(msgspec.Struct, frozen=True):
    """One service of `service_date`, in UTC.

    Sittings start in [opens, closes) and end by `open_until`, which is `closes` unless the next
    date's first service follows without a break.
    """

    service_date: dt.date
    opens: dt.datetime
    closes: dt.datetime
    open_until: dt.datetime


def periods_on(hours: OpeningHours, day: dt.date) -> tuple[Period, ...]:
    """The periods of one date: a special day's own, none if it is closed, else the weekday's."""
    for special in hours.special_days:
        if special.date == day:
            return special.periods
    return hours.weekly[day.weekday()]


def services_on(restaurant: Restaurant, day: dt.date) -> tuple[Service, ...]:
    """The services that belong to a restaurant-local date, in the order of their opening.

    Raises Invalid (time_out_of_range) where the calendar ends.
    """
    remembered: dict[dt.date, tuple[Service, ...]] = restaurant.remembered.services
    services = remembered.get(day)
    if services is None:
        if len(remembered) >= DAYS_REMEMBERED:
            remembered.clear()
        services = remembered[day] = _services_on(restaurant, day)
    return services


def _services_on(restaurant: Restaurant, day: dt.date) -> tuple[Service, ...]:
    spans = _open_spans(restaurant, day)
    if not spans:
        return ()
    if spans[-1][1] < at_minute(day, MINUTES_A_DAY, restaurant.zone):
        return tuple(Service(day, opens, closes, closes) for opens, closes in spans)
    return _until_next_opening(day, spans, _open_spans(restaurant, day + _ONE_DAY))


def service_at(restaurant: Restaurant, moment: dt.datetime) -> Service | None:
    """The one service that is open at an aware moment, of that local date or of the one before."""
    today = local_date(moment, restaurant.zone)
    for day in (today, today - _ONE_DAY):
        for service in services_on(restaurant, day):
            if service.opens <= moment < service.closes:
                return service
    return None


def is_same_service(restaurant: Restaurant, one: dt.datetime, other: dt.datetime) -> bool:
    """Whether two aware moments lie in one service; those outside all services count as one."""
    return service_at(restaurant, one) == service_at(restaurant, other)


def day_begins(restaurant: Restaurant, day: dt.date) -> dt.datetime:
    """When a service date begins: at its midnight, or later where the date before is still open.

    Raises Invalid (time_out_of_range) where the calendar ends.
    """
    midnight = at_minute(day, 0, restaurant.zone)
    return max([midnight, *(service.closes for service in services_on(restaurant, day - _ONE_DAY))])


def day_ends(restaurant: Restaurant, day: dt.date) -> dt.datetime:
    """When the next service date begins. Raises Invalid (time_out_of_range)."""
    return day_begins(restaurant, day + _ONE_DAY)


def _open_spans(restaurant: Restaurant, day: dt.date) -> list[Span]:
    """When the date's periods are open, joined where they touch, whatever the next date does."""
    zone = restaurant.zone
    spans: list[Span] = []
    for opens, closes in sorted(
        (at_minute(day, period.opens, zone), at_minute(day, period.closes, zone))
        for period in periods_on(restaurant.hours, day)
    ):
        if spans and opens <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], closes))
        elif opens < closes:  # not where a DST change skips the whole period
            spans.append((opens, closes))
    return spans


def _until_next_opening(
    day: dt.date, spans: list[Span], following: list[Span]
) -> tuple[Service, ...]:
    if not following:
        return tuple(Service(day, opens, closes, closes) for opens, closes in spans)
    takeover = following[0][0]
    return tuple(
        Service(day, opens, min(closes, takeover), _joined(closes, following))
        for opens, closes in spans
        if opens < takeover
    )


def _joined(closes: dt.datetime, following: list[Span]) -> dt.datetime:
    """How long the restaurant stays open without a break beyond `closes`."""
    for opens, later in following:
        if opens <= closes:
            closes = max(closes, later)
    return closes
