"""Access tokens: who sends a request, by a token of ours or of an external issuer.

Ours are short-lived, signed, and checked without looking anything up. Nothing is asked of the
store, so a token lets its holder read until it expires: that is why its life is short. Every change
looks at the account itself (`store.users.require_standing`). A check needs no cache to stay below
100 µs; `python -m bench.tokens` measures it.

Tokens come in their compact form, `header.claims.signature` (RFC 7515, section 7.1). What is read
before the signature is checked serves only to choose the key that must have made it. Whatever is
wrong with a token, the answer is the same: Unauthenticated with the code `token_bad`.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, Protocol, get_args

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.util import urlsafe_b64decode
from msgspec import Meta

from bakureserve.auth.keys import ALGORITHM, KeyRing
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Unauthenticated

OURS: Literal["bakureserve"] = "bakureserve"
"""Issuer and audience of every token of ours: who runs this server reads only what it wrote."""
LIFETIME = dt.timedelta(minutes=15)
"""The longest that a person's token may live, and what it does live unless told otherwise."""

_Person = Literal["guest", "staff", "admin"]
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


class _Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. Registered names are those of RFC 7519; moments are in Unix seconds."""

    iss: Literal["bakureserve"]
    aud: Literal["bakureserve"]
    sub: Annotated[str, Meta(min_length=1)]
    iat: int
    nbf: int
    exp: int
    jti: str
    kind: _Person
    sid: str = ""
    scope: str = ""
    restaurants: list[str] = msgspec.field(default_factory=list, name="venues")
    name: str = ""
    email: str = ""
    rights: int = 0


_CLAIMS = msgspec.json.Decoder(_Claims)


class AccessTokens:
    """Issues and reads access tokens that are signed with the keys of `keys`."""

    def __init__(
        self,
        keys: KeyRing,
        clock: Callable[[], dt.datetime],
        lifetime: dt.timedelta = LIFETIME,
    ) -> None:
        if not dt.timedelta(0) < lifetime <= LIFETIME:
            raise ValueError(lifetime)
        self.keys = keys
        self._clock = clock
        self.lifetime = lifetime

    def issue(self, actor: Actor, lifetime: dt.timedelta | None = None) -> str:
        """A token that `read` turns into this actor, less its request id.

        Another `lifetime` is for tokens that an operator hands to a script; past the overlap of a
        key rotation no token lives on. Raises Conflict when all that is said about the actor does
        not fit into a token, and ValueError for an actor who is not a person.
        """
        if actor.kind not in get_args(_Person):
            raise ValueError(actor.kind)
        key = self.keys.current()
        token = jws.serialize_compact(
            {"alg": ALGORITHM, "kid": key.kid, "typ": "JWT"},
            msgspec.json.encode(self._claims(actor, lifetime or self.lifetime)),
            key.jwk,
            registry=_REGISTRY,
        )
        if len(token) > LONGEST_TOKEN:
            raise Conflict("token_too_large", largest=LONGEST_TOKEN)
        return token

    def read(self, token: str) -> Actor:
        """Who holds this token. Raises Unauthenticated: `token_expired` or else `token_bad`."""
        key = self.keys.find(header_of(token).kid)
        if key is None:
            raise Unauthenticated("token_bad")
        payload = verified(token, key.jwk, _REGISTRY)
        with refusing():
            claims = _CLAIMS.decode(payload)
        self._require_present(claims)
        return _actor(claims)

    def _claims(self, actor: Actor, lifetime: dt.timedelta) -> _Claims:
        now = int(self._clock().timestamp())
        return _Claims(
            iss=OURS,
            aud=OURS,
            sub=actor.subject,
            iat=now,
            nbf=now,
            exp=now + int(lifetime.total_seconds()),
            jti=secrets.token_urlsafe(12),
            kind=actor.kind,  # type: ignore[arg-type]  # issue() has looked
            sid=actor.session_id,
            scope=" ".join(sorted(actor.scopes)),
            restaurants=sorted(actor.restaurants),
            name=actor.name,
            email=actor.email,
            rights=actor.rights or 0,
        )

    def _require_present(self, claims: _Claims) -> None:
        now = self._clock().timestamp()
        if now >= claims.exp:
            raise Unauthenticated("token_expired")
        if now < claims.nbf:
            raise Unauthenticated("token_bad")


def _actor(claims: _Claims) -> Actor:
    return Actor(
        kind=claims.kind,
        subject=claims.sub,
        scopes=frozenset(claims.scope.split()),
        restaurants=frozenset(claims.restaurants),
        email=claims.email,
        name=claims.name,
        session_id=claims.sid,
        rights=claims.rights,
    )


LONGEST_TOKEN = 8_000
"""In characters. With `Authorization: Bearer` before it, it just fits into one line of a header."""


class Header(msgspec.Struct, frozen=True):
    """What a token says about its signature. `crit` is here for its type, which joserfc trusts."""

    alg: str
    kid: str = ""
    crit: list[str] = []


class _Issued(msgspec.Struct, frozen=True):
    iss: str


_HEADER = msgspec.json.Decoder(Header)
_ISSUED = msgspec.json.Decoder(_Issued)


def header_of(token: str) -> Header:
    """The header that a token claims to have. Raises Unauthenticated."""
    with refusing():
        header, _, _ = _split(token)
        return _HEADER.decode(urlsafe_b64decode(header))


def issuer_of(token: str) -> str:
    """The issuer that a token claims to come from. Raises Unauthenticated."""
    with refusing():
        _, claims, _ = _split(token)
        return _ISSUED.decode(urlsafe_b64decode(claims)).iss


def verified(token: str, key: Key, registry: jws.JWSRegistry) -> bytes:
    """The claims, as JSON, of a token that `key` has signed in a way that the registry allows.

    Raises Unauthenticated for every other.
    """
    with refusing():
        return jws.deserialize_compact(token, key, registry=registry).payload


@contextmanager
def refusing() -> Iterator[None]:
    """Turn whatever a malformed token causes in a parser into Unauthenticated."""
    try:
        yield
    except (JoseError, ValueError, RecursionError):
        raise Unauthenticated("token_bad") from None


def _split(token: str) -> list[bytes]:
    """The three parts of a token that is short enough. Raises ValueError."""
    if len(token) > LONGEST_TOKEN:
        raise ValueError(len(token))
    parts = token.encode("ascii").split(b".")
    if len(parts) != 3:
        raise ValueError(len(parts))
    return parts


def bearer_token(header: str) -> str:
    """The token in an Authorization header (RFC 6750, section 2.1). Raises Unauthenticated."""
    scheme, _, token = header.strip(" \t").partition(" ")
    token = token.lstrip(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("token_missing")
    return token


class OutsideTokens(Protocol):
    """Reads the tokens of an external issuer."""

    async def read(self, token: str) -> Actor:
        """Who holds this token. Raises Unauthenticated, Unavailable."""


class Authenticator:
    """Reads tokens of ours and, if there is one, of an external issuer."""

    def __init__(self, tokens: AccessTokens, external: OutsideTokens | None = None) -> None:
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
        if issuer_of(token) == OURS:
            return self._tokens.read(token)
        if self._external is None:
            raise Unauthenticated("token_bad")
        return await self._external.read(token)
