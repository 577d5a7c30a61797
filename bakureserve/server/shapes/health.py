"""The server's health, for everyone and for operators."""

from __future__ import annotations

import datetime as dt

import msgspec

from bakureserve.domain.language import Language
from bakureserve.locale import say
from bakureserve.services.health.check import (
    CheckResult,
    Condition,
    Detail,
    Health,
    Overall,
    Status,
)

SERVICE = "baku-reserve"
"""The old server's name, which monitors look for."""


class CheckOut(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One part. `message` says what is wrong and `effect` what still works. Operators also get
    the `reason`, which is the part's own error, and more `details`."""

    status: Status
    latency_ms: float
    message: str = ""
    effect: str = ""
    reason: str = ""
    details: dict[str, Detail] = {}


class HealthOut(msgspec.Struct, frozen=True, kw_only=True):
    """The overall status, and each check by its name."""

    status: Overall
    service: str
    timestamp: dt.datetime
    version: str
    uptime_seconds: float
    checks: dict[str, CheckOut]


def health_out(
    health: Health,
    *,
    now: dt.datetime,
    version: str,
    uptime: float,
    language: Language,
    to_operator: bool,
) -> HealthOut:
    """The results of the health checks, as sentences."""
    return HealthOut(
        status=health.status,
        service=SERVICE,
        timestamp=now,
        version=version,
        uptime_seconds=round(uptime, 1),
        checks={
            name: _check_out(seen, language, to_operator=to_operator)
            for name, seen in health.checks.items()
        },
    )


def _check_out(seen: CheckResult, language: Language, *, to_operator: bool) -> CheckOut:
    condition = seen.condition
    return CheckOut(
        status=condition.status,
        latency_ms=seen.latency_ms,
        message=say(condition.code, condition.params, language) if condition.code else "",
        effect=say(condition.effect, {}, language) if condition.effect else "",
        reason=_reason(condition, language) if to_operator else "",
        details=condition.details | (condition.figures if to_operator else {}),
    )


def _reason(condition: Condition, language: Language) -> str:
    reason = condition.reason
    return say(reason.code, reason.params, language) if reason is not None else ""
