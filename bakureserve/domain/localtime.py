"""Restaurant-local time and UTC.

Inside the program every time is UTC. Only this module converts the time of a wall clock:

- A local time that a DST change *repeats* means its first occurrence.
- A local time that a DST change *skips* moves forward by the length of the gap: where the clocks go
  from 02:00 to 03:00, 02:30 means 03:30.

Both are what `zoneinfo` computes for `fold=0` (PEP 495).
"""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from bakureserve.domain.errors import Invalid

EARLIEST = dt.datetime(1900, 1, 1, tzinfo=dt.UTC)
LATEST = dt.datetime(3000, 1, 1, tzinfo=dt.UTC)
"""Times from outside lie in [EARLIEST, LATEST), so that no rule overflows the calendar."""

_MIDNIGHT = dt.time()


def moment_of(text: str) -> dt.datetime:
    """Parse a timestamp of RFC 3339, in which seconds, `T` and the offset may be missing.

    Lower-case `t` and `z` are accepted (section 5.6). Raises ValueError.
    """
    return dt.datetime.fromisoformat(text.strip().upper())


def to_utc(moment: dt.datetime, zone: ZoneInfo, *, field: str = "start") -> dt.datetime:
    """The same moment in UTC; one without an offset is taken as local time in `zone`.

    Raises Invalid (time_out_of_range) for `field` outside [EARLIEST, LATEST).
    """
    if moment.utcoffset() is None:
        moment = moment.replace(tzinfo=zone, fold=0)
    try:
        utc = moment.astimezone(dt.UTC)
    except OverflowError:
        raise _out_of_range(field) from None
    if not EARLIEST <= utc < LATEST:
        raise _out_of_range(field)
    return utc


def at_minute(date: dt.date, minutes: int, zone: ZoneInfo, *, field: str = "date") -> dt.datetime:
    """The UTC instant at which the wall clock shows `minutes` after the date's midnight.

    1500 is 01:00 on the next calendar day, and -1440 the midnight before, however many hours the
    days between have. Raises Invalid (time_out_of_range) where the calendar ends.
    """
    try:
        wall = dt.datetime.combine(date, _MIDNIGHT, zone) + dt.timedelta(minutes=minutes)
        return wall.astimezone(dt.UTC)
    except OverflowError:
        raise _out_of_range(field) from None


def local_date(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    """The calendar date at the restaurant at an aware moment."""
    return moment.astimezone(zone).date()


def clock_text(moment: dt.datetime, zone: ZoneInfo) -> str:
    """The wall clock as HH:MM."""
    return moment.astimezone(zone).strftime("%H:%M")


def calendar_text(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Date and wall clock as YYYY-MM-DD HH:MM."""
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(" ", "minutes")


def _out_of_range(field: str) -> Invalid:
    return Invalid("time_out_of_range", field=field, earliest=EARLIEST.year, latest=LATEST.year - 1)
