"""All caches of a process, for the operator who looks after them."""

from __future__ import annotations

from typing import Protocol, TypeVar

from bakureserve.caching.ttl_cache import CacheFigures
from bakureserve.domain.errors import NotFound


class Cache(Protocol):
    """What every cache lets its operator do. Its contents are its owner's business."""

    name: str

    def figures(self) -> CacheFigures:
        """How it is doing."""

    def sweep(self) -> int:
        """Forget what has expired; how many entries that was."""

    def clear(self) -> int:
        """Forget everything; how many entries that was."""


C = TypeVar("C", bound=Cache)


class CacheRegistry:
    """Knows each cache by its name."""

    def __init__(self) -> None:
        self._caches: dict[str, Cache] = {}

    def add(self, cache: C) -> C:
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
