"""The rate limit of each client, and the headers that tell what is left of it.

The headers are those of the IETF's draft-ietf-httpapi-ratelimit-headers and the older `X-RateLimit`
ones; their times are in seconds from now.
"""

from __future__ import annotations

from collections.abc import Awaitable
from functools import lru_cache, partial
from math import ceil

from aiohttp import web

from bakureserve.domain.errors import TooMany
from bakureserve.limits.limiter import Limiter, Quota, QuotaVerdict
from bakureserve.server.pipeline import Client, Exchange

HEADERS_REMEMBERED = 1024
"""Header values kept as text: clients that call steadily keep getting the same few."""


class RateLimit:
    """Refuses what exceeds the limiter's quota, and tells each client what is left of its own."""

    def __init__(self, limiter: Limiter) -> None:
        self._limiter = limiter
        self._headers = lru_cache(HEADERS_REMEMBERED)(partial(_headers, limiter.quota))

    def guard(self, _request: web.Request, exchange: Exchange) -> Awaitable[None] | None:
        """The pipeline's guard."""
        client, weight = exchange.client.key, exchange.route.weight
        if not weight or not client:
            return None
        verdict = self._limiter.take(client, weight)
        if not isinstance(verdict, QuotaVerdict):
            return self._tell_later(exchange, verdict)
        self._tell(exchange, verdict)
        return None

    def at_once(self, client: Client, weight: int) -> bytes | None:
        """The lines of the headers for a call that is allowed at once.

        None, and nothing counted, where the guard has to refuse it or to wait for Redis.
        """
        if not weight or not client.key:
            return b""
        verdict = self._limiter.take_at_once(client.key, weight)
        if verdict is None:
            return None
        return _lines(self._headers(verdict.remaining, ceil(verdict.reset_after)))

    async def _tell_later(self, exchange: Exchange, verdict: Awaitable[QuotaVerdict]) -> None:
        self._tell(exchange, await verdict)

    def _tell(self, exchange: Exchange, verdict: QuotaVerdict) -> None:
        _tell(exchange, verdict, self._headers(verdict.remaining, ceil(verdict.reset_after)))


async def charge(exchange: Exchange, limiter: Limiter, weight: int) -> None:
    """Count a call that turns out to be a large one as `weight` more. Raises TooMany.

    Where calls are not limited, nothing happens.
    """
    client = exchange.client.key
    weight = min(weight, limiter.quota.requests - 1)  # the call itself is one
    if (
        not any(name == LIMIT_HEADERS[0] for name, _ in exchange.headers)
        or not weight
        or not client
    ):
        return
    verdict = limiter.take(client, weight)
    if not isinstance(verdict, QuotaVerdict):
        verdict = await verdict
    exchange.headers = [each for each in exchange.headers if each[0] not in LIMIT_HEADERS]
    _tell(exchange, verdict, _headers(limiter.quota, verdict.remaining, ceil(verdict.reset_after)))


def _tell(exchange: Exchange, verdict: QuotaVerdict, headers: LimitHeaders) -> None:
    exchange.headers += headers
    if not verdict.allowed:
        seconds = ceil(verdict.retry_after)
        raise TooMany("rate_limited", retry_after=verdict.retry_after, seconds=seconds)


LimitHeaders = tuple[tuple[str, str], ...]


@lru_cache(HEADERS_REMEMBERED)
def _lines(headers: LimitHeaders) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers).encode()


LIMIT_HEADERS = (
    "RateLimit-Policy",
    "RateLimit",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


def _headers(quota: Quota, remaining: int, reset: int) -> LimitHeaders:
    policy, left, limit, remains, resets = LIMIT_HEADERS
    return (
        (policy, f'"default";q={quota.requests};w={quota.window:g}'),
        (left, f'"default";r={remaining};t={reset}'),
        (limit, str(quota.requests)),
        (remains, str(remaining)),
        (resets, str(reset)),
    )
