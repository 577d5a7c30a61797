"""A cache of what is good for as long as its key, or its reader, says so."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from time import monotonic
from typing import Generic, NamedTuple, TypeVar

from bakureserve.caching.ttl_cache import ENTRY_BYTES, CacheFigures

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class _Entry(NamedTuple, Generic[V]):
    value: V
    weight: int
    put_at: float


class LruCache(Generic[K, V]):
    """At most `entries` values that weigh at most `largest_bytes`; the one unused for longest makes
    room. Nothing grows too old: a key says all that its value depends on, or a reader finds out.

    On the way of every request: a hit costs a quarter of a microsecond. `weigh` and `clock` are as
    for a `TtlCache`.
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
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.weight
            self._evictions += 1

    def drop(self, key: K) -> None:
        """Forget `key`, if it is there."""
        entry = self._kept.pop(key, None)
        if entry is not None:
            self._bytes -= entry.weight

    def clear(self) -> int:
        """Forget everything; how many entries that was."""
        forgotten = len(self._kept)
        self._kept.clear()
        self._bytes = 0
        return forgotten

    def sweep(self) -> int:
        """Forget what has expired: nothing."""
        return 0

    def figures(self) -> CacheFigures:
        now = self._clock()
        return CacheFigures(
            name=self.name,
            entries=len(self._kept),
            bound=self._entries,
            bytes=self._bytes,
            bytes_bound=self._largest_bytes,
            hits=self.hits,
            misses=self.misses,
            evictions=self._evictions,
            expirations=0,
            age=max((now - entry.put_at for entry in self._kept.values()), default=0.0),
        )
