"""All caches of a process, for whoever looks after them."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, TypeVar

from bakureserve.caching.bounded import BoundedCache, CacheFigures
from bakureserve.domain.errors import NotFound

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class CacheRegistry:
    """Knows each cache by its name."""

    def __init__(self) -> None:
        self._caches: dict[str, BoundedCache[Any, Any]] = {}

    def add(self, cache: BoundedCache[K, V]) -> BoundedCache[K, V]:
        """Take in a cache under its own name, and give it back."""
        self._caches[cache.name] = cache
        return cache

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._caches)

    def figures(self) -> tuple[CacheFigures, ...]:
        """How each cache is doing, in the order in which they were added."""
        return tuple(cache.figures() for cache in self._caches.values())

    def sweep(self) -> int:
        """Forget whatever has expired in any of them; how many entries that was."""
        return sum(cache.sweep() for cache in self._caches.values())

    def clear(self, name: str | None = None) -> int:
        """Empty one cache, or all; how many entries that was. Raises NotFound."""
        if name is None:
            return sum(cache.clear() for cache in self._caches.values())
        if name not in self._caches:
            raise NotFound("cache_unknown", cache=name, caches=self.names)
        return self._caches[name].clear()
