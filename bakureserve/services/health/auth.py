"""Signing in: are there keys to sign tokens with."""

from __future__ import annotations

from bakureserve.auth.keys import KeyRing
from bakureserve.domain.errors import ReserveError
from bakureserve.services.health.check import Condition, fine


class AuthCheck:
    """Looks at the file of signing keys, as every request with a token does."""

    name = "auth"
    vital = True
    seconds_good = 5.0

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    async def look(self) -> Condition:
        try:
            self._keys.current()
        except ReserveError as error:
            return Condition(
                status="error",
                code="auth_keys_unusable",
                effect="effect_nobody_signs_in",
                reason=error,
            )
        return fine()
