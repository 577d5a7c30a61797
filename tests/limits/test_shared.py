from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from structlog.testing import capture_logs

from bakureserve.limits.limiter import Quota, RedisAway
from bakureserve.limits.redis_buckets import SharedBuckets, connect
from tests.kit.examples import examples
from tests.kit.redis_server import RedisServer
from tests.limits.fairness import Judged, require_fair

QUOTA = Quota(3, 60.0)
OF_ITS_OWN = count(1)
"""Clients of a test's own, since all tests share one Redis."""


@asynccontextmanager
async def buckets_in(redis: RedisServer, quota: Quota) -> AsyncIterator[SharedBuckets]:
    shared = connect(redis.url, quota, patience=5)
    try:
        await shared.look()
        yield shared
    finally:
        await shared.close()


async def test_a_quota_is_one_for_everybody_who_counts_in_the_same_redis(
    redis: RedisServer,
) -> None:
    async with buckets_in(redis, QUOTA) as one, buckets_in(redis, QUOTA) as other:
        taken = [await each.take("a", 1) for each in (one, other)]
        looks = [await one.take("a", 0) for _ in range(3)]  # to look costs nothing
        assert all(QUOTA.call < each.used <= 2 * QUOTA.call for each in looks)
        taken += [await each.take("a", 1) for each in (one, other)]
        assert [each.excess for each in taken[:3]] == [0, 0, 0]
        assert 0 < taken[3].excess <= QUOTA.call
        assert (await other.take("b", 1)).excess == 0


async def test_a_reset_gives_one_or_all_a_fresh_quota(redis: RedisServer) -> None:
    quota = Quota(2, 50.0)
    async with buckets_in(redis, quota) as shared:
        for number in range(1200):
            await shared.take(f"reset{number}", 2)
        assert await shared.reset("reset0")
        assert not await shared.reset("reset0")
        assert (await shared.take("reset0", 2)).excess == 0
        assert await shared.clear() == 1200
        assert (await shared.take("reset1", 2)).excess == 0


async def test_storms_of_many_servers_at_once_get_the_quota_and_no_call_more(
    redis: RedisServer,
) -> None:
    quota = Quota(500, 3600.0)
    async with buckets_in(redis, quota) as one, buckets_in(redis, quota) as other:
        calls = [each.take("storm", 1) for each in (one, other) for _ in range(600)]
        taken = await asyncio.gather(*calls)
        assert sum(each.excess == 0 for each in taken) == 500


@settings(max_examples=examples(40))
@given(
    quota=st.builds(Quota, st.integers(1, 5), st.sampled_from((0.004, 0.02, 0.05))),
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.integers(1, 7), st.sampled_from((0.0, 0.001, 0.008))),
        max_size=25,
    ),
)
def test_any_interval_allows_the_quota_and_its_steady_return_and_no_call_less(
    redis: RedisServer, quota: Quota, steps: list[tuple[str, int, float]]
) -> None:
    """Judged by Redis's own clock, which every answer brings along."""
    example = next(OF_ITS_OWN)

    async def run() -> dict[str, list[Judged]]:
        calls: dict[str, list[Judged]] = defaultdict(list)
        async with buckets_in(redis, quota) as one, buckets_in(redis, quota) as other:
            for number, (client, weight, pause) in enumerate(steps):
                await asyncio.sleep(pause)
                taken = await (one, other)[number % 2].take(f"{example}{client}", weight)
                calls[client].append(Judged(taken.at * 1000, weight, taken.excess == 0))
        return calls

    for calls in asyncio.run(run()).values():
        require_fair(quota, calls)


async def test_what_redis_keeps_of_a_client_goes_when_its_quota_is_whole(
    own_redis: RedisServer,
) -> None:
    async with buckets_in(own_redis, Quota(2, 0.02)) as shared:
        for number in range(50):
            await shared.take(f"c{number}", 2)
        await asyncio.sleep(0.1)
        assert await shared.clear() == 0


async def test_a_dead_redis_is_told_to_all_who_wait_and_found_again(own_redis: RedisServer) -> None:
    shared = connect(own_redis.url, QUOTA)
    await shared.look()
    own_redis.kill()
    calls = [shared.take("a", 1) for _ in range(5)]
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(each) for each in outcomes] == [RedisAway] * 5
    assert shared.away
    with pytest.raises(RedisAway):
        await shared.look()
    own_redis.start()
    await shared.look()
    assert (await shared.take("a", 1)).excess == 0
    await shared.close()


async def test_a_connection_that_is_reset_before_a_word_is_a_redis_that_is_away() -> None:
    class Reset:
        """As uvloop tells it."""

        async def delete(self, *_words: object, **_options: object) -> None:
            raise RuntimeError("unable to perform operation on <TCPTransport closed=True>")

        def __getattr__(self, _name: str) -> object:
            return self.delete

    shared = SharedBuckets(cast("Redis", Reset()), QUOTA)
    for ask in (shared.look(), shared.take("a", 1), shared.reset("a")):
        with pytest.raises(RedisAway):
            await ask


async def test_no_call_waits_for_a_redis_that_hangs(own_redis: RedisServer) -> None:
    shared = connect(own_redis.url, QUOTA)
    await shared.look()
    own_redis.freeze()
    async with asyncio.timeout(5):
        calls = [shared.take("a", 1) for _ in range(300)]
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in outcomes} == {RedisAway}
    assert shared.failures == 1
    own_redis.thaw()
    await shared.look()
    assert (await shared.take("b", 1)).excess == 0
    await shared.close()


async def test_answers_that_come_too_late_are_not_taken_for_the_next_ones(
    own_redis: RedisServer,
) -> None:
    shared = connect(own_redis.url, QUOTA)
    await shared.look()
    own_redis.freeze()
    with pytest.raises(RedisAway):
        await shared.take("late", 3)
    own_redis.thaw()
    await shared.look()
    assert (await shared.take("next", 1)).used == QUOTA.call
    await shared.close()


async def test_a_redis_that_takes_no_writes_is_away_until_it_does(own_redis: RedisServer) -> None:
    shared = connect(own_redis.url, QUOTA)
    await shared.look()
    async with Redis.from_url(own_redis.url) as redis:
        await redis.replicaof("127.0.0.1", 1)
        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(RedisAway):
                    await shared.look()
                assert shared.away
        await redis.replicaof("NO", "ONE")
    await shared.look()
    assert (await shared.take("a", 1)).excess == 0
    assert [(line["event"], line["error"]) for line in logs] == [
        ("limiter_redis_lost", "ReadOnlyError")
    ]
    await shared.close()
