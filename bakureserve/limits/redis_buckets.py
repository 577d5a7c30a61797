"""The buckets of all processes in one Redis, judged there by one script and that server's clock."""

from __future__ import annotations

import asyncio
from collections import deque
from itertools import islice
from time import perf_counter
from typing import NamedTuple

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from bakureserve.causes import cause_of
from bakureserve.limits.limiter import Quota, RedisAway

log = structlog.get_logger(__name__)

PATIENCE_SECONDS = 0.1
"""How long one batch may take. A request waits for its own and for the one under way."""
GONE = (RedisError, OSError, TimeoutError, RuntimeError)
"""What is raised when Redis cannot be used. uvloop raises RuntimeError if a connection was reset
before anything could be written to it."""
_LARGEST_BATCH = 256
_SCANNED_AT_ONCE = 500

TAKE = """
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local requests, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local answers = {now}
for i, key in ipairs(KEYS) do
  local used = 0
  local kept = redis.call('GET', key)
  if kept then
    local at, then_used = string.match(kept, '(%d+) (%d+)')
    used = math.max(0, then_used - math.max(0, now - at) * requests)
  end
  local cost = math.min(requests, tonumber(ARGV[i + 2])) * window
  local excess = math.max(0, used + cost - requests * window)
  if cost > 0 and excess == 0 then
    used = used + cost
    local lifetime = math.ceil(used / requests / 1000) + 1
    redis.call('SET', key, string.format('%.0f %.0f', now, used), 'PX', lifetime)
  end
  answers[2 * i], answers[2 * i + 1] = used, excess
end
return answers
"""
"""The same arithmetic as `limits.limiter.take`, on an amount and the moment at which it was true.

A client's key holds that moment in microseconds, and how much of its quota was used then in parts
of 1/N µs: both whole numbers below 2^53 for any sensible quota. It is not a theoretical arrival
time, because the server's clock may be set back, and that must lock no client out. A key
lives until the quota is whole again. A weight of 0 only looks.
"""


_LOOKED_AT = "bakureserve:look"
"""Written at each look: a Redis that can only be read (a replica, a full one) decides nothing."""


class Taken(NamedTuple):
    """Redis's answer to a call: the quota used and lacking in parts of 1/N ns, the time in µs."""

    at: int
    used: int
    excess: int


class _Ask(NamedTuple):
    client: str
    weight: int
    done: asyncio.Future[Taken]


class SharedBuckets:
    """Asks Redis for all calls that wait, in one message at a time. Make one with `connect`.

    While it is `away` there is no need to ask: `look` finds out when it is back.
    """

    def __init__(self, redis: Redis, quota: Quota, *, patience: float = PATIENCE_SECONDS) -> None:
        self.quota = quota
        self.away = True
        self.failures = 0
        self._is_loss_logged = False
        self._redis = redis
        self._patience = patience
        self._prefix = f"bakureserve:limit:{quota.requests}:{quota.window:g}:"
        self._quota = (quota.requests, quota.call // 1000)
        self._waiting: deque[_Ask] = deque()
        self._asking: asyncio.Task[None] | None = None

    async def take(self, client: str, weight: int) -> Taken:
        """Judge and count a call of `weight` by `client`. Raises RedisAway."""
        done: asyncio.Future[Taken] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Ask(client, weight, done))
        if self._asking is None:
            self._asking = asyncio.create_task(self._ask_for_all(), name="shared limiter")
        return await done

    async def look(self) -> float:
        """See whether Redis runs our scripts and stores what they write.

        Returns how many seconds that took. Raises RedisAway.
        """
        started = perf_counter()
        try:
            async with asyncio.timeout(self._patience):
                await self._redis.set(_LOOKED_AT, 1, px=1000)
                await self._redis.eval(TAKE, 0, *self._quota)
        except GONE as error:
            self._lost(error)
            raise RedisAway from error
        self.away = self._is_loss_logged = False
        return perf_counter() - started

    async def reset(self, client: str) -> bool:
        """Give the client a fresh quota. Returns whether it had used any. Raises RedisAway."""
        try:
            return bool(await self._redis.delete(self._prefix + client))
        except GONE as error:
            raise RedisAway from error

    async def clear(self) -> int:
        """Give every client a fresh quota. Returns how many. Raises RedisAway."""
        keys, dropped = self._redis.scan_iter(f"{self._prefix}*", _SCANNED_AT_ONCE), 0
        try:
            async for key in keys:
                dropped += await self._redis.unlink(key)
        except GONE as error:
            raise RedisAway from error
        return dropped

    async def close(self) -> None:
        """Stop asking; callers that still wait get RedisAway."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait([self._asking])
        await self._redis.aclose()

    async def _ask_for_all(self) -> None:
        try:
            while self._waiting:
                await self._ask()
        finally:
            self._asking = None
            self._refuse_waiting()  # none, unless something unforeseen went wrong

    async def _ask(self) -> None:
        batch = list(islice(self._waiting, _LARGEST_BATCH))
        keys = [self._prefix + ask.client for ask in batch]
        weights = [ask.weight for ask in batch]
        try:
            async with asyncio.timeout(self._patience):
                answers = await self._redis.eval(TAKE, len(keys), *keys, *self._quota, *weights)
        except GONE as error:
            self._lost(error)
            return
        for number, ask in enumerate(batch):
            used, excess = answers[2 * number + 1 : 2 * number + 3]
            self._waiting.popleft()
            if not ask.done.done():
                ask.done.set_result(Taken(answers[0], used * 1000, excess * 1000))

    def _lost(self, error: Exception) -> None:
        if not self._is_loss_logged:
            self._is_loss_logged = True
            log.warning("limiter_redis_lost", error=type(error).__name__, cause=cause_of(error))
        self.away = True
        self.failures += 1
        self._refuse_waiting()

    def _refuse_waiting(self) -> None:
        while self._waiting:
            ask = self._waiting.popleft()
            if not ask.done.done():
                ask.done.set_exception(RedisAway())


def connect(url: str, quota: Quota, *, patience: float = PATIENCE_SECONDS) -> SharedBuckets:
    """The buckets in the Redis at `url`, away until the first look.

    Raises ValueError for a URL that cannot be read.
    """
    redis = Redis.from_url(
        url,
        retry=Retry(NoBackoff(), 0),  # a call that may have been counted is not sent again
        socket_timeout=10 * patience,
        socket_connect_timeout=patience,
    )
    return SharedBuckets(redis, quota, patience=patience)
