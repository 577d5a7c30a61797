"""A bounded store behind aiohttp-client-cache; its own one in memory grows without end."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

from aiohttp.typedefs import StrOrURL
from aiohttp_client_cache.backends.base import BaseCache, CacheBackend, ResponseOrKey
from aiohttp_client_cache.response import AnyResponse, CachedResponse
from yarl import URL

from bakureserve.caching.cache import TtlCache

HttpCache: TypeAlias = TtlCache[str, CachedResponse]


def bounded_backend(cache: HttpCache, *, cacheable: Callable[[AnyResponse], bool]) -> CacheBackend:
    """A back end that keeps 200s to GET for as long as `cache` does, if they are `cacheable`.

    What is asked has to be in the URL. Redirects are not to be followed: where they lead is kept in
    a store of its own, without bound.
    """
    backend = _ByUrl(filter_fn=cacheable, allowed_methods=("GET",))
    backend.responses = BoundedStore(cache)
    return backend


class _ByUrl(CacheBackend):
    """Knows an answer by the URL as it is written.

    The library's own key, which puts the URL into a normal form first, takes 92 µs, and a location
    ping with every breaker open a millisecond or so for everything.
    """

    def create_key(self, method: str, url: StrOrURL, **_rest: Any) -> str:
        return f"{method} {URL(url)}"


class BoundedStore(BaseCache):
    """The interface of aiohttp-client-cache over one of our caches."""

    def __init__(self, cache: HttpCache) -> None:
        super().__init__()
        self._cache = cache

    async def read(self, key: str) -> ResponseOrKey:
        return self._cache.get(key)

    async def write(self, key: str, item: ResponseOrKey) -> None:
        if isinstance(item, CachedResponse):
            self._cache.put(key, item)

    async def delete(self, key: str) -> None:
        self._cache.drop(key)

    async def bulk_delete(self, keys: set[str]) -> None:
        for key in keys:
            self._cache.drop(key)

    async def clear(self) -> None:
        self._cache.clear()

    async def contains(self, key: str) -> bool:
        return key in self._cache

    async def size(self) -> int:
        return len(self._cache)

    async def keys(self) -> AsyncIterator[str]:
        for key in self._cache:
            yield key

    async def values(self) -> AsyncIterator[ResponseOrKey]:
        for key in self._cache:
            yield self._cache.get(key)
