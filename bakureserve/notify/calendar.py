"""A reservation as an iCalendar object (RFC 5545), sent as an invitation (RFC 5546)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple
from zoneinfo import ZoneInfo

from bakureserve import __version__
from bakureserve.domain.notifications import ENDS_A_VISIT, Notice

if TYPE_CHECKING:
    import icalendar


def is_over(notice: Notice) -> bool:
    """Whether the guest is no longer expected."""
    return notice.kind in ENDS_A_VISIT or notice.status == "cancelled"


def method_of(notice: Notice) -> str:
    """The iTIP method: what the calendar does with the entry."""
    return "CANCEL" if is_over(notice) else "REQUEST"


def calendar_of(notice: Notice, *, summary: str, organizer: str, attendee: str) -> bytes:
    """The entry, in the restaurant's own zone with that zone's rules of the year.

    A visit that begins or ends in the hour that clocks show twice is given in UTC instead.
    The UID is the reservation's and never changes, and SEQUENCE rises with every change: a calendar
    tells an update from a second visit, and a delayed e-mail from a new one.
    """
    import icalendar  # noqa: PLC0415 - takes a tenth of a second

    zone = ZoneInfo(notice.timezone)
    start, end = notice.start.astimezone(zone), notice.end.astimezone(zone)
    in_utc = is_ambiguous(start) or is_ambiguous(end)
    event = icalendar.Event()
    event.add("uid", f"{notice.reservation_id}@bakureserve")
    event.add("sequence", notice.sequence)
    event.add("dtstamp", notice.at)
    event.add("dtstart", start.astimezone(dt.UTC) if in_utc else start)
    event.add("dtend", end.astimezone(dt.UTC) if in_utc else end)
    event.add("summary", summary)
    event.add("location", ", ".join(filter(None, (notice.restaurant_name, notice.address))))
    event.add("status", "CANCELLED" if is_over(notice) else "CONFIRMED")
    event.add("organizer", _person(organizer, notice.restaurant_name))
    event.add("attendee", _person(attendee, notice.guest_name, PARTSTAT="ACCEPTED"))

    calendar = icalendar.Calendar()
    calendar.add("prodid", f"-//bakureserve//{__version__}//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method_of(notice))
    if not in_utc:
        calendar.add_component(timezone_of(zone, start.year))
    calendar.add_component(event)
    written: bytes = calendar.to_ical()
    return written


def _person(address: str, name: str, **parameters: str) -> icalendar.vCalAddress:
    import icalendar  # noqa: PLC0415

    person = icalendar.vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = name
    person.params.update(parameters)
    return person


_DAY, _SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


class _Onset(NamedTuple):
    """When a time zone's rule begins, in local time, and the offsets before and after."""

    clocks: dt.datetime
    before: dt.timedelta
    after: dt.timedelta
    name: str
    is_summer: bool


def timezone_of(zone: ZoneInfo, year: int) -> icalendar.Timezone:
    """The zone with the rules in force in a year, and no earlier ones."""
    import icalendar  # noqa: PLC0415 - takes a tenth of a second

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


def is_ambiguous(moment: dt.datetime) -> bool:
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
