"""Numbers as GoMap writes them: with units in three languages, with colons, or bare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from math import inf, isfinite, log
from typing import Any

USUAL_DETOUR = 1.3
USUAL_KMH = 35.0
"""What a bare number is measured by: of the units it may have, the likeliest is taken."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_MEASURE = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\W\d_]+)\.?")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_THOUSANDS = re.compile(r"(?<=\d)[\s\u00a0](?=\d{3}(?!\d))")

_KILOMETRES = (
    {"km": 1.0, "kilom": 1.0, "км": 1.0, "килом": 1.0}
    | {"m": 0.001, "met": 0.001, "м": 0.001, "мет": 0.001}
)  # fmt: skip
_SECONDS = (
    {"saat": 3600.0, "h": 3600.0, "hr": 3600.0, "hour": 3600.0, "ч": 3600.0, "час": 3600.0}
    | {"dəq": 60.0, "deq": 60.0, "dq": 60.0, "m": 60.0, "min": 60.0, "м": 60.0, "мин": 60.0}
    | {"san": 1.0, "s": 1.0, "sec": 1.0, "с": 1.0, "сек": 1.0}
)
"""Units, and what they are worth; of more than two letters also the beginnings of words."""


def number(value: Any) -> float | None:
    """A finite number, also written as text with a comma; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = _tidy(value)
        value = float(text) if _NUMBER.fullmatch(text) else None
    if not isinstance(value, int | float):
        return None
    try:
        plain = float(value)
    except OverflowError:
        return None
    return plain if isfinite(plain) else None


def kilometres(value: Any, line_km: float) -> float | None:
    """A length in kilometres. A bare number is metres or kilometres, whichever suits the line."""
    bare = number(value)
    if bare is not None:
        return _likeliest((bare / 1000, bare), line_km * USUAL_DETOUR)
    return _measured(value, _KILOMETRES)


def seconds(value: Any, km: float) -> float | None:
    """A duration in seconds. A bare number is seconds or minutes, whichever suits the way."""
    usual = km / USUAL_KMH * 3600
    bare = number(value)
    if bare is not None:
        return _likeliest((bare, bare * 60), usual)
    if isinstance(value, str) and (clock := _CLOCK.fullmatch(_tidy(value))):
        return _on_the_clock(clock, usual)
    return _measured(value, _SECONDS)


def _on_the_clock(clock: re.Match[str], usual: float) -> float:
    """h:mm:ss, or two numbers that are minutes and seconds or hours and minutes."""
    hours, more, last = clock[1], float(clock[2]), float(clock[3])
    if hours is not None:
        return float(hours) * 3600 + more * 60 + last
    return _likeliest((more * 60 + last, more * 3600 + last * 60), usual)


def _measured(value: Any, units: Mapping[str, float]) -> float | None:
    """The sum of numbers with units, as in "1 saat 5 dəq"; None if a part has no unit of these."""
    if not isinstance(value, str):
        return None
    text = _tidy(value)
    parts = _MEASURE.findall(text)
    if not parts or _MEASURE.sub("", text).strip(" .:~≈"):
        return None
    worth = [_worth(amount, unit, units) for amount, unit in parts]
    known = [each for each in worth if each is not None]
    return sum(known) if len(known) == len(worth) else None


def _worth(amount: str, word: str, units: Mapping[str, float]) -> float | None:
    """What so much of a unit is; None if it is none of these."""
    named = (unit for unit in units if word == unit or (len(unit) > 2 and word.startswith(unit)))
    unit = next(named, None)
    return None if unit is None else float(amount) * units[unit]


def _likeliest(candidates: tuple[float, float], usual: float) -> float:
    """The candidate whose ratio to what is usual is nearest to one; the first where none is."""

    def unlikeliness(candidate: float) -> float:
        return abs(log(candidate) - log(usual)) if candidate > 0 < usual else inf

    return min(candidates, key=unlikeliness)


def _tidy(text: str) -> str:
    return _THOUSANDS.sub("", text.strip().lower().replace(",", "."))
