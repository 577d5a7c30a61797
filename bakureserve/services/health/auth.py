"""Signing in: are there keys to sign tokens with, and can passwords be hashed."""

from __future__ import annotations

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.domain.errors import ReserveError, TooMany, Unavailable
from bakureserve.services.health.check import Condition, fine


class AuthCheck:
    """Looks at the file of signing keys, as every request with a token does, and hashes once.

    A machine on which hashing fails fails from the start: a sandbox forbids a system call, or
    memory is capped below what a hash takes. So one success is enough.
    """

    name = "auth"
    vital = True
    seconds_good = 5.0

    def __init__(self, keys: KeyRing, passwords: Passwords) -> None:
        self._keys = keys
        self._passwords = passwords
        self._has_hashed = False

    async def look(self) -> Condition:
        try:
            self._keys.current()
        except ReserveError as error:
            return _broken("auth_keys_unusable", error)
        if not self._has_hashed:
            try:
                await self._passwords.hash("a password for the health check")
            except TooMany:  # busy with hashes of people who log in, which proves as much
                return fine()
            except Exception as error:  # noqa: BLE001 - whatever a pool or the library fails with
                told = f"{type(error).__name__}: {error}"
                return _broken("auth_cannot_hash", Unavailable("hashing_said", reason=told))
            self._has_hashed = True
        return fine()


def _broken(code: str, reason: ReserveError | None = None) -> Condition:
    return Condition(status="error", code=code, effect="effect_nobody_signs_in", reason=reason)
