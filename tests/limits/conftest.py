from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.kit.redis_server import RedisServer, redis_running


@pytest.fixture(scope="session")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis that all tests share, each under quotas of its own."""
    with redis_running(tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture
def own_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    """A Redis of the test's own, to mistreat."""
    with redis_running(tmp_path_factory.mktemp("redis")) as server:
        yield server
