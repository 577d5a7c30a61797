"""The rate limiter: does one quota hold for all processes, where it should."""

from __future__ import annotations

from bakureserve.limits.limiter import Limiter
from bakureserve.services.health.check import Condition, Detail, disabled, fine

_DECIDES = {"shared": "redis", "memory": "this process", "local": "this process"}


class LimiterCheck:
    """Looks at who decides, and at how full the table of clients is."""

    name = "limiter"
    vital = False
    seconds_good = 1.0

    def __init__(self, limiter: Limiter, *, enabled: bool) -> None:
        self._limiter = limiter
        self._enabled = enabled

    async def look(self) -> Condition:
        if not self._enabled:
            return disabled()
        figures = self._limiter.figures()
        details: dict[str, Detail] = {"decides": _DECIDES[figures.state]}
        counts: dict[str, Detail] = {
            "clients": figures.buckets,
            "allowed": figures.allowed,
            "denied": figures.denied,
        }
        if figures.state != "local":
            return fine(details, counts)
        return Condition(
            status="degraded",
            code="limiter_alone",
            effect="effect_each_process_alone",
            details=details,
            figures=counts,
        )
