"""Opening hours as JSON and back: the `opening_hours` part of a restaurant's document.

    {"weekly": {"mon": [{"open": "18:00", "close": "02:00"}], …},
     "special_days": [{"date": "2027-01-01", "closed": true, "periods": [], "note": "…"}]}

`close` at or before `open` is after midnight, and "24:00" is midnight at the day's end. A weekday
that is missing is closed. Periods come out in the order of their opening, special days by date.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from bakureserve.domain.document import TEXT, Reader, matching
from bakureserve.domain.restaurants.restaurant import (
    MINUTES_A_DAY,
    OpeningHours,
    Period,
    SpecialDay,
)

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
YEARS = range(2000, 3000)
"""Years of special days; a date outside them is a mistake."""

_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_OPENS = matching(rf"\A{_CLOCK}\Z", "time_expected", latest="23:59")
_CLOSES = matching(rf"\A(?:{_CLOCK}|24:00)\Z", "time_expected", latest="24:00")
_ONE_DAY = dt.timedelta(days=1)

Placed = tuple[str, Period]
"""A period and its path in the document."""
SpecialDays = dict[dt.date, tuple[list[Placed], str]]
"""The periods and the note of each special day."""


def read_hours(reader: Reader) -> OpeningHours:
    """The hours in the reader's object; problems are reported to the reader."""
    reader.refuse_unknown({"weekly", "special_days"})
    weekly = reader.object("weekly")
    weekly.refuse_unknown(WEEKDAYS)
    week = [_periods(weekly, day) for day in WEEKDAYS]
    special = _special_days(reader)
    overlaps = [*_weekly_overlaps(week), *_special_overlaps(special, week)]
    for path, other in overlaps:
        reader.search.note(path, "periods_overlap", other=other)
    return OpeningHours(
        weekly=tuple(_bare(day) for day in week),
        special_days=tuple(
            SpecialDay(date=date, periods=_bare(placed), note=note)
            for date, (placed, note) in sorted(special.items())
        ),
    )


def hours_document(hours: OpeningHours) -> dict[str, Any]:
    """The inverse of `read_hours`."""
    return {
        "weekly": {
            day: _periods_document(periods)
            for day, periods in zip(WEEKDAYS, hours.weekly, strict=True)
        },
        "special_days": [
            {
                "date": special.date.isoformat(),
                "closed": not special.periods,
                "periods": _periods_document(special.periods),
                "note": special.note,
            }
            for special in hours.special_days
        ],
    }


def _periods_document(periods: Iterable[Period]) -> list[dict[str, str]]:
    return [{"open": _clock(p.opens), "close": _clock(p.closes)} for p in periods]


def _clock(minutes: int) -> str:
    if minutes == MINUTES_A_DAY:
        return "24:00"
    hour, minute = divmod(minutes % MINUTES_A_DAY, 60)
    return f"{hour:02}:{minute:02}"


def _periods(reader: Reader, name: str) -> list[Placed]:
    placed = [(p.path, period) for p in reader.objects(name) if (period := _period(p)) is not None]
    return sorted(placed, key=lambda item: item[1].opens)


def _period(reader: Reader) -> Period | None:
    reader.refuse_unknown({"open", "close"})
    opens = reader.require("open", _OPENS)
    closes = reader.require("close", _CLOSES)
    if opens is None or closes is None:
        return None
    return _period_between(_minutes(opens), _minutes(closes))


def _period_between(opens: int, closes: int) -> Period:
    return Period(opens, closes if closes > opens else closes + MINUTES_A_DAY)


def _minutes(clock: str) -> int:
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def _special_days(reader: Reader) -> SpecialDays:
    days: SpecialDays = {}
    for day in reader.objects("special_days"):
        day.refuse_unknown({"date", "closed", "periods", "note"})
        date = day.require("date", dt.date)
        placed, note = _special_periods(day), day.read("note", TEXT, "")
        if date is None:
            continue
        if date.year not in YEARS:
            day.report("date", "date_out_of_range", least=YEARS[0], most=YEARS[-1])
        elif date in days:
            day.report("date", "duplicate_date", date=date.isoformat())
        else:
            days[date] = (placed, note)
    return days


def _special_periods(day: Reader) -> list[Placed]:
    placed = _periods(day, "periods")
    closed = day.read("closed", bool)
    if closed is True and day.document.get("periods"):
        day.report("closed", "closed_with_periods")
    if closed is False and not day.document.get("periods"):
        day.report("closed", "open_without_periods")
    return placed


def _weekly_overlaps(week: Sequence[Sequence[Placed]]) -> Iterator[tuple[str, str]]:
    for weekday, day in enumerate(week):
        yield from _overlaps(day, day_before=week[weekday - 1])


def _special_overlaps(
    special: SpecialDays, week: Sequence[Sequence[Placed]]
) -> Iterator[tuple[str, str]]:
    def served_on(date: dt.date) -> Sequence[Placed]:
        return special[date][0] if date in special else week[date.weekday()]

    for date, (placed, _) in special.items():
        yield from _overlaps(placed, day_before=served_on(date - _ONE_DAY))
        if date + _ONE_DAY not in special:
            ordinary = served_on(date + _ONE_DAY)[:1]
            yield from ((ours, theirs) for theirs, ours in _overlaps(ordinary, day_before=placed))


def _overlaps(day: Sequence[Placed], *, day_before: Sequence[Placed]) -> Iterator[tuple[str, str]]:
    """The paths of periods that open during another one, each with the other's path."""
    reach, reached_by = max(
        ((period.closes - MINUTES_A_DAY, path) for path, period in day_before), default=(0, "")
    )
    for path, period in day:
        if period.opens < reach:
            yield path, reached_by
        if period.closes > reach:
            reach, reached_by = period.closes, path


def _bare(placed: Iterable[Placed]) -> tuple[Period, ...]:
    return tuple(period for _, period in placed)
