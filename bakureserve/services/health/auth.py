"""Signing in: are there keys to sign tokens with, and can passwords be hashed."""

from __future__ import annotations

import asyncio

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.domain.errors import ReserveError, TooMany, Unavailable
from bakureserve.services.health.check import Condition, fine

PATIENCE_SECONDS = 1.0
"""How long a look waits for the first hash, which is less than any check may take."""
MAY_TAKE_SECONDS = 20.0
"""How long the first hash may be under way: a busy machine with one slow core took three."""


class AuthCheck:
    """Looks at the file of signing keys, as every request with a token does, and hashes once.

    A machine on which hashing fails fails from the start: a sandbox forbids a system call, or
    memory is capped below what a hash takes. So one success is enough. A first hash that takes long
    says that the machine is slow, not that signing in is broken.
    """

    name = "auth"
    vital = True
    seconds_good = 5.0

    def __init__(
        self,
        keys: KeyRing,
        passwords: Passwords,
        *,
        patience: float = PATIENCE_SECONDS,
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
            return _broken("auth_keys_unusable", error)
        return fine() if self._has_hashed else await self._first_hash()

    async def _first_hash(self) -> Condition:
        trial = self._trial
        if trial is None or trial.done():
            trial = self._trial = asyncio.create_task(self._hash(), name="check auth: first hash")
        await asyncio.wait([trial], timeout=self._patience)
        if not trial.done():
            return _slow()
        try:
            trial.result()
        except TooMany:  # busy with hashes of people who log in, which proves as much
            return fine()
        except Exception as error:  # noqa: BLE001 - whatever a pool or the library fails with
            told = f"{type(error).__name__}: {error}".rstrip(": ")
            return _broken("auth_cannot_hash", Unavailable("hashing_said", reason=told))
        self._has_hashed = True
        return fine()

    async def _hash(self) -> str:
        async with asyncio.timeout(self._may_take):
            return await self._passwords.hash("a password for the health check")


def _slow() -> Condition:
    return Condition(status="degraded", code="auth_hashes_slowly", effect="effect_slow_sign_in")


def _broken(code: str, reason: ReserveError | None = None) -> Condition:
    return Condition(status="error", code=code, effect="effect_nobody_signs_in", reason=reason)
