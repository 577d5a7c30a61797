"""Several servers and one Redis: one quota for all, and limits that outlive the Redis."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiohttp import ClientSession

from tests.kit.processes import Server, serving
from tests.kit.redis_server import RedisServer, redis_running

QUOTA = 40


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_running(tmp_path) as server:
        yield server


@pytest.fixture
def servers(redis: RedisServer, tmp_path: Path) -> Iterator[list[Server]]:
    """Two of them on one store, each client being allowed 40 calls an hour."""
    limits = {
        "REDIS_URL": redis.url,
        "RATE_LIMIT_REQUESTS": str(QUOTA),
        "RATE_LIMIT_WINDOW_SECONDS": "3600",
    }
    with ExitStack() as stack:
        yield [stack.enter_context(serving(tmp_path, **limits)) for _ in range(2)]


async def storm(session: ClientSession, servers: list[Server], calls: int) -> Counter[int]:
    """How so many calls end, sent to all the servers at once."""

    async def call(server: Server) -> int:
        async with session.get(f"{server.url}/v1/config/features") as answer:
            return answer.status

    return Counter(await asyncio.gather(*(call(each) for _ in range(calls) for each in servers)))


async def state(session: ClientSession, server: Server) -> str:
    async with session.get(f"{server.url}/metrics") as answer:
        lines = (await answer.text()).splitlines()
    states = [line for line in lines if line.startswith("bakureserve_limiter_state{")]
    (line,) = [state for state in states if state.endswith(" 1.0")]
    return line.split('"')[1]


async def until(session: ClientSession, server: Server, wanted: str) -> None:
    async with asyncio.timeout(30):
        while await state(session, server) != wanted:
            await asyncio.sleep(0.05)


async def test_a_storm_on_two_servers_gets_one_quota_and_each_a_local_one_without_redis(
    servers: list[Server], redis: RedisServer
) -> None:
    async with ClientSession() as session:
        assert [await state(session, each) for each in servers] == ["shared", "shared"]
        assert await storm(session, servers, 50) == {200: QUOTA, 429: 100 - QUOTA}

        redis.kill()
        await storm(session, servers, 1)
        for server in servers:
            await until(session, server, "local")
        assert (await storm(session, servers, 50))[200] <= QUOTA

        redis.start()
        for server in servers:
            await until(session, server, "shared")
        assert await storm(session, servers, 50) == {200: QUOTA, 429: 100 - QUOTA}
