"""The rate limiter: buckets in memory, or one quota for all processes while Redis is there.

With Redis the table in memory follows what Redis decides for this process's clients. When Redis
goes away it takes over from there, each process for itself; when Redis is back it decides again,
and what was used meanwhile is not carried over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import structlog

from bakureserve.domain.errors import Unavailable
from bakureserve.limits import RedisAway
from bakureserve.limits.gcra import Quota, Verdict, judged
from bakureserve.limits.memory import LARGEST_TABLE, Bucket, MemoryBuckets, bucket_of

if TYPE_CHECKING:
    from bakureserve.limits.shared import SharedBuckets

State = Literal["memory", "shared", "local"]

log = structlog.get_logger(__name__)

_DROPPED_AT_ONCE = 250
"""Buckets dropped between two turns of the event loop: some 0.2 ms."""


class LimiterFigures(msgspec.Struct, frozen=True, kw_only=True):
    """How the limiter is doing. Counts are this process's own and begin with it.

    `state` is `memory` (no Redis wanted), `shared` (Redis decides) or `local` (Redis is away, and
    this process decides for itself). `evicted` buckets were forgotten although in use, for want of
    room; `pruned` ones were idle. `failures` counts what Redis did not answer in time.
    """

    state: State
    requests: int
    window_seconds: float
    buckets: int
    bound: int
    allowed: int
    denied: int
    evicted: int
    pruned: int
    failures: int


class Limiter:
    """Holds each client to its quota. `clock` is steady, in nanoseconds."""

    def __init__(
        self,
        quota: Quota,
        *,
        shared: SharedBuckets | None = None,
        clock: Callable[[], int] = monotonic_ns,
        largest: int = LARGEST_TABLE,
    ) -> None:
        self.quota = quota
        self.allowed = self.denied = 0
        self._buckets = MemoryBuckets(quota, largest)
        self._shared = shared
        self._clock = clock

    @property
    def state(self) -> State:
        if self._shared is None:
            return "memory"
        return "local" if self._shared.away else "shared"

    def take(self, client: str, weight: int) -> Verdict | Coroutine[Any, Any, Verdict]:
        """Judge and count a call of `weight`, at once or, where Redis decides, in a while."""
        shared = self._shared
        if shared is not None and not shared.away:
            return self._take_shared(shared, client, weight)
        return self._counted(self._buckets.take(client, weight, self._clock()))

    def figures(self) -> LimiterFigures:
        buckets = self._buckets
        return LimiterFigures(
            state=self.state,
            requests=self.quota.requests,
            window_seconds=self.quota.window,
            buckets=len(buckets),
            bound=buckets.largest,
            allowed=self.allowed,
            denied=self.denied,
            evicted=buckets.evicted,
            pruned=buckets.pruned,
            failures=self._shared.failures if self._shared else 0,
        )

    def busiest(self, most: int) -> list[Bucket]:
        """The clients of this process nearest to their limit, the nearest first."""
        return self._buckets.busiest(most, self._clock())

    async def show(self, client: str) -> Bucket | None:
        """What is remembered of a client; None when its quota is whole."""
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                taken = await self._shared.take(client, 0)
                return bucket_of(client, self.quota, taken.used)
        return self._buckets.peek(client, self._clock())

    async def reset(self, client: str) -> bool:
        """Give a client a fresh quota; whether it had used any of the old one."""
        known = self._buckets.reset(client)
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                known = await self._shared.reset(client) or known
        return known

    async def reset_all(self) -> int:
        """Give every client a fresh quota; how many had used some of theirs."""
        here = 0
        while dropped := self._buckets.clear(_DROPPED_AT_ONCE):
            here += dropped
            await asyncio.sleep(0)
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                return max(here, await self._shared.clear())
        return here

    async def tend(self) -> None:
        """Drop what is idle, in small slices, and see whether Redis is there."""
        dropped = _DROPPED_AT_ONCE
        while dropped == _DROPPED_AT_ONCE:
            dropped = self._buckets.prune(self._clock(), _DROPPED_AT_ONCE)
            await asyncio.sleep(0)
        if self._shared is not None:
            was_away = self._shared.away
            with suppress(RedisAway):
                await self._shared.look()
                if was_away:
                    log.info("limiter_redis_found")

    async def _take_shared(self, shared: SharedBuckets, client: str, weight: int) -> Verdict:
        asked = self._clock()
        try:
            taken = await shared.take(client, weight)
        except RedisAway:
            return self._counted(self._buckets.take(client, weight, self._clock()))
        verdict = judged(self.quota, asked * self.quota.requests, taken.used, taken.excess)
        self._buckets.note(client, verdict.arrival, asked)
        return self._counted(verdict)

    def _counted(self, verdict: Verdict) -> Verdict:
        if verdict.allowed:
            self.allowed += 1
        else:
            self.denied += 1
        return verdict


@asynccontextmanager
async def open_limiter(quota: Quota, redis_url: str = "") -> AsyncIterator[Limiter]:
    """A limiter, shared with other processes if a Redis is named.

    That it is not there is no failure. Raises Unavailable when it could never be asked.
    """
    if not redis_url:
        yield Limiter(quota)
        return
    shared = _shared(redis_url, quota)
    try:
        yield Limiter(quota, shared=shared)
    finally:
        await shared.close()


def _shared(url: str, quota: Quota) -> SharedBuckets:
    try:
        from bakureserve.limits.shared import connect  # noqa: PLC0415 - takes 0.2 s
    except ImportError as error:
        raise Unavailable("redis_not_installed") from error
    try:
        return connect(url, quota)
    except ValueError as error:
        raise Unavailable("redis_url_unreadable") from error
