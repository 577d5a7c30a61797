"""An external issuer that speaks OpenID Connect (Auth0, Keycloak, Entra): its keys and its tokens.

Its discovery document says where its keys are (OpenID Connect Discovery 1.0, section 4); without
one they are at `/.well-known/jwks.json`. Only keys that check RS256 or ES256 signatures are
accepted: with a shared secret, everyone who reads the set could sign.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from ipaddress import ip_address
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import aiohttp
import msgspec
import structlog
from joserfc import jws
from joserfc.errors import ExpiredTokenError, JoseError
from joserfc.jwk import ECKey, Key, RSAKey
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode
from msgspec import Meta

from bakureserve.auth.tokens import header_of, refusing, verified
from bakureserve.causes import cause_of
from bakureserve.domain.accounts.actor import Actor, outside_subject
from bakureserve.domain.errors import Invalid, Unauthenticated, Unavailable

D = TypeVar("D")

log = structlog.get_logger(__name__)

ALGORITHMS = ("RS256", "ES256")
FETCH_SECONDS = 3.0
LARGEST_ANSWER = 64 * 1024
SHORTEST_MODULUS = 2048
"""The smallest RSA key accepted, in bits (RFC 7518, section 3.3)."""
FRESH = dt.timedelta(hours=1)
FLOOR = dt.timedelta(seconds=30)
FLOOR_AFTER_FAILURE = dt.timedelta(seconds=5)

_DISCOVERY = "/.well-known/openid-configuration"
_KEY_SET = "/.well-known/jwks.json"

_REGISTRY = jws.JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)


_Scopes = str | list[str] | None


class _Identity(msgspec.Struct, frozen=True):
    """What we take from a token: OpenID Connect's own claims, and where issuers put scopes.

    `scope` is one string in RFC 9068 and a list from some issuers; `scp` is a string from Entra and
    a list from Okta; `permissions` is a list from Auth0.
    """

    sub: Annotated[str, Meta(min_length=1, max_length=255)]
    scope: _Scopes = None
    scp: _Scopes = None
    permissions: list[str] | None = None
    name: str | None = None
    email: str | None = None


class ExternalIssuer:
    """Reads tokens that `issuer`, a domain or a URL, has made for `audience`.

    Times in tokens may be off by `leeway`, since the issuer's clock may differ from ours. Raises
    Invalid for an issuer that would be reached without TLS, unless it is on this machine.
    """

    def __init__(
        self,
        issuer: str,
        audience: str,
        http: aiohttp.ClientSession,
        clock: Callable[[], dt.datetime],
        leeway: dt.timedelta,
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
        """The holder of this token: a guest, with the scopes that the issuer has granted.

        Raises Unauthenticated (`token_expired`, otherwise `token_bad`), and Unavailable if the
        issuer's keys could never be fetched.
        """
        header = header_of(token)
        if header.alg not in ALGORITHMS:
            raise Unauthenticated("token_bad")
        key = await self._keys.find(header.kid)
        if key is None:
            raise Unauthenticated("token_bad")
        payload = verified(token, key, _REGISTRY)
        with refusing():
            claims = msgspec.json.decode(payload, type=dict[str, Any])
            self._validate(claims)
            return _guest(self.url, msgspec.convert(claims, _Identity))

    async def close(self) -> None:
        """Stop a fetch that is under way. The HTTP session stays open, for its owner to close."""
        await self._keys.close()

    def _validate(self, claims: dict[str, Any]) -> None:
        try:
            self._rules.validate(claims)
        except ExpiredTokenError:
            raise Unauthenticated("token_expired") from None


@asynccontextmanager
async def open_issuer(
    issuer: str, audience: str, clock: Callable[[], dt.datetime], leeway: dt.timedelta
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
    """The scopes in a claim, which is one string with spaces or a list of such strings."""
    lines = [given] if isinstance(given, str) else given or ()
    return frozenset(word for line in lines for word in line.split())


class KnownKeys:
    """An issuer's keys: the last good set from `fetch`, kept while the issuer cannot be reached.

    It is fetched again for a key that is not in it, and in the background once it is an hour old.
    Callers who need it at the same time share one fetch. The next fetch may begin 30 s after the
    last, or 5 s after a failed one, so that requests with made-up key ids do not flood the issuer.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Key]]],
        clock: Callable[[], dt.datetime],
    ) -> None:
        self._fetch = fetch
        self._clock = clock
        self._keys: Mapping[str, Key] = {}
        self._fetched: dt.datetime | None = None
        self._next_fetch: dt.datetime | None = None
        self._fetching: asyncio.Task[None] | None = None

    async def find(self, kid: str) -> Key | None:
        """The key with this id; None if the issuer has none or cannot be reached.

        Raises Unavailable if no keys were ever fetched.
        """
        if kid in self._keys:
            if self._is_stale():
                self._start()
            return self._keys[kid]
        fetching = self._start()
        if fetching is not None:
            await asyncio.shield(fetching)
        if not self._keys:
            wait = FLOOR_AFTER_FAILURE.total_seconds()
            raise Unavailable("issuer_unreachable", retry_after=wait)
        return self._keys.get(kid)

    async def close(self) -> None:
        """Stop a fetch that is under way."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _is_stale(self) -> bool:
        return self._fetched is None or self._clock() - self._fetched >= FRESH

    def _start(self) -> asyncio.Task[None] | None:
        """The fetch that is under way or begins now; None when it is too early for another."""
        if self._fetching is None and self._may_fetch():
            self._fetching = asyncio.create_task(self._refresh(), name="issuer keys")
        return self._fetching

    def _may_fetch(self) -> bool:
        if self._next_fetch is None:
            return True
        wait = self._next_fetch - self._clock()
        return not dt.timedelta(0) < wait <= FLOOR  # longer only if the clock was set back

    async def _refresh(self) -> None:
        floor = FLOOR_AFTER_FAILURE
        try:
            self._keys = await self._fetch()
            self._fetched = self._clock()
            floor = FLOOR
        except (aiohttp.ClientError, OSError, ValueError) as error:
            kept = len(self._keys)
            message = f"{type(error).__name__}: {error}"
            log.warning("issuer_unreachable", kept=kept, cause=cause_of(error), error=message)
        finally:
            self._next_fetch = self._clock() + floor
            self._fetching = None


class Unfit(ValueError):
    """The issuer's answer cannot be used."""


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
    """The keys of a key set (RFC 7517, section 5) that are for checking signatures. Raises Unfit.

    Malformed keys and keys of other kinds are left out.
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
    raise Unfit("a key of another kind, or too short")


def _bits(modulus: str) -> int:
    """The length of a number in bits, without leading zeros."""
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
    """Whether an answer from this URL cannot be altered in transit."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and _is_here(parts.hostname or ""))


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
