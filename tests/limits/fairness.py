"""What a limiter must do, said without its algorithm: by counting calls in every interval."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from bakureserve.limits.limiter import Quota


class Judged(NamedTuple):
    """A call at `when`, in ns, and what became of it."""

    when: int
    weight: int
    allowed: bool


def require_fair(quota: Quota, calls: Iterable[Judged]) -> None:
    """Over any interval t no more than N + t·N/W was allowed, and nothing refused that fitted.

    `calls` are one client's, in order. All numbers are whole: nothing is forgiven to rounding.
    """
    allowed: list[Judged] = []
    for call in calls:
        assert call.allowed == _fits(quota, allowed, call), (call, allowed)
        if call.allowed:
            allowed.append(call)


def _fits(quota: Quota, allowed: list[Judged], call: Judged) -> bool:
    """Whether no interval that ends now would hold too much. It suffices to look at those that
    begin with a call."""
    used = min(call.weight, quota.requests)
    for earlier in reversed(allowed):
        used += min(earlier.weight, quota.requests)
        if (used - quota.requests) * quota.call > (call.when - earlier.when) * quota.requests:
            return call.weight == 0
    return True
