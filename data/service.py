"""Opening hours, special days and booking policies, from the short forms of venues.toml."""

from __future__ import annotations

from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

OCCASIONS: dict[str, tuple[tuple[str, str, str], ...]] = {
    "new_year_eve": (("2026-12-31", "19:00-03:00", "New Year's Eve: set menu until three"),),
    "new_year_closed": (("2027-01-01", "", "Closed on New Year's Day"),),
    "new_year_late": (("2027-01-01", "15:00-22:00", "New Year's Day: a late start"),),
    "january_closed": (("2027-01-20", "", "Closed on the day of remembrance"),),
    "novruz_long": (
        ("2027-03-20", "11:00-01:00", "Novruz: open late, with shekerbura on the house"),
        ("2027-03-21", "11:00-01:00", "Novruz: open late, with shekerbura on the house"),
    ),
    "novruz_short": (
        ("2027-03-20", "12:00-18:00", "Novruz: short hours"),
        ("2027-03-21", "12:00-18:00", "Novruz: short hours"),
    ),
    "novruz_closed": (
        ("2027-03-20", "", "Closed for Novruz"),
        ("2027-03-21", "", "Closed for Novruz"),
        ("2027-03-22", "", "Closed for Novruz"),
    ),
}
"""Date, periods and note of each special day; no periods means closed."""

SETTINGS = {
    "slot": "slot_minutes",
    "buffer": "buffer_minutes",
    "last": "last_seating_minutes",
    "lead": "lead_minutes",
    "horizon": "horizon_days",
    "min": "min_party",
    "max": "max_party",
}


def opening_hours(hours: str, special: list[str]) -> dict[str, Any]:
    """`mon-thu 12:00-15:00 18:00-23:00; sun 11:00-17:00` as the document's `opening_hours`."""
    weekly: dict[str, list[dict[str, str]]] = {day: [] for day in WEEKDAYS}
    for part in hours.split("; "):
        days, *periods = part.split(" ")
        for day in _days(days):
            weekly[day] = _periods(periods)
    dates = [entry for occasion in special for entry in OCCASIONS[occasion]]
    return {
        "weekly": weekly,
        "special_days": [
            {
                "date": date,
                "closed": not periods,
                "periods": _periods(periods.split()),
                "note": note,
            }
            for date, periods, note in sorted(dates)
        ],
    }


def booking(text: str) -> dict[str, Any]:
    """`slot=30 turns=2:90,4:120 buffer=10` as the document's `booking`."""
    given = dict(item.split("=") for item in text.split())
    turns = [turn.split(":") for turn in given.pop("turns").split(",")]
    return {
        "turn_times": [{"up_to": int(up_to), "minutes": int(stay)} for up_to, stay in turns],
        **{SETTINGS[name]: int(value) for name, value in given.items()},
    }


def _days(text: str) -> list[str]:
    """`daily`, `sat`, `mon-thu` or, around the week's end, `wed-mon`."""
    if text == "daily":
        return list(WEEKDAYS)
    first, _, last = text.partition("-")
    start, end = WEEKDAYS.index(first), WEEKDAYS.index(last or first)
    return [WEEKDAYS[(start + step) % 7] for step in range((end - start) % 7 + 1)]


def _periods(texts: list[str]) -> list[dict[str, str]]:
    return [dict(zip(("open", "close"), text.split("-"), strict=True)) for text in texts]
