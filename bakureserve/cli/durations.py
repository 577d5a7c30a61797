"""Lengths of time as people write them: 90s, 15m, 12h, 7d."""

from __future__ import annotations

import datetime as dt
import re

from bakureserve.domain.errors import Invalid

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"(\d{1,6})([smhd])")


def duration(text: str, *, field: str) -> dt.timedelta:
    """Raises Invalid (duration_malformed) for anything else."""
    found = _DURATION.fullmatch(text.strip().lower())
    if found is None:
        raise Invalid("duration_malformed", field=field)
    number, unit = found.groups()
    return dt.timedelta(**{_UNITS[unit]: int(number)})
