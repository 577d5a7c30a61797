"""Who sends a request, by its Authorization header (RFC 6750, section 2.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bakureserve.auth import compact
from bakureserve.auth.tokens import OURS, AccessTokens
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated

if TYPE_CHECKING:
    from bakureserve.auth.issuer import ExternalIssuer  # costs 0.1 s, and most have none


def bearer_token(header: str) -> str:
    """What the header gives as its token. Raises Unauthenticated when it gives none."""
    scheme, _, token = header.strip(" \t").partition(" ")
    token = token.lstrip(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("token_missing")
    return token


class Authenticator:
    """Reads tokens of ours and, if there is one, of an external issuer."""

    def __init__(self, tokens: AccessTokens, external: ExternalIssuer | None = None) -> None:
        self._tokens = tokens
        self._external = external

    async def identify(self, header: str | None) -> Actor | None:
        """Who sends this Authorization header; None for who sends none.

        What the token says about its issuer only chooses who checks it. Raises Unauthenticated,
        and Unavailable when the external issuer could never be asked for its keys.
        """
        if header is None:
            return None
        token = bearer_token(header)
        if compact.issuer_of(token) == OURS:
            return self._tokens.read(token)
        if self._external is None:
            raise Unauthenticated("token_bad")
        return await self._external.read(token)
