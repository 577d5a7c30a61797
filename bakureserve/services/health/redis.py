"""Redis, where the settings name one: does it answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from bakureserve.domain.errors import Unavailable
from bakureserve.services.health.check import Condition, disabled, fine

if TYPE_CHECKING:
    from redis.asyncio import Redis

PATIENCE_SECONDS = 1.0
_WRITTEN = "bakureserve:look"


class RedisCheck:
    """Writes on a connection of its own: the others may be busy, or waiting for what does not come.
    A Redis that only answers, such as a replica, is none to the limiter.

    An empty `url` is no Redis.
    """

    name = "redis"
    vital = False
    seconds_good = 2.0

    def __init__(self, url: str) -> None:
        self._url = url

    async def look(self) -> Condition:
        if not self._url:
            return disabled()
        try:
            from redis.exceptions import RedisError  # noqa: PLC0415 - takes 0.2 s
        except ImportError:
            return Condition(status="error", code="redis_not_installed")
        try:
            client = self._client()
        except ValueError:
            return Condition(status="error", code="redis_url_unreadable")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS), client:
                await client.set(_WRITTEN, 1, px=1000)
        # uvloop raises RuntimeError where a connection was reset before anything could be written
        except (RedisError, OSError, TimeoutError, RuntimeError) as error:
            return _away(error)
        return fine()

    def _client(self) -> Redis:
        from redis.asyncio import Redis  # noqa: PLC0415
        from redis.asyncio.retry import Retry  # noqa: PLC0415
        from redis.backoff import NoBackoff  # noqa: PLC0415

        return Redis.from_url(self._url, retry=Retry(NoBackoff(), 0))


def _away(error: Exception) -> Condition:
    reason = str(error) or f"no answer within {PATIENCE_SECONDS:g} s"
    return Condition(
        status="error",
        code="redis_away",
        effect="effect_each_process_alone",
        reason=Unavailable("redis_silent", reason=reason),
    )
