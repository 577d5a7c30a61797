from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
from aiohttp import web

from bakureserve.caching.cache import TtlCache
from bakureserve.caching.http_store import BoundedStore, HttpCache
from bakureserve.eta.http import MapHttp, weigh_answer
from bakureserve.eta.upstream import NoAnswer
from tests.kit.clocks import Steady
from tests.kit.roads.trouble import serve


class Site:
    """Answers with how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0
        self.status = 200
        self.padding = 0
        self.chunked = False

    async def answer(self, _request: web.Request) -> web.StreamResponse:
        self.asked += 1
        body = f"{self.asked}".encode() + b" " * self.padding
        response = web.Response(body=body, status=self.status)
        if self.chunked:
            response.enable_chunked_encoding()
        return response


@pytest.fixture
def site() -> Site:
    return Site()


@pytest.fixture
async def url(site: Site) -> AsyncIterator[str]:
    server = await serve(site.answer)
    yield f"http://127.0.0.1:{server.port}"
    await server.close()


@pytest.fixture
def cache(steady: Steady) -> HttpCache:
    return TtlCache(
        "answers", entries=3, largest_bytes=50_000, seconds=60, weigh=weigh_answer, clock=steady
    )


@pytest.fixture
async def get(cache: HttpCache) -> AsyncIterator[Callable[[str], Awaitable[int]]]:
    http = MapHttp(cache, connections=4)

    async def fetch(url: str) -> int:
        return int((await http.get(url)).body)

    yield fetch
    await http.close()


Get = Callable[[str], Awaitable[int]]


async def test_an_answer_is_kept_for_as_long_as_the_cache_keeps_it(
    get: Get, url: str, steady: Steady, cache: HttpCache
) -> None:
    assert [await get(url) for _ in range(3)] == [1, 1, 1]
    steady.now += 60
    assert await get(url) == 2
    assert (cache.figures().hits, cache.figures().misses) == (2, 2)


async def test_the_store_is_bounded(get: Get, url: str, cache: HttpCache) -> None:
    for number in range(10):
        await get(f"{url}/{number}")
    assert len(cache) == 3
    assert cache.figures().evictions == 7
    assert cache.figures().bytes < 50_000


async def test_failures_are_not_kept(get: Get, url: str, site: Site, cache: HttpCache) -> None:
    site.status = 503
    assert [await get(url), await get(url)] == [1, 2]
    assert len(cache) == 0


@pytest.mark.parametrize("chunked", [True, False])
async def test_what_is_not_known_to_be_small_is_not_kept(
    get: Get, url: str, site: Site, cache: HttpCache, chunked: bool
) -> None:
    site.chunked, site.padding = chunked, 0 if chunked else 60_000
    assert [await get(url), await get(url)] == [1, 2]
    assert len(cache) == 0


async def test_a_million_bytes_are_the_most(
    get: Get, url: str, site: Site, cache: HttpCache
) -> None:
    for chunked in (True, False):
        site.chunked, site.padding = chunked, 1_000_000
        with pytest.raises(NoAnswer, match="too_large"):
            await get(url)
    assert len(cache) == 0


async def test_a_fresh_answer_is_asked_for_and_not_kept(url: str, cache: HttpCache) -> None:
    http = MapHttp(cache, connections=4)
    await http.get(url)
    assert (await http.get(url, fresh=True)).body == b"2"
    assert (await http.get(url)).body == b"1"
    kept = await http.cached(url)
    assert kept is not None
    assert kept.body == b"1"
    assert await http.cached(f"{url}/other") is None
    await http.close()


async def test_the_library_can_look_after_the_store(get: Get, url: str, cache: HttpCache) -> None:
    for number in range(3):
        await get(f"{url}/{number}")
    store = BoundedStore(cache)
    keys = {key async for key in store.keys()}  # noqa: SIM118 - it is no dict
    assert len(keys) == await store.size() == len([each async for each in store.values()]) == 3
    first, *rest = keys
    assert await store.contains(first)
    await store.delete(first)
    await store.bulk_delete({rest[0]})
    assert await store.size() == 1
    await store.clear()
    assert await store.size() == 0


async def test_nothing_is_opened_before_it_is_needed(cache: HttpCache) -> None:
    http = MapHttp(cache, connections=4)
    assert await http.cached("http://127.0.0.1:9/") is None
    await http.close()
