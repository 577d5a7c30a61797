"""The rate limiter: buckets in memory, or one quota for all processes while Redis answers.

Calls are judged by the generic cell rate algorithm, a leaky bucket kept as one number and without
rounding, after ITU-T Recommendation I.371 (annex A, "virtual scheduling"). A client is remembered
by its *theoretical arrival time*: the moment until which its past calls have used up its quota. A
call of weight w moves that moment on by w/N of the window, and is refused if this would put it more
than one window ahead of now. Hence over any span of t seconds no client is allowed more than
N + t * N / window calls of weight 1, and none is refused unless that would be exceeded.

Clocks count whole nanoseconds. Arrival times are N times as fine, in *parts* of 1/N ns, so that
what one call takes is a whole number of them, however N and the window divide.

With Redis the table in memory records what Redis decides for this process's clients. When Redis no
longer answers, each process goes on from its own table; when Redis is back it decides again, and
what was used meanwhile is not carried over.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from heapq import nlargest
from itertools import islice
from time import monotonic_ns
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import msgspec
import structlog

from bakureserve.domain.errors import Unavailable

if TYPE_CHECKING:
    from bakureserve.limits.redis_buckets import SharedBuckets

State = Literal["memory", "shared", "local"]
log = structlog.get_logger(__name__)

_DROPPED_AT_ONCE = 250
"""Buckets dropped in one turn of the event loop, which takes about 0.2 ms."""
LARGEST_TABLE = 200_000
"""Buckets; they take about 35 MB."""
_SLOTS_A_WINDOW = 64
_RANKED = 1_000
NANOSECONDS = 1_000_000_000


class Quota:
    """At most `requests` calls at once, and as many again in every `window` seconds.
    In parts of 1/N ns, one call takes `call`, and the whole quota is `whole`."""

    __slots__ = ("call", "requests", "whole", "window")

    def __init__(self, requests: int, window: float) -> None:
        self.requests = requests
        self.window = window
        self.call = round(window * NANOSECONDS)
        self.whole = self.call * requests

    def __repr__(self) -> str:
        return f"Quota({self.requests}, {self.window:g})"

    def seconds(self, parts: int) -> float:
        """The length of `parts` of 1/N ns."""
        return parts / (self.requests * NANOSECONDS)


class QuotaVerdict(NamedTuple):
    """What became of one call, and what the client has left after it.

    `arrival` is the theoretical arrival time to remember. `reset_after` is in how many seconds
    the whole quota is free again, `retry_after` in how many this call would be allowed (0: it was).
    """

    allowed: bool
    arrival: int
    remaining: int
    reset_after: float
    retry_after: float


def take(quota: Quota, arrival: int, weight: int, now: int) -> QuotaVerdict:
    """Judge a call of `weight`, at `now` in ns, by a client with an `arrival` that may be past.

    A refused call costs nothing. One that weighs more than the whole quota counts as the whole
    quota: it is allowed if the client asked nothing else for a window. If the clock steps back, a
    client waits for one window at most.
    """
    present = now * quota.requests
    used = min(max(arrival - present, 0), quota.whole)
    after = used + quota.call * min(quota.requests, weight)
    excess = after - quota.whole
    if weight and excess > 0:
        return judged(quota, present, used, excess)
    return judged(quota, present, after, 0)


def judged(quota: Quota, present: int, used: int, excess: int) -> QuotaVerdict:
    """The verdict at `present` on a client that has `used` so much and asked for `excess` more.

    All three are in parts. `used` does not include a refused call; an `excess` of 0 means allowed.
    """
    return QuotaVerdict(
        excess == 0,
        present + used,
        (quota.whole - used) // quota.call,
        quota.seconds(used),
        quota.seconds(excess),
    )


class RedisAway(Exception):
    """Redis did not answer, or not in time."""


class Bucket(NamedTuple):
    """What is remembered of a client: how much of its quota is used, and until it is whole."""

    client: str
    used: int
    reset_after: float


def bucket_of(client: str, quota: Quota, used: int) -> Bucket | None:
    """The bucket of a client that has `used` so many parts of 1/N ns; None for a full quota."""
    if used <= 0:
        return None
    return Bucket(client, -(-used // quota.call), quota.seconds(used))


class MemoryBuckets:
    """One bucket a client; every call costs the same, however many there are.

    Buckets lie in slots by the moment at which their quota is whole again, a slot being a 64th to
    a 32nd of the window. `prune` empties the slots that have passed: a client with such a
    bucket is treated as one without. A full table drops a bucket of the earliest slot, whose client
    gets a fresh quota: that client has used least of all, so that a flood of new clients displaces
    itself and not those near their limit. No client is refused because the table is full.
    """

    def __init__(self, quota: Quota, largest: int = LARGEST_TABLE) -> None:
        self.quota = quota
        self.largest = largest
        self.evicted = self.pruned = 0
        self._arrivals: dict[str, int] = {}
        self._slots: dict[int, dict[str, None]] = {}
        self._shift = (quota.whole // _SLOTS_A_WINDOW).bit_length()
        self._earliest = 0

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(self, client: str, weight: int, now: int) -> QuotaVerdict:
        """Judge and count a call of `weight` by `client`."""
        kept = self._arrivals.get(client)
        verdict = take(self.quota, 0 if kept is None else kept, weight, now)
        if verdict.allowed:
            self._keep(client, kept, verdict.arrival)
            if len(self._arrivals) > self.largest:
                self._evict(now)
        return verdict

    def note(self, client: str, arrival: int, now: int) -> None:
        """Record what Redis decided."""
        self._keep(client, self._arrivals.get(client), arrival)
        if len(self._arrivals) > self.largest:
            self._evict(now)

    def prune(self, now: int, at_most: int) -> int:
        """Drop up to `at_most` buckets that are whole again. Returns how many."""
        present = (now * self.quota.requests) >> self._shift
        dropped = 0
        while dropped < at_most and self._arrivals and self._first_slot() < present:
            self._drop()
            dropped += 1
        self.pruned += dropped
        return dropped

    def peek(self, client: str, now: int) -> Bucket | None:
        """The client's bucket; None when its quota is whole."""
        used = self._arrivals.get(client, 0) - now * self.quota.requests
        return bucket_of(client, self.quota, used)

    def busiest(self, most: int, now: int) -> list[Bucket]:
        """The `most` clients that have used most of their quota, the busiest first.

        Only buckets of the latest slots are compared, so that a full table takes no longer: after
        the first `_RANKED` the order is that of the slots.
        """
        late = (each for slot in sorted(self._slots, reverse=True) for each in self._slots[slot])
        found = [self.peek(client, now) for client in islice(late, max(most, _RANKED))]
        return nlargest(most, filter(None, found), key=lambda bucket: bucket.reset_after)

    def reset(self, client: str) -> bool:
        """Give the client a fresh quota. Returns whether it had used any of the old one."""
        arrival = self._arrivals.pop(client, None)
        if arrival is None:
            return False
        self._leave(client, arrival >> self._shift)
        return True

    def clear(self, at_most: int) -> int:
        """Give up to `at_most` clients a fresh quota. Returns how many."""
        dropped = 0
        while dropped < at_most and self._arrivals:
            self._drop()
            dropped += 1
        return dropped

    def _keep(self, client: str, kept: int | None, arrival: int) -> None:
        self._arrivals[client] = arrival
        slot = arrival >> self._shift
        if kept is not None:
            left = kept >> self._shift
            if left == slot:
                return
            self._leave(client, left)
        members = self._slots.get(slot)
        if members is None:
            self._slots[slot] = {client: None}
            self._earliest = min(self._earliest, slot)
        else:
            members[client] = None

    def _leave(self, client: str, slot: int) -> None:
        members = self._slots[slot]
        del members[client]
        if not members:
            del self._slots[slot]

    def _evict(self, now: int) -> None:
        if self._drop() > now * self.quota.requests:
            self.evicted += 1
        else:
            self.pruned += 1

    def _drop(self) -> int:
        """Drop a bucket of the earliest slot. Returns its arrival time."""
        slot = self._first_slot()
        members = self._slots[slot]
        client, _ = members.popitem()
        if not members:
            del self._slots[slot]
        return self._arrivals.pop(client)

    def _first_slot(self) -> int:
        if self._earliest not in self._slots:
            self._earliest = min(self._slots)
        return self._earliest


class LimiterFigures(msgspec.Struct, frozen=True, kw_only=True):
    """The limiter's state, and its counts, which are this process's own since its start.

    `state` is `memory` (no Redis is set), `shared` (Redis decides) or `local` (Redis is away, and
    this process decides for itself). `evicted` buckets were dropped while in use, to make room;
    `pruned` ones were idle. `failures` counts how often Redis did not answer in time.
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

    def take(self, client: str, weight: int) -> QuotaVerdict | Coroutine[Any, Any, QuotaVerdict]:
        """Judge and count a call of `weight`. Where Redis decides, the verdict must be awaited."""
        shared = self._shared
        if shared is not None and not shared.away:
            return self._take_shared(shared, client, weight)
        return self._counted(self._buckets.take(client, weight, self._clock()))

    def take_at_once(self, client: str, weight: int) -> QuotaVerdict | None:
        """As `take`, but None, and nothing counted, where it is refused or has to be awaited."""
        if self._shared is not None and not self._shared.away:
            return None
        verdict = self._buckets.take(client, weight, self._clock())
        if not verdict.allowed:
            return None
        self.allowed += 1
        return verdict

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
        """A client's bucket; None when its quota is whole."""
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                taken = await self._shared.take(client, 0)
                return bucket_of(client, self.quota, taken.used)
        return self._buckets.peek(client, self._clock())

    async def reset(self, client: str) -> bool:
        """Give a client a fresh quota. Returns whether it had used any of the old one."""
        known = self._buckets.reset(client)
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                known = await self._shared.reset(client) or known
        return known

    async def reset_all(self) -> int:
        """Give every client a fresh quota. Returns how many had used some of theirs."""
        here = 0
        while dropped := self._buckets.clear(_DROPPED_AT_ONCE):
            here += dropped
            await asyncio.sleep(0)
        if self._shared is not None and not self._shared.away:
            with suppress(RedisAway):
                return max(here, await self._shared.clear())
        return here

    async def tend(self) -> None:
        """Drop idle buckets, some at a time, and see whether Redis answers."""
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

    async def _take_shared(self, shared: SharedBuckets, client: str, weight: int) -> QuotaVerdict:
        asked = self._clock()
        try:
            taken = await shared.take(client, weight)
        except RedisAway:
            return self._counted(self._buckets.take(client, weight, self._clock()))
        verdict = judged(self.quota, asked * self.quota.requests, taken.used, taken.excess)
        self._buckets.note(client, verdict.arrival, asked)
        return self._counted(verdict)

    def _counted(self, verdict: QuotaVerdict) -> QuotaVerdict:
        if verdict.allowed:
            self.allowed += 1
        else:
            self.denied += 1
        return verdict


@asynccontextmanager
async def open_limiter(quota: Quota, redis_url: str = "") -> AsyncIterator[Limiter]:
    """A limiter, shared with other processes if a Redis is named, which may be away at first.

    Raises Unavailable if its URL cannot be read, or its client is not installed.
    """
    if not redis_url:
        yield Limiter(quota)
        return
    try:
        from bakureserve.limits.redis_buckets import connect  # noqa: PLC0415 - takes 0.2 s

        shared = connect(redis_url, quota)
    except ImportError as error:
        raise Unavailable("redis_not_installed") from error
    except ValueError as error:
        raise Unavailable("redis_url_unreadable") from error
    try:
        yield Limiter(quota, shared=shared)
    finally:
        await shared.close()
