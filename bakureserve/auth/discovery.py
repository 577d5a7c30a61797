"""Where an external issuer publishes its keys, and how they are fetched.

The issuer says it in its discovery document (OpenID Connect Discovery 1.0, section 4); one without
such a document has them at `/.well-known/jwks.json`. Only keys that can check RS256 and ES256
signatures are taken: a secret in the set would let anybody sign.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.util import urlsafe_b64decode

from bakureserve.domain.errors import Invalid

D = TypeVar("D")

ALGORITHMS = ("RS256", "ES256")
FETCH_SECONDS = 3.0
LARGEST_ANSWER = 64 * 1024
SHORTEST_MODULUS = 2048
"""Of an RSA key, in bits; the least of RFC 7518, section 3.3."""

_DISCOVERY = "/.well-known/openid-configuration"
_KEY_SET = "/.well-known/jwks.json"


class Unfit(ValueError):
    """An answer of the issuer that cannot be used."""


class _Discovered(msgspec.Struct, frozen=True):
    issuer: str
    jwks_uri: str


class _KeySet(msgspec.Struct, frozen=True):
    keys: list[dict[str, Any]]


def issuer_url(domain: str) -> str:
    """The issuer's address without a slash at its end, from a bare domain or a URL.

    Raises Invalid for plain http, unless it stays on this machine.
    """
    url = (domain if "://" in domain else f"https://{domain}").rstrip("/")
    if not _is_private(url):
        raise Invalid("issuer_not_https", field="auth0_domain", address=domain)
    return url


async def published_keys(http: aiohttp.ClientSession, issuer: str) -> Mapping[str, Key]:
    """The issuer's usable keys by their ids. Raises ClientError, TimeoutError, Unfit."""
    async with asyncio.timeout(FETCH_SECONDS):
        address = await _key_set_address(http, issuer)
        keys = usable_keys(await _fetched(http, address))
    if not keys:
        raise Unfit("no usable key in the set")
    return keys


def usable_keys(document: bytes) -> dict[str, Key]:
    """The keys of a key set (RFC 7517, section 5) that may check signatures. Raises Unfit.

    A key that is malformed, or of a kind that is not for us, does not spoil the others.
    """
    keys = (_usable(row) for row in _decoded(document, _KeySet).keys)
    return {key.kid or "": key for key in keys if key is not None}


def _usable(row: dict[str, Any]) -> RSAKey | ECKey | None:
    try:
        key = _imported(row)
        key.check_use("sig")
        key.check_key_op("verify")
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        return None
    return None if key.is_private else key


def _imported(row: dict[str, Any]) -> RSAKey | ECKey:
    if row["kty"] == "EC":
        return ECKey.import_key(row)
    if row["kty"] == "RSA" and _bits(row["n"]) >= SHORTEST_MODULUS:
        return RSAKey.import_key(row)
    raise Unfit("a key of no use here")


def _bits(modulus: str) -> int:
    """How long a number is, whatever zeros it begins with."""
    return int.from_bytes(urlsafe_b64decode(modulus.encode()), "big").bit_length()


async def _key_set_address(http: aiohttp.ClientSession, issuer: str) -> str:
    try:
        found = _decoded(await _fetched(http, issuer + _DISCOVERY), _Discovered)
    except Unfit:
        return issuer + _KEY_SET
    if found.issuer.rstrip("/") != issuer or not _is_private(found.jwks_uri):
        raise Unfit("a discovery document that is not this issuer's")
    return found.jwks_uri


async def _fetched(http: aiohttp.ClientSession, url: str) -> bytes:
    async with http.get(url, allow_redirects=False) as answer:
        if answer.status != 200:
            raise Unfit(f"status {answer.status}")
        body = bytearray()
        async for chunk in answer.content.iter_chunked(8192):
            body += chunk
            if len(body) > LARGEST_ANSWER:
                raise Unfit("too large")
        return bytes(body)


def _decoded(document: bytes, kind: type[D]) -> D:
    try:
        return msgspec.json.decode(document, type=kind)
    except (ValueError, RecursionError):
        raise Unfit("not the JSON that was expected") from None


def _is_private(url: str) -> bool:
    """Whether what is fetched from there cannot be changed on the way."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
