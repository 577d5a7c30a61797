"""Tokens of an external issuer, any that speaks OpenID Connect: Auth0, Keycloak, Entra."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import Annotated, Any

import aiohttp
import msgspec
from joserfc import jws
from joserfc.errors import ExpiredTokenError
from joserfc.jwt import JWTClaimsRegistry
from msgspec import Meta

from bakureserve.auth import compact
from bakureserve.auth.discovery import ALGORITHMS, issuer_url, published_keys
from bakureserve.auth.keyset import KnownKeys
from bakureserve.domain.accounts.actor import Actor, outside_subject
from bakureserve.domain.errors import Unauthenticated

LEEWAY = dt.timedelta(seconds=60)

_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


_Scopes = str | list[str] | None


class _Identity(msgspec.Struct, frozen=True):
    """What we take from a token: OpenID Connect's own claims, and where issuers put scopes.

    `scope` is a line in RFC 9068 and a list of some issuers; `scp` is Entra's line and Okta's list,
    `permissions` are Auth0's.
    """

    sub: Annotated[str, Meta(min_length=1, max_length=255)]
    scope: _Scopes = None
    scp: _Scopes = None
    permissions: list[str] | None = None
    name: str | None = None
    email: str | None = None


class ExternalIssuer:
    """Reads tokens that `issuer`, a domain or a URL, has made for `audience`.

    Moments in tokens may be off by `leeway`, as the issuer's clock is not ours. Raises Invalid for
    an issuer that would be reached without TLS, unless it is on this machine.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        http: aiohttp.ClientSession,
        clock: Callable[[], dt.datetime],
        leeway: dt.timedelta = LEEWAY,
    ) -> None:
        self.url = issuer_url(issuer)
        self._keys = KnownKeys(partial(published_keys, http, self.url), clock)
        self._rules = JWTClaimsRegistry(
            now=lambda: int(clock().timestamp()),
            leeway=int(leeway.total_seconds()),
            # Auth0 ends its name with a slash and others do not; operators write either.
            iss={"essential": True, "values": [self.url, f"{self.url}/"]},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )

    async def read(self, token: str) -> Actor:
        """Who holds this token: a guest, with the scopes that the issuer has granted.

        Raises Unauthenticated, `token_expired` or else `token_bad`, and Unavailable when the issuer
        could never be asked for its keys.
        """
        header = compact.header_of(token)
        if header.alg not in ALGORITHMS:
            raise Unauthenticated("token_bad")
        key = await self._keys.find(header.kid)
        if key is None:
            raise Unauthenticated("token_bad")
        payload = compact.verified(token, key, _REGISTRY)
        with compact.refusing():
            claims = msgspec.json.decode(payload, type=dict[str, Any])
            self._validate(claims)
            return _guest(self.url, msgspec.convert(claims, _Identity))

    async def close(self) -> None:
        """End what is under way; the HTTP session is its owner's."""
        await self._keys.close()

    def _validate(self, claims: dict[str, Any]) -> None:
        try:
            self._rules.validate(claims)
        except ExpiredTokenError:
            raise Unauthenticated("token_expired") from None


@asynccontextmanager
async def open_issuer(
    issuer: str, audience: str, clock: Callable[[], dt.datetime], leeway: dt.timedelta = LEEWAY
) -> AsyncIterator[ExternalIssuer]:
    """The issuer with an HTTP session of its own. Raises Invalid as `ExternalIssuer` does."""
    async with aiohttp.ClientSession() as http:
        opened = ExternalIssuer(issuer, audience, http, clock, leeway)
        try:
            yield opened
        finally:
            await opened.close()


def _guest(issuer: str, identity: _Identity) -> Actor:
    return Actor(
        kind="guest",
        subject=outside_subject(issuer, identity.sub),
        scopes=_words(identity.scope) | _words(identity.scp) | _words(identity.permissions),
        email=identity.email or "",
        name=identity.name or "",
    )


def _words(given: _Scopes) -> frozenset[str]:
    """The scopes of a claim: words with spaces between, whichever way the issuer packs them."""
    lines = [given] if isinstance(given, str) else given or ()
    return frozenset(word for line in lines for word in line.split())
