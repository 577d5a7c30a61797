from __future__ import annotations

import inspect

import pytest

from bakureserve.domain.errors import Unavailable
from bakureserve.limits.limiter import NANOSECONDS, Limiter, Quota, QuotaVerdict, open_limiter
from tests.kit.redis_server import RedisServer

QUOTA = Quota(3, 60.0)


async def take(limiter: Limiter, client: str, weight: int = 1) -> QuotaVerdict:
    verdict = limiter.take(client, weight)
    return await verdict if inspect.isawaitable(verdict) else verdict


async def allowed(limiter: Limiter, client: str, calls: int) -> int:
    return sum([(await take(limiter, client)).allowed for _ in range(calls)])


async def test_alone_it_decides_at_once_and_counts() -> None:
    limiter = Limiter(QUOTA, clock=lambda: 0)
    verdicts = [limiter.take("a", 1) for _ in range(5)]
    assert all(isinstance(each, QuotaVerdict) for each in verdicts)
    figures = limiter.figures()
    assert (figures.state, figures.buckets, figures.allowed, figures.denied) == ("memory", 1, 3, 2)


async def test_tending_drops_every_idle_bucket() -> None:
    now = [0]
    limiter = Limiter(QUOTA, clock=lambda: now[0])
    for number in range(2000):
        limiter.take(f"c{number}", 1)
    limiter.take("busy", 3)
    now[0] = 45 * NANOSECONDS
    await limiter.tend()
    assert (limiter.figures().buckets, limiter.figures().pruned) == (1, 2000)


async def test_two_processes_share_what_redis_counts(redis: RedisServer) -> None:
    async with open_limiter(QUOTA, redis.url) as one, open_limiter(QUOTA, redis.url) as other:
        for limiter in (one, other):
            await limiter.tend()
            assert limiter.state == "shared"
        assert [await allowed(one, "two", 2), await allowed(other, "two", 2)] == [2, 1]
        assert (other.figures().allowed, other.figures().denied) == (1, 1)
        shown = await one.show("two")
        assert shown is not None
        assert shown.used == 3
        assert await other.reset("two")
        assert await allowed(one, "two", 4) == 3
        assert await other.reset_all() >= 1
        assert await allowed(one, "two", 4) == 3


async def test_when_redis_goes_away_limits_go_on_from_where_they_stood(
    own_redis: RedisServer,
) -> None:
    async with open_limiter(QUOTA, own_redis.url) as limiter:
        assert limiter.state == "local"  # until Redis was found
        assert isinstance(limiter.take("early", 1), QuotaVerdict)
        await limiter.tend()
        assert await allowed(limiter, "a", 2) == 2
        own_redis.kill()
        assert await allowed(limiter, "a", 3) == 1
        figures = limiter.figures()
        assert (figures.state, figures.failures) == ("local", 1)
        own_redis.start()
        await limiter.tend()
        assert limiter.state == "shared"
        assert await allowed(limiter, "b", 4) == 3
        own_redis.kill()
        await limiter.tend()  # sees it without traffic
        assert limiter.state == "local"
        assert isinstance(limiter.take("b", 1), QuotaVerdict)


@pytest.mark.parametrize("url", ["redis://localhost:port", "redis://[::1"])
async def test_a_url_that_says_nothing_is_refused(url: str) -> None:
    with pytest.raises(Unavailable, match="redis_url_unreadable"):
        async with open_limiter(QUOTA, url):
            pass
