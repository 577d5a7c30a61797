"""The caller: its address, its rate limit, and the actor behind it.

The name is that of a token, or of the operator at the control socket; endpoints decide who may.
Rate limit headers are those of the IETF's draft-ietf-httpapi-ratelimit-headers and the older
`X-RateLimit` ones; their times are in seconds from now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import ip_network
from math import ceil

import msgspec
from aiohttp import web

from bakureserve.domain.accounts.actor import LOCAL_SUBJECT, Actor
from bakureserve.domain.errors import (
    Forbidden,
    ReserveError,
    TooMany,
    Unauthenticated,
    Unavailable,
)
from bakureserve.limits.limiter import Limiter, Quota, QuotaVerdict
from bakureserve.server.addresses import Network, client_of, is_forwarded, is_within
from bakureserve.server.connections import ControlConnection
from bakureserve.server.pipeline import Client, Exchange, Guard, NoteActor

CLIENTS_REMEMBERED = 4096
LONGEST_REMEMBERED = 200
"""Characters of a header; longer ones are read anew each time."""


def client_identity(trusted_proxies: Sequence[Network]) -> Callable[[web.Request], Client]:
    """A function that tells the client of a request, and remembers the last few thousand."""

    def identified(peer: str, forwarded_for: str) -> Client:
        return client_of(peer, forwarded_for, trusted_proxies)

    remembered = lru_cache(CLIENTS_REMEMBERED)(identified)

    def identify_client(request: web.Request) -> Client:
        forwarded_for = ""
        if trusted_proxies and "X-Forwarded-For" in request.headers:
            forwarded_for = ",".join(request.headers.getall("X-Forwarded-For"))
            if len(forwarded_for) > LONGEST_REMEMBERED:
                return identified(request.remote or "", forwarded_for)
        return remembered(request.remote or "", forwarded_for)

    return identify_client


HEADERS_REMEMBERED = 1024
"""Header values kept as text: clients that call steadily keep getting the same few."""

Tell = Callable[[Exchange, QuotaVerdict], None]


def rate_limit(limiter: Limiter) -> Guard:
    """Refuse what exceeds the limiter's quota."""
    tell = _telling(limiter.quota)

    def limit(_request: web.Request, exchange: Exchange) -> Awaitable[None] | None:
        client, weight = exchange.client.key, exchange.route.weight
        if not weight or not client:
            return None
        verdict = limiter.take(client, weight)
        if not isinstance(verdict, QuotaVerdict):
            return _tell_later(tell, exchange, verdict)
        tell(exchange, verdict)
        return None

    return limit


async def _tell_later(tell: Tell, exchange: Exchange, verdict: Awaitable[QuotaVerdict]) -> None:
    tell(exchange, await verdict)


def _telling(quota: Quota) -> Tell:
    """Puts the headers on, and raises TooMany for what was refused."""

    @lru_cache(HEADERS_REMEMBERED)
    def headers(remaining: int, reset: int) -> tuple[tuple[str, str], ...]:
        return _headers(quota, remaining, reset)

    def tell(exchange: Exchange, verdict: QuotaVerdict) -> None:
        exchange.headers += headers(verdict.remaining, ceil(verdict.reset_after))
        if not verdict.allowed:
            seconds = ceil(verdict.retry_after)
            raise TooMany("rate_limited", retry_after=verdict.retry_after, seconds=seconds)

    return tell


async def charge(exchange: Exchange, limiter: Limiter, weight: int) -> None:
    """Count a call that turns out to be a large one as `weight` more. Raises TooMany.

    Where calls are not limited, nothing happens.
    """
    client = exchange.client.key
    weight = min(weight, limiter.quota.requests - 1)  # the call itself is one
    if not any(name == _LIMITED for name, _ in exchange.headers) or not weight or not client:
        return
    verdict = limiter.take(client, weight)
    if not isinstance(verdict, QuotaVerdict):
        verdict = await verdict
    told = {name for name, _ in _headers(limiter.quota, 0, 0)}
    exchange.headers = [each for each in exchange.headers if each[0] not in told]
    _telling(limiter.quota)(exchange, verdict)


_LIMITED = "RateLimit"
"""The header by which a call is known to be counted."""


def _headers(quota: Quota, remaining: int, reset: int) -> tuple[tuple[str, str], ...]:
    return (
        ("RateLimit-Policy", f'"default";q={quota.requests};w={quota.window:g}'),
        ("RateLimit", f'"default";r={remaining};t={reset}'),
        ("X-RateLimit-Limit", str(quota.requests)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(reset)),
    )


Identify = Callable[[str | None], Awaitable[Actor | None]]
"""Takes the header's value, None without one, and returns the actor, or None for a stranger.

Raises Unauthenticated for a proof that does not hold.
"""

LOCAL_GUEST = Actor(
    kind="guest",
    subject=LOCAL_SUBJECT,
    scopes=frozenset({"admin", "reservations:admin"}),
    name="Local developer",
)


def noting_actor(identify: Identify) -> NoteActor:
    """The pipeline's step that notes the actor, under the request's id.

    It does nothing on routes that serve all alike. A request through the control socket comes from
    its operator. Raises Unauthenticated for a proof that does not hold, and for several.
    """

    async def note_actor(request: web.Request, exchange: Exchange) -> None:
        if exchange.route.identifies:
            actor = operator_of(request) or await identify(_authorization(request))
        elif exchange.route.recognises:
            actor = operator_of(request) or await _recognised(request, identify)
        else:
            return
        if actor is not None:
            exchange.actor = msgspec.structs.replace(actor, request_id=exchange.request_id)

    return note_actor


def operator_of(request: web.Request) -> Actor | None:
    """The operator behind a request through the control socket; None for every other request."""
    connection = request.protocol
    return connection.operator if isinstance(connection, ControlConnection) else None


async def _recognised(request: web.Request, identify: Identify) -> Actor | None:
    """The token's holder; None without a good token, and while that cannot be decided."""
    try:
        return await identify(_authorization(request))
    except (Unauthenticated, Forbidden, Unavailable):
        return None


def _authorization(request: web.Request) -> str | None:
    """The header's value. Of several, no one knows which a proxy on the way went by."""
    given = request.headers.getall("Authorization", ())
    if len(given) > 1:
        raise Unauthenticated("authorization_repeated")
    return given[0] if given else None


def people_only(identify: Identify) -> Identify:
    """`identify` for every call but the scrape: raises Forbidden for a token that only scrapes."""

    async def person(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None and actor.only_scrapes:
            raise Forbidden("scrapes_only")
        return actor

    return person


def in_standing(identify: Identify, require: Callable[[Actor], Awaitable[None]]) -> Identify:
    """`identify` for streams: `require` raises once the actor may do less than the token says."""

    async def standing(authorization: str | None) -> Actor | None:
        actor = await identify(authorization)
        if actor is not None:
            await require(actor)
        return actor

    return standing


def dev_identity() -> Identify:
    """Everyone is the local guest, who may do everything. Only for a server on loopback."""

    async def identify(_authorization: str | None) -> Actor | None:
        return LOCAL_GUEST

    return identify


LOOPBACK: tuple[Network, ...] = (ip_network("127.0.0.0/8"), ip_network("::1"))


class Scrapers:
    """Who may scrape: this machine, the named networks, and tokens that only scrape.

    A forwarded request does not count as this machine's, and counts as a named network's only if a
    trusted proxy says so.
    """

    def __init__(self, networks: Sequence[Network], identify: Identify) -> None:
        self._networks = networks
        self._identify = identify

    async def admit(self, request: web.Request, client: Client) -> bool:
        """Whether this request may read the metrics."""
        if operator_of(request) is not None:
            return True
        return self._is_near(request, client) or await self._has_token(request)

    def _is_near(self, request: web.Request, client: Client) -> bool:
        peer = client_of(request.remote or "", "", ()).address
        if is_forwarded(request):
            return client.address != peer and is_within(client.address, self._networks)
        return is_within(peer, (*LOOPBACK, *self._networks))

    async def _has_token(self, request: web.Request) -> bool:
        given = request.headers.getall("Authorization", ())
        if len(given) != 1:
            return False
        try:
            actor = await self._identify(given[0])
        except ReserveError:
            return False
        return actor is not None and actor.only_scrapes
