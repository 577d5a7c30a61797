"""What the health checks find: database, keys, Redis, and whether each map service answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from bakureserve.cli.ailments.finding import Finding, Level
from bakureserve.cli.session import warnings_on_stderr
from bakureserve.examination import examining_alone
from bakureserve.services.health.check import Condition
from bakureserve.services.health.examiner import Health
from bakureserve.settings import Settings
from bakureserve.words import say

_ASKED = ("database", "auth", "osrm", "gomap", "redis")
"""Of the others the rest of the doctor's rounds say more."""

_REMEDIES = {
    "database": "bakureserve check",
    "auth": "chmod 600 signing-keys.json; or remove a damaged one, and everybody logs in again",
    "osrm": "see that OSRM_BASE_URL names a router that runs and has Baku on its map",
    "gomap": "see GOMAP_BASE_URL, and that GOMAP_GUID is still accepted",
    "redis": "see that Redis runs, and that REDIS_URL names it",
}


def look(settings: Settings) -> Iterator[Finding]:
    with warnings_on_stderr():
        found = asyncio.run(_examined(settings))
    for name, seen in found.checks.items():
        if name in _ASKED and seen.condition.status != "disabled":
            yield _finding(name, seen.condition, seen.latency_ms)


async def _examined(settings: Settings) -> Health:
    async with examining_alone(settings) as examiner:
        return await examiner.examine()


def _finding(name: str, condition: Condition, latency_ms: float) -> Finding:
    if condition.status == "ok":
        return Finding("ok", name, f"it answers in {latency_ms:.0f} ms")
    level: Level = "fault" if condition.status == "error" else "note"
    told = say(condition.code, condition.params, "en")
    if condition.reason is not None:
        told += f" {say(condition.reason.code, condition.reason.params, 'en')}"
    return Finding(level, name, told, _REMEDIES[name])
