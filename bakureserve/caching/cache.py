"""Caches with a bound on entries and on memory, that count what becomes of them; and their list."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from time import monotonic
from typing import Generic, NamedTuple, Protocol, TypeVar

import msgspec

from bakureserve.domain.errors import NotFound

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 400
"""What an entry takes beside its value: its key, its links and its place in the tables."""


class CacheFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One cache at one moment. `bound` is in entries, `age` the oldest entry's in seconds.

    `evictions` were pushed out by newer ones, `expirations` grew too old; both, like `hits` and
    `misses`, are counted since the program began.
    """

    name: str
    entries: int
    bound: int
    bytes: int
    bytes_bound: int
    hits: int
    misses: int
    evictions: int
    expirations: int
    age: float


class _Entry(NamedTuple, Generic[V]):
    value: V
    weight: int
    put_at: float


class LruCache(Generic[K, V]):
    """At most `entries` values that weigh at most `largest_bytes`; the one unused for longest makes
    room. Nothing grows too old: a key says all that its value depends on, or its reader finds out.

    On the way of every request: a hit costs a quarter of a microsecond. `weigh` tells roughly how
    many bytes a value takes; one that alone is too heavy is not kept. `clock` is steady (seconds).
    """

    def __init__(
        self,
        name: str,
        *,
        entries: int,
        largest_bytes: int,
        weigh: Callable[[V], int],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self.hits = 0
        self.misses = 0
        self._evictions = 0
        self._expirations = 0
        self._entries = entries
        self._largest_bytes = largest_bytes
        self._bytes = 0
        self._weigh = weigh
        self._clock = clock
        self._kept: OrderedDict[K, _Entry[V]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: K) -> V | None:
        """The value of `key`, or None; counted as a hit or a miss."""
        entry = self._kept.get(key)
        if entry is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return entry.value

    def put(self, key: K, value: V) -> None:
        """Remember `value` in place of what was there, unless it alone is too heavy."""
        self.drop(key)
        weight = ENTRY_BYTES + self._weigh(value)
        if weight > self._largest_bytes:
            return
        self._kept[key] = _Entry(value, weight, self._clock())
        self._bytes += weight
        while len(self._kept) > self._entries or self._bytes > self._largest_bytes:
            self.drop(next(iter(self._kept)))
            self._evictions += 1

    def drop(self, key: K) -> None:
        """Forget `key`, if it is there."""
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._bytes -= entry.weight

    def clear(self) -> int:
        """Forget everything; how many entries that was."""
        forgotten = len(self)
        self._kept.clear()
        self._bytes = 0
        return forgotten

    def sweep(self) -> int:
        """Forget what has expired; how many entries that was."""
        return 0

    def figures(self) -> CacheFigures:
        self.sweep()
        return CacheFigures(
            name=self.name,
            entries=len(self._kept),
            bound=self._entries,
            bytes=self._bytes,
            bytes_bound=self._largest_bytes,
            hits=self.hits,
            misses=self.misses,
            evictions=self._evictions,
            expirations=self._expirations,
            age=self._oldest_age(),
        )

    def _oldest_age(self) -> float:
        now = self._clock()
        return max((now - entry.put_at for entry in self._kept.values()), default=0.0)


class Aged(NamedTuple, Generic[V]):
    """A value and how many seconds ago it was put in."""

    value: V
    age: float


class TtlCache(LruCache[K, V]):
    """An LruCache whose values are good for at most `seconds`.

    Expired ones go in the order in which they were put, on every put and in `sweep`: get, put and
    evict take the same time however full it is.
    """

    def __init__(
        self,
        name: str,
        *,
        entries: int,
        largest_bytes: int,
        seconds: float,
        weigh: Callable[[V], int],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        super().__init__(
            name, entries=entries, largest_bytes=largest_bytes, weigh=weigh, clock=clock
        )
        self._seconds = seconds
        self._by_age: OrderedDict[K, None] = OrderedDict()  # the oldest first

    def __len__(self) -> int:
        self.sweep()
        return super().__len__()

    def __contains__(self, key: K) -> bool:
        """Whether `key` is there and fresh; not counted as use."""
        return self._is_fresh(self._kept.get(key), self._clock())

    def __iter__(self) -> Iterator[K]:
        """The keys of what is there and fresh."""
        self.sweep()
        return iter(list(self._by_age))

    def get(self, key: K) -> V | None:
        """The value of `key`, or None; counted as a hit or a miss."""
        found = self.kept(key)
        return None if found is None else found.value

    def kept(self, key: K) -> Aged[V] | None:
        """As `get`, with the value's age."""
        now = self._clock()
        entry = self._kept.get(key)
        if entry is None or not self._is_fresh(entry, now):
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return Aged(entry.value, now - entry.put_at)

    def put(self, key: K, value: V) -> None:
        """Remember `value` from now on, in place of what was there."""
        self.sweep()
        super().put(key, value)
        if key in self._kept:
            self._by_age[key] = None

    def drop(self, key: K) -> None:
        """Forget `key`, if it is there."""
        super().drop(key)
        self._by_age.pop(key, None)

    def clear(self) -> int:
        """Forget everything; how many entries that was."""
        forgotten = super().clear()
        self._by_age.clear()
        return forgotten

    def sweep(self) -> int:
        """Forget what has expired; how many entries that was."""
        now, expired = self._clock(), 0
        while self._by_age:
            oldest = next(iter(self._by_age))
            if self._is_fresh(self._kept[oldest], now):
                break
            self.drop(oldest)
            expired += 1
        self._expirations += expired
        return expired

    def _is_fresh(self, entry: _Entry[V] | None, now: float) -> bool:
        return entry is not None and now < entry.put_at + self._seconds

    def _oldest_age(self) -> float:
        oldest = next(iter(self._by_age), None)
        return 0.0 if oldest is None else self._clock() - self._kept[oldest].put_at


class Cache(Protocol):
    """What every cache lets its operator do."""

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
