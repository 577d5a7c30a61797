"""The map services: does each answer a question that is cheap for it, and are they asked at all."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from bakureserve.causes import CAUSES
from bakureserve.domain.errors import Unavailable
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.breaker import BreakerFigures
from bakureserve.eta.upstream import NoAnswer
from bakureserve.services.health.check import Condition, Detail, Status, disabled, fine

PATIENCE_SECONDS = 1.2
"""As long as an estimate waits for them by default."""
CENTRE: Final = Coordinates(40.3798, 49.8486)
"""28 May Square in Baku: a map that knows no road there is of no use here."""

Probe = Callable[[Coordinates], Awaitable[None]]
Breakers = Callable[[], Sequence[BreakerFigures]]

_NO_ROADS = frozenset({"no_road_near", "no_route"})


class RoadsCheck:
    """Asks one service about the middle of Baku, past its cache and breaker.

    `probe` is None for a service that is not configured. Its `breakers` tell whether guests'
    questions go to it.
    """

    vital = False
    seconds_good = 5.0

    def __init__(self, name: str, probe: Probe | None, breakers: Breakers) -> None:
        self.name = name
        self._probe = probe
        self._breakers = breakers

    async def look(self) -> Condition:
        if self._probe is None:
            return disabled()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await self._probe(CENTRE)
        except TimeoutError:
            late = Unavailable("check_slow", seconds=f"{PATIENCE_SECONDS:g}")
            return self._wrong("error", "silent", late)
        except NoAnswer as error:
            if error.at_fault:
                what = "unreachable" if error.code in CAUSES else "failing"
                return self._wrong("error", what, _reason(error.code))
            if error.code in _NO_ROADS:
                return self._wrong("degraded", "no_roads", _reason(error.code))
        if self._left_alone():
            return self._wrong("degraded", "left_alone")
        return fine(self._details())

    def _wrong(self, status: Status, what: str, reason: Unavailable | None = None) -> Condition:
        return Condition(
            status=status,
            code=f"{self.name}_{what}",
            effect=f"effect_without_{self.name}",
            details=self._details(),
            reason=reason,
        )

    def _left_alone(self) -> bool:
        return any(each.state == "open" for each in self._breakers())

    def _details(self) -> dict[str, Detail]:
        return {f"breaker_{each.name}": each.state for each in self._breakers()}


def _reason(code: str) -> Unavailable:
    if code in CAUSES:
        return Unavailable(f"cause_{code}")
    return Unavailable("map_service_said", reason=code)
