"""All checks together: one answer to how the program is doing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Literal

import msgspec

from bakureserve.services.health.check import Check
from bakureserve.services.health.watch import Seen, Watch

Overall = Literal["healthy", "degraded", "unhealthy"]

LIMIT_SECONDS = 1.5
"""How long a check may take. The whole answer is due within 2 s."""


class Health(msgspec.Struct, frozen=True):
    """How everything is doing: each check by its name, and what follows for the whole."""

    status: Overall
    checks: dict[str, Seen]


class Examiner:
    """Asks every check at once. Asking often costs little: each looks only when it has to."""

    def __init__(
        self,
        checks: Iterable[Check],
        *,
        limit: float = LIMIT_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._watches = tuple(Watch(check, limit=limit, clock=clock) for check in checks)

    async def examine(self) -> Health:
        """How everything is doing, within the limit of one check. Never raises."""
        seen = await asyncio.gather(*(watch.see() for watch in self._watches))
        pairs = [(watch.check, each) for watch, each in zip(self._watches, seen, strict=True)]
        return Health(_overall(pairs), {check.name: each for check, each in pairs})

    async def close(self) -> None:
        """Give up what is under way."""
        await asyncio.gather(*(watch.close() for watch in self._watches))


def _overall(pairs: Iterable[tuple[Check, Seen]]) -> Overall:
    """Unhealthy without something vital; degraded when anything is less than it should be."""
    statuses = {(check.vital, each.condition.status) for check, each in pairs}
    if (True, "error") in statuses:
        return "unhealthy"
    if any(status in {"degraded", "error"} for _, status in statuses):
        return "degraded"
    return "healthy"
