"""Health of this process: signing in, the shared quota, and the caches."""

from __future__ import annotations

import asyncio

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.caching.cache import CacheRegistry
from bakureserve.domain.errors import ReserveError, TooMany, Unavailable
from bakureserve.limits.limiter import Limiter
from bakureserve.services.health.check import Condition, Detail, disabled, fine

FIRST_HASH_SECONDS = 1.0
"""How long the check waits for the first hash: less than any check may take."""
MAY_TAKE_SECONDS = 20.0
"""How long the first hash may take: a busy machine with one slow core took three seconds."""


class AuthCheck:
    """Reads the file of signing keys, as every request with a token does, and hashes once.

    Where hashing fails it fails from the start: a sandbox forbids a system call, or memory is
    capped below what a hash takes. So one success is enough. A slow first hash means that the
    machine is slow, not that signing in is broken.
    """

    name = "auth"
    vital = True
    seconds_good = 5.0

    def __init__(
        self,
        keys: KeyRing,
        passwords: Passwords,
        *,
        patience: float = FIRST_HASH_SECONDS,
        may_take: float = MAY_TAKE_SECONDS,
    ) -> None:
        self._keys = keys
        self._passwords = passwords
        self._patience = patience
        self._may_take = may_take
        self._has_hashed = False
        self._trial: asyncio.Task[str] | None = None

    async def look(self) -> Condition:
        try:
            self._keys.current()
        except ReserveError as error:
            return _broken_auth("auth_keys_unusable", error)
        return fine() if self._has_hashed else await self._first_hash()

    async def _first_hash(self) -> Condition:
        trial = self._trial
        if trial is None or trial.done():
            trial = self._trial = asyncio.create_task(self._hash(), name="check auth: first hash")
        await asyncio.wait([trial], timeout=self._patience)
        if not trial.done():
            return _slow_hashing()
        try:
            trial.result()
        except TooMany:  # busy hashing for people who log in, which proves as much
            return fine()
        except Exception as error:  # noqa: BLE001 - any error of the pool or the library
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            return _broken_auth("auth_cannot_hash", Unavailable("hashing_said", reason=told))
        self._has_hashed = True
        return fine()

    async def _hash(self) -> str:
        async with asyncio.timeout(self._may_take):
            return await self._passwords.hash("a password for the health check")


def _slow_hashing() -> Condition:
    return Condition(status="degraded", code="auth_hashes_slowly", effect="effect_slow_sign_in")


def _broken_auth(code: str, reason: ReserveError | None = None) -> Condition:
    return Condition(status="error", code=code, effect="effect_nobody_signs_in", reason=reason)


_DECIDES = {"shared": "redis", "memory": "this process", "local": "this process"}


class LimiterCheck:
    """Checks whether this process or Redis decides, and how many clients are counted."""

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


class CacheCheck:
    """Reports the caches' sizes and hit rates."""

    name = "cache"
    vital = False
    seconds_good = 1.0

    def __init__(self, caches: CacheRegistry) -> None:
        self._caches = caches

    async def look(self) -> Condition:
        figures = self._caches.figures()
        hits = sum(each.hits for each in figures)
        asked = hits + sum(each.misses for each in figures)
        return fine(
            figures={
                "caches": len(figures),
                "entries": sum(each.entries for each in figures),
                "hit_percent": round(100 * hits / asked, 1) if asked else 0.0,
            }
        )
