"""Holds each client to its share of requests, and tells it what is left of it.

The headers are those of the IETF's draft-ietf-httpapi-ratelimit-headers and the older `X-RateLimit`
ones; all times are in seconds from now.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import lru_cache
from math import ceil

from aiohttp import web

from bakureserve.domain.errors import TooMany
from bakureserve.limits.gcra import Quota, Verdict
from bakureserve.limits.limiter import Limiter
from bakureserve.server.exchange import Exchange
from bakureserve.server.pipeline import Guard

REMEMBERED = 1024
"""Header values kept as text: clients that call steadily keep getting the same few."""

Tell = Callable[[Exchange, Verdict], None]


def rate_limit(limiter: Limiter) -> Guard:
    """Refuse what exceeds the limiter's quota."""
    tell = _telling(limiter.quota)

    def limit(_request: web.Request, exchange: Exchange) -> Awaitable[None] | None:
        client, weight = exchange.client.key, exchange.route.weight
        if not weight or not client:
            return None
        verdict = limiter.take(client, weight)
        if not isinstance(verdict, Verdict):
            return _tell_later(tell, exchange, verdict)
        tell(exchange, verdict)
        return None

    return limit


async def _tell_later(tell: Tell, exchange: Exchange, verdict: Awaitable[Verdict]) -> None:
    tell(exchange, await verdict)


def _telling(quota: Quota) -> Tell:
    """Puts the headers on, and raises TooMany for what was refused."""

    @lru_cache(REMEMBERED)
    def headers(remaining: int, reset: int) -> tuple[tuple[str, str], ...]:
        return _headers(quota, remaining, reset)

    def tell(exchange: Exchange, verdict: Verdict) -> None:
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
