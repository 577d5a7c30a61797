"""A check that is asked often and looks seldom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from time import monotonic

import msgspec
import structlog

from bakureserve.domain.errors import ReserveError
from bakureserve.services.health.check import Check, Condition

TROUBLE_GOOD_SECONDS = 2.0
"""How long trouble may be told again at most: that it is over should be seen soon."""

log = structlog.get_logger(__name__)


class Seen(msgspec.Struct, frozen=True):
    """What a check found, and how long it took to look."""

    condition: Condition
    latency_ms: float


class Watch:
    """One check, behind which at most one look is under way, whoever asks however often.

    What was found is given again while it is good. A look that takes longer than `limit` seconds is
    told as such at once, and goes on: the next who asks may get what it found.
    """

    def __init__(
        self, check: Check, *, limit: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self.check = check
        self._limit = limit
        self._clock = clock
        self._seen: Seen | None = None
        self._seen_at = 0.0
        self._due_from = 0.0
        self._looking: asyncio.Task[Seen] | None = None

    async def see(self) -> Seen:
        """How the part is doing, within the limit. Never raises."""
        if self._seen is not None and self._clock() - self._seen_at < self._seconds_good(
            self._seen
        ):
            return self._seen
        if self._looking is None:
            self._due_from = self._clock()
            self._looking = asyncio.create_task(self._look(), name=f"check {self.check.name}")
        looking = self._looking
        left = self._due_from + self._limit - self._clock()
        await asyncio.wait([looking], timeout=max(left, 0))
        return looking.result() if looking.done() else self._slow()

    def _seconds_good(self, seen: Seen) -> float:
        good = self.check.seconds_good
        return good if seen.condition.status == "ok" else min(good, TROUBLE_GOOD_SECONDS)

    async def close(self) -> None:
        """Give up a look that is under way."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look(self) -> Seen:
        began_at = self._clock()  # only now: others that looked meanwhile cost this one nothing
        try:
            condition = await self._condition()
            now = self._clock()
            self._seen, self._seen_at = Seen(condition, _ms(now - began_at)), now
        finally:
            self._looking = None
        return self._seen

    async def _condition(self) -> Condition:
        try:
            return await self.check.look()
        except ReserveError as error:
            return Condition(status="error", code="check_impossible", reason=error)
        except Exception:
            log.exception("check_failed", check=self.check.name)
            return Condition(status="error", code="check_failed")

    def _slow(self) -> Seen:
        waited = self._clock() - self._due_from
        condition = Condition(
            status="error", code="check_slow", params={"seconds": f"{self._limit:g}"}
        )
        return Seen(condition, _ms(waited))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
