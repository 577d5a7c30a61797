"""A cache with a bound on entries, on memory and on age, that counts what becomes of them."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from time import monotonic
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec
from cachetools import Cache, TTLCache

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

ENTRY_BYTES = 400
"""What an entry takes beside its value: its key, its links and its place in three tables."""


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


class Kept(NamedTuple, Generic[V]):
    """A value and how many seconds ago it was put in."""

    value: V
    age: float


class TtlCache(Generic[K, V]):
    """At most `entries` values that weigh at most `largest_bytes`, each for at most `seconds`.

    The one unused for longest makes room. Get, put and evict take the same time however full it
    is; expired ones go in the order in which they were put, on every put and in `sweep`. `weigh`
    says roughly how many bytes a value takes; one that alone is too heavy is not kept. `clock` is
    steady, in seconds.
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
        self.name = name
        self.hits = 0
        self.misses = 0
        self._entries = entries
        self._clock = clock
        self._weigh = weigh
        self._store = _CountingStore(largest_bytes, seconds, clock, self._weight)

    def __len__(self) -> int:
        return len(self._store)

    def __contains__(self, key: K) -> bool:
        """Whether `key` is there and fresh; not counted as use."""
        return key in self._store

    def get(self, key: K) -> V | None:
        """The value of `key`, or None; counted as a hit or a miss."""
        kept = self.kept(key)
        return None if kept is None else kept.value

    def kept(self, key: K) -> Kept[V] | None:
        """As `get`, with the value's age."""
        found = self._store.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        value, stored_at = found
        return Kept(value, self._clock() - stored_at)

    def put(self, key: K, value: V) -> None:
        """Remember `value` from now on, in place of what was there."""
        self._store.pop(key, None)
        try:
            self._store[key] = (value, self._clock())
        except ValueError:  # heavier than the whole cache may be
            return
        if len(self._store) > self._entries:
            self._store.popitem()

    def drop(self, key: K) -> None:
        """Forget `key`, if it is there."""
        self._store.pop(key, None)

    def clear(self) -> int:
        """Forget everything; how many entries that was."""
        forgotten = len(self._store)
        self._store.clear()
        return forgotten

    def sweep(self) -> int:
        """Forget what has expired; how many entries that was."""
        return len(self._store.expire())

    def __iter__(self) -> Iterator[K]:
        """The keys of what is there and fresh."""
        return iter(self._store)

    def figures(self) -> CacheFigures:
        oldest = self._store.oldest()
        return CacheFigures(
            name=self.name,
            entries=len(self._store),
            bound=self._entries,
            bytes=int(self._store.currsize),
            bytes_bound=int(self._store.maxsize),
            hits=self.hits,
            misses=self.misses,
            evictions=self._store.evictions,
            expirations=self._store.expirations,
            age=0.0 if oldest is None else self._clock() - oldest,
        )

    def _weight(self, stored: tuple[V, float]) -> int:
        return ENTRY_BYTES + self._weigh(stored[0])


class _CountingStore(TTLCache[Any, Any]):
    """The store behind a cache; its values are pairs of a value and when it was put."""

    def __init__(
        self,
        largest_bytes: int,
        seconds: float,
        clock: Callable[[], float],
        weigh: Callable[[Any], int],
    ) -> None:
        super().__init__(largest_bytes, seconds, clock, weigh)
        self.evictions = 0
        self.expirations = 0

    def popitem(self) -> tuple[Any, Any]:
        self.evictions += 1
        return super().popitem()

    def expire(self, time: float | None = None) -> Any:
        expired = super().expire(time)
        self.expirations += len(expired)
        return expired

    def oldest(self) -> float | None:
        """When the oldest entry was put; keys come in that order. Does not count as use."""
        for key in self:
            stored_at: float = Cache.__getitem__(self, key)[1]
            return stored_at
        return None
