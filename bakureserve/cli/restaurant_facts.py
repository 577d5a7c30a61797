"""A restaurant as an operator reads it: one fact a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from bakureserve.domain.restaurants.hours_document import hours_document
from bakureserve.domain.restaurants.restaurant import BookingPolicy, Restaurant

Fact = tuple[str, object]

_PLAIN = (
    "id", "slug", "name", "address", "neighborhood", "city", "timezone", "phone", "cuisine",
    "tags", "price_level", "average_spend", "short_description", "menu_url",
)  # fmt: skip


def facts_of(restaurant: Restaurant) -> Iterator[Fact]:
    """What there is to know, in the order of a conversation: who, where, when, how, which table."""
    for name in _PLAIN:
        if value := getattr(restaurant, name):
            yield name.replace("_", " "), value
    if restaurant.latitude is not None:
        yield "coordinates", f"{restaurant.latitude}, {restaurant.longitude}"
    yield from _hours(hours_document(restaurant.hours))
    yield from _policy(restaurant.policy)
    for area in restaurant.areas:
        tables = (f"{table.name} ({table.capacity})" for table in area.tables)
        yield f"tables in {area.name}", ", ".join(tables) or "none"


def _hours(document: Mapping[str, Any]) -> Iterator[Fact]:
    """The week, with neighbouring days of equal hours as one (`mon–thu`), then the special days."""
    for periods, together in groupby(document["weekly"].items(), key=lambda day: day[1]):
        names = [name for name, _ in together]
        span = names[0] if len(names) == 1 else f"{names[0]}–{names[-1]}"
        yield f"open {span}", _periods(periods)
    for day in document["special_days"]:
        note = f" ({day['note']})" if day["note"] else ""
        yield f"open {day['date']}", f"{_periods(day['periods'])}{note}"


def _periods(periods: Iterable[Mapping[str, str]]) -> str:
    return ", ".join(f"{each['open']}–{each['close']}" for each in periods) or "closed"


def _policy(policy: BookingPolicy) -> Iterator[Fact]:
    yield "sittings start", f"every {policy.slot_minutes} min"
    turns = (f"up to {turn.up_to}: {turn.minutes} min" for turn in policy.turn_times)
    yield "turn time", ", ".join(turns)
    yield "buffer", f"{policy.buffer_minutes} min"
    yield "last seating", _last_seating(policy)
    yield "can be booked", f"{policy.lead_minutes} min to {policy.horizon_days} days ahead"
    yield "late cancellation", _late_cancellation(policy)
    yield "party", f"{policy.min_party} to {policy.max_party or 'the largest table'}"


def _late_cancellation(policy: BookingPolicy) -> str:
    if not policy.cancellation_minutes:
        return "from the start on"
    return f"from {policy.cancellation_minutes} min before the start on"


def _last_seating(policy: BookingPolicy) -> str:
    if policy.last_seating_minutes is None:
        return "as long before closing as the party sits"
    return f"{policy.last_seating_minutes} min before closing"
