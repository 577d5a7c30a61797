"""When a table can be booked: what the peers need of the rules to give the same answers."""

from __future__ import annotations

import datetime as dt
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

Rules = dict[str, Any]


class Sitting(NamedTuple):
    start: dt.datetime
    end: dt.datetime
    held_until: dt.datetime


def sittings(rules: Rules, date: dt.date, party: int, now: dt.datetime) -> list[Sitting]:
    """What a guest is offered on a date, in the restaurant's own time."""
    if not rules["min_party"] <= party <= rules["max_party"]:
        return []
    zone = ZoneInfo(rules["timezone"])
    midnight = dt.datetime.combine(date, dt.time(), zone)
    if midnight - dt.timedelta(days=rules["horizon_days"]) > now:
        return []
    turn, last = minutes(turn_time(rules, party)), rules["last_seating_minutes"]
    slot, buffer = minutes(rules["slot_minutes"]), minutes(rules["buffer_minutes"])
    earliest = now + minutes(rules["lead_minutes"])
    offered = []
    weekly = rules["weekly"][date.weekday()]
    for opens, closes in rules["special_days"].get(date.isoformat(), weekly):
        start, closing = midnight + minutes(opens), midnight + minutes(closes)
        latest = closing - (turn if last is None else minutes(last))
        while start <= latest and start < closing:
            if start >= earliest:
                end = min(start + turn, closing)
                offered.append(Sitting(start, end, end + buffer))
            start += slot
    return offered


def offered_at(rules: Rules, start: dt.datetime, party: int, now: dt.datetime) -> Sitting | None:
    """The sitting that begins at `start`, if it is offered; a day may end after midnight."""
    local = start.astimezone(ZoneInfo(rules["timezone"])).date()
    for date in (local, local - dt.timedelta(days=1)):
        for sitting in sittings(rules, date, party, now):
            if sitting.start == start:
                return sitting
    return None


def turn_time(rules: Rules, party: int) -> int:
    for up_to, turn in rules["turn_times"]:
        if party <= up_to:
            return int(turn)
    return int(rules["turn_times"][-1][1])


def minutes(number: int) -> dt.timedelta:
    return dt.timedelta(minutes=number)
