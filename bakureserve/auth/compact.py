"""Signed tokens in their compact form, `header.claims.signature` (RFC 7515, section 7.1).

What is read before the signature is checked serves only to choose the key that must have made it.
Whatever is wrong with a token, the answer is the same: Unauthenticated with the code `token_bad`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import Key
from joserfc.util import urlsafe_b64decode

from bakureserve.domain.errors import Unauthenticated

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
