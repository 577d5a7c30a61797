"""Numbers and points as GoMap writes them: with units in three languages, with colons, or bare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from math import inf, isfinite, log
from typing import Any, NamedTuple

from bakureserve.domain.places.geo import Coordinates, is_on_earth
from bakureserve.eta.providers.gomap.service import first_read

USUAL_DETOUR = 1.3
USUAL_KMH = 35.0
"""A bare number gets the unit that brings it closest to these."""

LONGEST_TEXT = 200
"""No quantity takes more; looking for one in a megabyte of digits would take minutes."""

_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
_MEASURE = re.compile(r"([+-]?\d+(?:\.\d+)?)\s*([^\W\d_]+)\.?")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)")
_HOURS_MINUTES = re.compile(r"(\d+)_(\d+)")
_ISO = re.compile(r"p(?:(\d+)d)?(?:t(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?)?")
"""ISO 8601 with its parts from days to seconds: PT1H5M."""
_ISO_WORTH = (86_400.0, 3600.0, 60.0, 1.0)
_LABEL = re.compile(r"\A[^\d:]+:\s*")
_DOT_ABOVE = "\u0307"
"""What is left of a capital İ in lower case."""
_THOUSANDS = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")

_KILOMETRES = (
    {"km": 1.0, "kilom": 1.0, "км": 1.0, "килом": 1.0}
    | {"m": 0.001, "met": 0.001, "м": 0.001, "мет": 0.001}
)  # fmt: skip
_SECONDS = (
    {"saat": 3600.0, "h": 3600.0, "hr": 3600.0, "hrs": 3600.0, "hour": 3600.0}
    | {"ч": 3600.0, "час": 3600.0}
    | {"dəq": 60.0, "deq": 60.0, "dq": 60.0, "m": 60.0, "min": 60.0, "м": 60.0, "мин": 60.0}
    | {"san": 1.0, "s": 1.0, "sec": 1.0, "с": 1.0, "сек": 1.0}
)
"""Units, and what they are worth; of more than two letters also the beginnings of words."""
_HOURS_OR_SECONDS = "s"
"""Azerbaijani for both: *saat* before anything smaller, *saniyə* after anything larger."""


class _Measure(NamedTuple):
    """An amount with its unit, and its worth in kilometres or seconds."""

    amount: float
    unit: str
    worth: float


def number(value: Any) -> float | None:
    """A finite number, also written as text with a comma; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = _tidy(value) if len(value) <= LONGEST_TEXT else ""
        value = float(text) if _NUMBER.fullmatch(text) else None
    if not isinstance(value, int | float):
        return None
    try:
        plain = float(value)
    except OverflowError:
        return None
    return plain if isfinite(plain) else None


def point_of(row: dict[str, Any]) -> Coordinates | None:
    """The point of an object's `x`/`lon` and `y`/`lat`; None when it is not on earth."""
    longitude = first_read(row, ("x", "lon", "lng", "longitude"), number)
    latitude = first_read(row, ("y", "lat", "latitude"), number)
    if longitude is None or latitude is None:
        return None
    point = Coordinates(latitude, longitude)
    return point if is_on_earth(point) else None


def kilometres(value: Any, line_km: float) -> float | None:
    """A length in kilometres. A bare number is metres or kilometres, whichever fits the line."""
    value = _unlabelled(value)
    bare = number(value)
    if bare is not None:
        return _likeliest((bare / 1000, bare), line_km * USUAL_DETOUR)
    return _sum(_measures(value, _KILOMETRES)) if isinstance(value, str) else None


def seconds(value: Any, km: float) -> float | None:
    """A duration in seconds. A bare number is seconds or minutes, whichever fits the distance."""
    usual = km / USUAL_KMH * 3600
    text = _unlabelled(value)
    bare = number(text)
    if bare is not None:
        return _likeliest((bare, bare * 60), usual)
    if not isinstance(text, str):
        return None
    if clock := _CLOCK.fullmatch(text):
        return _on_the_clock(clock, usual)
    if pair := _HOURS_MINUTES.fullmatch(text):
        return float(pair[1]) * 3600 + float(pair[2]) * 60
    if (iso := _ISO.fullmatch(text)) and any(iso.groups()):
        parts = zip(iso.groups(), _ISO_WORTH, strict=True)
        return sum(float(part or 0) * worth for part, worth in parts)
    return _measured_seconds(text, usual)


def _on_the_clock(clock: re.Match[str], usual: float) -> float:
    """h:mm:ss, or two numbers that are minutes and seconds or hours and minutes."""
    hours, more, last = clock[1], float(clock[2]), float(clock[3])
    if hours is not None:
        return float(hours) * 3600 + more * 60 + last
    return _likeliest((more * 60 + last, more * 3600 + last * 60), usual)


def _measured_seconds(text: str, usual: float) -> float | None:
    measures = _measures(text, _SECONDS)
    if measures is None or measures[0].unit != _HOURS_OR_SECONDS:
        return _sum(measures)
    amount, *smaller = (measures[0].amount, *(each.worth for each in measures[1:]))
    if not smaller:
        return _likeliest((amount, amount * 3600), usual)
    return amount * 3600 + sum(smaller)


def _measures(text: str, units: Mapping[str, float]) -> list[_Measure] | None:
    """Numbers with units, as in "1 saat 5 dəq"; None if a part has no unit of these."""
    parts = _MEASURE.findall(text)
    if not parts or _MEASURE.sub("", text).strip(" .:~≈"):
        return None
    measures = [_measure(amount, unit, units) for amount, unit in parts]
    known = [each for each in measures if each is not None]
    return known if len(known) == len(measures) else None


def _measure(amount: str, word: str, units: Mapping[str, float]) -> _Measure | None:
    """The measure; None when the unit is unknown."""
    named = (unit for unit in units if word == unit or (len(unit) > 2 and word.startswith(unit)))
    unit = next(named, None)
    return None if unit is None else _Measure(float(amount), word, float(amount) * units[unit])


def _sum(measures: Sequence[_Measure] | None) -> float | None:
    return None if measures is None else sum(each.worth for each in measures)


def _likeliest(candidates: tuple[float, float], usual: float) -> float:
    """The candidate nearest to `usual` by ratio; the first when neither is positive."""

    def unlikeliness(candidate: float) -> float:
        return abs(log(candidate) - log(usual)) if candidate > 0 < usual else inf

    return min(candidates, key=unlikeliness)


def _unlabelled(value: Any) -> Any:
    """Text without a label before it, as in "Ümumi vaxt: 6 dəq"; other values as they are."""
    if not isinstance(value, str):
        return value
    return _LABEL.sub("", _tidy(value)) if len(value) <= LONGEST_TEXT else ""


def _tidy(text: str) -> str:
    """Lower-case text on one line, with decimal points and without thousands separators."""
    lower = " ".join(text.lower().split()).replace(_DOT_ABOVE, "").replace(",", ".")
    return _THOUSANDS.sub("", lower)
