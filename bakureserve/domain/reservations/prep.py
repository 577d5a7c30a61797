"""Pre-orders: how long before the guest's arrival the kitchen should begin.

The kitchen needs a base time for what is asked (BASE_MINUTES), which covers ITEMS_IN_BASE dishes,
and MINUTES_PER_FURTHER_ITEM for each one more, up to LONGEST_MINUTES: beyond that the cooks share
the work. It begins that long before the arrival and not sooner, so that no plate waits for its
guest; a guest who is nearer than that is cooked for at once, and the food follows them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Literal

import msgspec

from bakureserve.domain.errors import Invalid

PrepPolicy = Literal["prep_starts_before_arrival", "prep_starts_now"]

NEAREST_MINUTES = 5
FARTHEST_MINUTES = 60
"""A pre-order is for a guest between these many minutes away."""

BASE_MINUTES: Mapping[str, int] = MappingProxyType({"starters": 10, "full": 20})
ITEMS_IN_BASE = 3
MINUTES_PER_FURTHER_ITEM = 2
LONGEST_MINUTES = 35


class PrepQuote(msgspec.Struct, frozen=True):
    """When the kitchen begins: `recommended_prep_minutes` before the arrival, at least 5.

    `policy` is a code with words for it: whether the food will be ready on arrival or follows.
    """

    policy: PrepPolicy
    recommended_prep_minutes: int


def quote(minutes_away: int, scope: str, items: Sequence[str] = ()) -> PrepQuote:
    """What the kitchen would do for a guest `minutes_away` who wants `scope` ready.

    Raises Invalid: minutes_away_out_of_range, prep_scope_unknown.
    """
    if not NEAREST_MINUTES <= minutes_away <= FARTHEST_MINUTES:
        raise Invalid(
            "minutes_away_out_of_range",
            field="minutes_away",
            smallest=NEAREST_MINUTES,
            largest=FARTHEST_MINUTES,
        )
    needed = _kitchen_minutes(scope, len(items))
    if needed > minutes_away:
        return PrepQuote("prep_starts_now", minutes_away)
    return PrepQuote("prep_starts_before_arrival", needed)


def _kitchen_minutes(scope: str, items: int) -> int:
    if scope not in BASE_MINUTES:
        raise Invalid("prep_scope_unknown", field="scope", allowed=tuple(BASE_MINUTES))
    further = max(0, items - ITEMS_IN_BASE)
    return min(BASE_MINUTES[scope] + MINUTES_PER_FURTHER_ITEM * further, LONGEST_MINUTES)
