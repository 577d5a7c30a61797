"""Who calls, and how often they may: the client's address and its rate limit.

The client is the peer, or the one that trusted proxies say they forward for. Rate limit headers are
those of the IETF's draft-ietf-httpapi-ratelimit-headers and the older `X-RateLimit` ones; all times
are in seconds from now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from math import ceil

from aiohttp import web

from bakureserve.domain.errors import TooMany
from bakureserve.limits.gcra import Quota, QuotaVerdict
from bakureserve.limits.limiter import Limiter
from bakureserve.server.pipeline import Client, Exchange, Guard

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_FORWARDING = frozenset(
    {
        "forwarded",
        "via",
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "true-client-ip",
        "cf-connecting-ip",
        "fly-client-ip",
    }
)
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


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address is in one of the networks; what is no address is in none."""
    found = _address(address)
    return found is not None and _is_trusted(found, networks)


def is_forwarded(request: web.BaseRequest) -> bool:
    """Whether a proxy has passed the request on, so that its peer is not who asks.

    Judged by the headers that proxies put on; a proxy that puts on none goes unnoticed.
    """
    names = {name.lower() for name in request.headers}
    return not names.isdisjoint(_FORWARDING) or any(
        name.startswith("x-forwarded-") for name in names
    )


def client_of(peer: str, forwarded_for: str, trusted_proxies: Sequence[Network]) -> Client:
    """The client behind `peer`, walking `X-Forwarded-For` from its right end.

    Each hop is believed only because the one after it is a trusted proxy, so what a stranger
    writes into the header counts for nothing. `Forwarded` (RFC 7239) is not read: proxies pass on
    the one of the two that they do not write, as the stranger wrote it. A peer without an address
    is on a socket of this machine, guarded by its permissions: it is not counted.
    """
    client = _address(peer)
    if client is None:
        return Client("local", "")
    for hop in reversed(forwarded_for.split(",")):
        forwarded = _address(hop) if _is_trusted(client, trusted_proxies) else None
        if forwarded is None:
            break
        client = forwarded
    return Client(str(client), _key(client))


def _key(address: Address) -> str:
    """What is counted as one client: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    if isinstance(address, IPv4Address):
        return str(address)
    return str(ip_network((int(address), 64), strict=False))


def _is_trusted(address: Address, proxies: Sequence[Network]) -> bool:
    return any(address in network for network in proxies)


def _address(text: str) -> Address | None:
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


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


def _headers(quota: Quota, remaining: int, reset: int) -> tuple[tuple[str, str], ...]:
    return (
        ("RateLimit-Policy", f'"default";q={quota.requests};w={quota.window:g}'),
        ("RateLimit", f'"default";r={remaining};t={reset}'),
        ("X-RateLimit-Limit", str(quota.requests)),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(reset)),
    )
