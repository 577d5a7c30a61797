"""Health checks: what a check is, how often it runs, and their results together."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Any, Literal, Protocol

import msgspec
import structlog

from bakureserve.domain.errors import ReserveError

Status = Literal["ok", "degraded", "error", "disabled"]
Detail = str | int | float | bool


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """The state of one part.

    `code` with `params` says what is wrong, and `effect` what that means for guests: both are codes
    of `locale`, empty when nothing is wrong. These and `details` are public. `figures` measure
    activity, and `reason` is the part's own error, which may name files: both are for operators.
    """

    status: Status
    code: str = ""
    params: dict[str, Any] = {}
    effect: str = ""
    details: dict[str, Detail] = {}
    figures: dict[str, Detail] = {}
    reason: ReserveError | None = None


class Check(Protocol):
    """Checks one part of the program, or something that it depends on.

    Nothing works without a `vital` part. `seconds_good` is how long a result may be reused: long
    for outside services, which should not be called all the time.
    """

    @property
    def name(self) -> str: ...
    @property
    def vital(self) -> bool: ...
    @property
    def seconds_good(self) -> float: ...

    async def look(self) -> Condition:
        """Check now. May take long, or raise: its watch handles both."""
        ...


def fine(
    details: dict[str, Detail] | None = None, figures: dict[str, Detail] | None = None
) -> Condition:
    """A part without a problem."""
    return Condition(status="ok", details=details or {}, figures=figures or {})


def disabled() -> Condition:
    """A part that the settings switch off."""
    return Condition(status="disabled")


TROUBLE_GOOD_SECONDS = 2.0
"""The longest a bad result is reused: a recovery should be seen soon."""

log = structlog.get_logger(__name__)


class CheckResult(msgspec.Struct, frozen=True):
    """What a check found, and how long it took."""

    condition: Condition
    latency_ms: float


class Watch:
    """Runs one check at most once at a time, however many callers wait for it.

    A result is reused while it is good. A check that takes longer than `limit` seconds is reported
    as such at once, and goes on: the next caller may get its result.
    """

    def __init__(
        self, check: Check, *, limit: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self.check = check
        self._limit = limit
        self._clock = clock
        self._seen: CheckResult | None = None
        self._seen_at = 0.0
        self._due_from = 0.0
        self._looking: asyncio.Task[CheckResult] | None = None

    async def see(self) -> CheckResult:
        """The part's state, within the limit. Never raises."""
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

    def _seconds_good(self, seen: CheckResult) -> float:
        good = self.check.seconds_good
        return good if seen.condition.status == "ok" else min(good, TROUBLE_GOOD_SECONDS)

    async def close(self) -> None:
        """Cancel a running check."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    async def _look(self) -> CheckResult:
        began_at = (
            self._clock()
        )  # only now, so that checks that ran meanwhile cost this one nothing
        try:
            condition = await self._condition()
            now = self._clock()
            self._seen, self._seen_at = CheckResult(condition, _ms(now - began_at)), now
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

    def _slow(self) -> CheckResult:
        waited = self._clock() - self._due_from
        condition = Condition(
            status="error", code="check_slow", params={"seconds": f"{self._limit:g}"}
        )
        return CheckResult(condition, _ms(waited))


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)


Overall = Literal["healthy", "degraded", "unhealthy"]

LIMIT_SECONDS = 1.5
"""How long a check may take. The whole answer is due within 2 s."""


class Health(msgspec.Struct, frozen=True):
    """The state of everything: each check by name, and the overall status."""

    status: Overall
    checks: dict[str, CheckResult]


class Examiner:
    """Runs all checks concurrently. Frequent calls cost little, since results are reused."""

    def __init__(
        self,
        checks: Iterable[Check],
        *,
        limit: float = LIMIT_SECONDS,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._watches = tuple(Watch(check, limit=limit, clock=clock) for check in checks)

    async def examine(self) -> Health:
        """The state of everything, within the time limit of one check. Never raises."""
        seen = await asyncio.gather(*(watch.see() for watch in self._watches))
        pairs = [(watch.check, each) for watch, each in zip(self._watches, seen, strict=True)]
        return Health(_overall(pairs), {check.name: each for check, each in pairs})

    async def close(self) -> None:
        """Cancel running checks."""
        await asyncio.gather(*(watch.close() for watch in self._watches))


def _overall(pairs: Iterable[tuple[Check, CheckResult]]) -> Overall:
    """Unhealthy without a vital part; degraded when any part has a problem."""
    statuses = {(check.vital, each.condition.status) for check, each in pairs}
    if (True, "error") in statuses:
        return "unhealthy"
    if any(status in {"degraded", "error"} for _, status in statuses):
        return "degraded"
    return "healthy"
