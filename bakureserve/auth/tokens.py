"""Tokens: access tokens, ours or an external issuer's; refresh secrets; device tokens.

An access token of ours is signed, is valid for minutes and is checked without the store: it lets
its holder read until it expires. Every change checks the account itself
(`store.accounts.users.require_standing`). A check stays below 100 µs without a cache; `python -m
bench.tokens` measures it. Tokens come in compact form, `header.claims.signature` (RFC 7515, section
7.1). What is read before the signature is checked only chooses the key to check it with. Any
malformed token is refused with Unauthenticated, `token_bad`.

A refresh secret is 32 bytes and a seal of 16, in base64url; each is made from the one before. The
seal shows that it was issued here, without a list of all that ever were, and the successor of a
used secret can be made again instead of being stored. Both need the signing keys: once a key is
gone, a secret made with it is valid while the store has its hash, and a used one is no longer
recognised.

A device token proves that a device was recently logged in to an account. A device that presents one
at login is not slowed down by strangers who guess passwords; it still needs the password.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Literal, Protocol, get_args

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key as WebKey
from joserfc.util import urlsafe_b64decode as unpadded_b64decode
from msgspec import Meta

from bakureserve.auth.keys import ALGORITHM, Key, KeyRing
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Unauthenticated

OURS: Literal["bakureserve"] = "bakureserve"
"""Issuer and audience of our own tokens, which are for nothing but this server."""
LIFETIME = dt.timedelta(minutes=15)
"""The longest lifetime of a person's token, and the default."""

DEVICE_LIFETIME = dt.timedelta(days=30)
LONGEST_DEVICE_TOKEN = 200
"""In characters."""
REFRESH_LENGTH = 64
"""Characters of a refresh secret."""

_REFRESH_BODY_BYTES = 32
_REFRESH_SEAL_BYTES = 16
_DEVICE_TOKEN = re.compile(
    r"(?P<device>[A-Za-z0-9-]{1,64})\.(?P<until>[0-9]{1,12})\.(?P<mac>[\w-]{43})"
)
_Person = Literal["guest", "staff", "admin"]
_REGISTRY = jws.JWSRegistry(algorithms=[ALGORITHM])


class _Claims(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a token says. Registered names are those of RFC 7519; times are in Unix seconds."""

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
        """A token that `read` turns back into this actor, without the request id.

        A longer `lifetime` is for tokens that an operator gives to a script; no token outlives the
        key that signed it. Raises Conflict if the facts about the actor do not fit into a token,
        and ValueError for an actor who is not a person.
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
        """The holder of this token. Raises Unauthenticated: `token_expired` or else `token_bad`."""
        kid = header_of(token).kid
        key = self.keys.by_kid.get(kid) or self.keys.find(kid)
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
            kind=actor.kind,  # type: ignore[arg-type]  # checked in issue()
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
    """What a token says about its signature. `crit` is read to check its type: joserfc does not."""

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
        return _HEADER.decode(unpadded_b64decode(header))


def issuer_of(token: str) -> str:
    """The issuer that a token claims to come from. Raises Unauthenticated."""
    with refusing():
        _, claims, _ = _split(token)
        return _ISSUED.decode(unpadded_b64decode(claims)).iss


def verified(token: str, key: WebKey, registry: jws.JWSRegistry) -> bytes:
    """The claims, as JSON, of a token that `key` has signed in a way that the registry allows.

    Raises Unauthenticated for any other token.
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
        """The holder of this token. Raises Unauthenticated, Unavailable."""


class Authenticator:
    """Reads tokens of ours and, if there is one, of an external issuer."""

    def __init__(self, tokens: AccessTokens, external: OutsideTokens | None = None) -> None:
        self._tokens = tokens
        self._external = external

    async def identify(self, header: str | None) -> Actor | None:
        """The actor named by an Authorization header; None without one.

        What the token says about its issuer only chooses who checks it. Raises Unauthenticated,
        and Unavailable if the external issuer's keys could never be fetched.
        """
        if header is None:
            return None
        token = bearer_token(header)
        if issuer_of(token) == OURS:
            return self._tokens.read(token)
        if self._external is None:
            raise Unauthenticated("token_bad")
        return await self._external.read(token)


class RefreshSecrets:
    """Makes and recognises refresh secrets. Raises Unavailable without signing keys."""

    def __init__(self, keys: KeyRing) -> None:
        self._keys = keys

    def first(self, session_id: str) -> str:
        """The secret that a session begins with."""
        return _sealed(self._keys.current(), session_id, secrets.token_bytes(_REFRESH_BODY_BYTES))

    def successor(self, session_id: str, used: str) -> str:
        """The secret that follows a used one."""
        return _successor(self._keys.current(), session_id, used)

    def successors(self, session_id: str, used: str) -> Iterator[str]:
        """What may have followed a used one: a secret for each valid key, the newest first."""
        return (_successor(key, session_id, used) for key in self._keys.all())

    def was_issued(self, session_id: str, secret: str) -> bool:
        """Whether it was made here, for this session, with a key that is still valid."""
        body = _body(secret)
        return body is not None and any(
            hmac.compare_digest(_sealed(key, session_id, body), secret) for key in self._keys.all()
        )


def _successor(key: Key, session_id: str, used: str) -> str:
    return _sealed(key, session_id, key.mac("refresh successor", session_id, used))


def _sealed(key: Key, session_id: str, body: bytes) -> str:
    seal = key.mac("refresh issued", session_id, body.hex())[:_REFRESH_SEAL_BYTES]
    return urlsafe_b64encode(body + seal).decode()


def _body(secret: str) -> bytes | None:
    if len(secret) != REFRESH_LENGTH:
        return None
    try:
        return urlsafe_b64decode(secret)[:_REFRESH_BODY_BYTES]
    except ValueError:
        return None


class DeviceTokens:
    """Makes and reads device tokens, signed with the keys of `keys`."""

    def __init__(self, keys: KeyRing, clock: Callable[[], dt.datetime]) -> None:
        self._keys = keys
        self._clock = clock

    def issue(self, user_id: str, device: str) -> str:
        """A token for the account's device of that name, which is its session's id."""
        until = int((self._clock() + DEVICE_LIFETIME).timestamp())
        return f"{device}.{until}.{_device_mac(self._keys.current(), user_id, device, until)}"

    def read(self, token: str, user_id: str) -> str:
        """The device that holds the token; '' if that is expired, or not for this account."""
        found = (
            _DEVICE_TOKEN.fullmatch(token)
            if len(token) <= LONGEST_DEVICE_TOKEN and token.isascii()
            else None
        )
        if found is None or int(found["until"]) <= self._clock().timestamp():
            return ""
        device, until = found["device"], int(found["until"])
        is_ours = any(
            hmac.compare_digest(_device_mac(key, user_id, device, until), found["mac"])
            for key in self._keys.all()
        )
        return device if is_ours else ""


def _device_mac(key: Key, user_id: str, device: str, until: int) -> str:
    made = key.mac("device", user_id, device, str(until))
    return urlsafe_b64encode(made).decode().rstrip("=")
