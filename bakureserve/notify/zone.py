"""A time zone as calendars are told of it (RFC 5545, section 3.6.5): the rules of one year."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import icalendar

_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


class _Onset(NamedTuple):
    """When a rule begins, by the clocks that it changes, and the offsets before and after."""

    clocks: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    name: str
    is_summer: bool


def timezone_of(zone: ZoneInfo, year: int) -> icalendar.Timezone:
    """The zone with the rules in force in a year, and none of those before."""
    import icalendar  # noqa: PLC0415 - a tenth of a second that no start need wait for

    timezone = icalendar.Timezone()
    timezone.add("tzid", zone.key)
    for onset in _onsets(zone, year):
        part = icalendar.TimezoneDaylight() if onset.is_summer else icalendar.TimezoneStandard()
        part.add("dtstart", onset.clocks)
        part.add("tzoffsetfrom", onset.before)
        part.add("tzoffsetto", onset.after)
        part.add("tzname", onset.name)
        timezone.add_component(part)
    return timezone


def is_told_twice(moment: dt.datetime) -> bool:
    """Whether clocks show this local time twice, as when they are set back in autumn."""
    return moment.utcoffset() != moment.replace(fold=1 - moment.fold).utcoffset()


def _onsets(zone: ZoneInfo, year: int) -> Iterator[_Onset]:
    """The rule in force when the year begins, and each that begins in it."""
    moment = dt.datetime(year, 1, 1, tzinfo=zone).astimezone(dt.UTC)
    yield _onset(zone, moment, _offset(zone, moment))
    while moment.year <= year:
        if _offset(zone, moment) != _offset(zone, moment + _DAY):
            yield _onset(zone, _change(zone, moment), _offset(zone, moment))
        moment += _DAY


def _onset(zone: ZoneInfo, moment: dt.datetime, before: dt.timedelta) -> _Onset:
    local = moment.astimezone(zone)
    clocks = moment.replace(tzinfo=None) + before
    return _Onset(clocks, before, _offset(zone, moment), str(local.tzname()), bool(local.dst()))


def _change(zone: ZoneInfo, moment: dt.datetime) -> dt.datetime:
    """The second at which the offset changes within the day from `moment` on."""
    before, early, late = _offset(zone, moment), moment, moment + _DAY
    while late - early > _SECOND:
        middle = early + (late - early) // 2
        middle = middle.replace(microsecond=0)
        early, late = (middle, late) if _offset(zone, middle) == before else (early, middle)
    return late


def _offset(zone: ZoneInfo, moment: dt.datetime) -> dt.timedelta:
    return moment.astimezone(zone).utcoffset() or dt.timedelta()
