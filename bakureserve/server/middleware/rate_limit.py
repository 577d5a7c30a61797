"""Holds each client to its share of requests, and tells it what is left of it.

The headers are those of the IETF's draft-ietf-httpapi-ratelimit-headers and the older `X-RateLimit`
ones; all times are in seconds from now.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from math import ceil

from aiohttp import web

from bakureserve.domain.errors import TooMany
from bakureserve.domain.gcra import Quota
from bakureserve.limits.memory import MemoryLimiter
from bakureserve.server.exchange import Exchange
from bakureserve.server.middleware.around import Guard

REMEMBERED = 1024
"""Header values kept as text: clients that call steadily keep getting the same few."""


def rate_limit(limiter: MemoryLimiter, steady: Callable[[], float]) -> Guard:
    """Refuse what exceeds the limiter's quota; `steady` is a clock in seconds that never jumps."""
    fixed = _fixed_headers(limiter.quota)
    changing = lru_cache(REMEMBERED)(_changing_headers)

    def limit(_request: web.Request, exchange: Exchange) -> None:
        if exchange.route.weight == 0:
            return
        verdict = limiter.take(exchange.client.key, exchange.route.weight, steady())
        exchange.headers += fixed
        exchange.headers += changing(verdict.remaining, ceil(verdict.reset_after))
        if not verdict.allowed:
            seconds = ceil(verdict.retry_after)
            raise TooMany("rate_limited", retry_after=verdict.retry_after, seconds=seconds)

    return limit


def _fixed_headers(quota: Quota) -> list[tuple[str, str]]:
    return [
        ("RateLimit-Policy", f'"default";q={quota.requests};w={quota.window:g}'),
        ("X-RateLimit-Limit", str(quota.requests)),
    ]


def _changing_headers(remaining: int, reset: int) -> tuple[tuple[str, str], ...]:
    return (
        ("RateLimit", f'"default";r={remaining};t={reset}'),
        ("X-RateLimit-Remaining", str(remaining)),
        ("X-RateLimit-Reset", str(reset)),
    )
