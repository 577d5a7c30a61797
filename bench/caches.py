"""What a cache's get and put cost with a hundred entries and with a hundred thousand.

Run with `python -m bench.caches`. The caches are full. First both use the same hundred keys, which
shows the cost of the algorithm; then all keys in random order, with each put evicting an old entry,
which also shows that the larger cache no longer fits the processor's. The sides take turns, and the
best of several rounds counts; a key is made anew each time, as a request's is.
"""

from __future__ import annotations

import gc
import random
from collections.abc import Callable, Iterator
from functools import partial
from time import perf_counter_ns
from typing import Any

from bakureserve.caching.cache import LruCache, TtlCache
from bench.figures import Figure, Found, main, sized

FEW, MANY = 100, sized(smoke=1000, short=100_000, long=100_000)
CALLS = sized(smoke=1000, short=20_000, long=20_000)
ROUNDS = sized(smoke=1, short=15, long=15)

bounded = partial(TtlCache[int, bytes], "b", largest_bytes=10**9, seconds=3600, weigh=len)
lasting = partial(LruCache[int, bytes], "l", largest_bytes=10**9, weigh=len)


class Subject:
    """A full cache, and which keys it holds."""

    def __init__(self, make: Callable[..., Any], entries: int) -> None:
        self.cache = make(entries=entries)
        self.entries, self.next = entries, 0
        self.put_new(entries)

    def get(self, reach: int) -> int:
        """Nanoseconds of a get of one of the `reach` newest keys, on average."""
        chance = random.Random(1)
        keys = [self.next - 1 - chance.randrange(reach) for _ in range(CALLS)]
        get = self.cache.get
        started = perf_counter_ns()
        for key in keys:
            get(f"k{key}")
        return (perf_counter_ns() - started) // CALLS

    def put_again(self, reach: int) -> int:
        """The same for a put of such a key."""
        chance = random.Random(1)
        keys = [self.next - 1 - chance.randrange(reach) for _ in range(CALLS)]
        put = self.cache.put
        started = perf_counter_ns()
        for key in keys:
            put(f"k{key}", b"v")
        return (perf_counter_ns() - started) // CALLS

    def put_new(self, calls: int = CALLS) -> int:
        """The same for a put of a new key."""
        put = self.cache.put
        started = perf_counter_ns()
        for key in range(self.next, self.next + calls):
            put(f"k{key}", b"v")
        self.next += calls
        return (perf_counter_ns() - started) // calls


MEASUREMENTS: dict[str, Callable[[Subject], int]] = {
    "get, a hundred in use": lambda subject: subject.get(FEW),
    "put, a hundred in use": lambda subject: subject.put_again(FEW),
    "get, all in use": lambda subject: subject.get(subject.entries),
    "put of a new one": lambda subject: subject.put_new(),
}


def compare(name: str, make: Callable[..., Any]) -> Iterator[Figure]:
    """Each measurement with many entries, beside it with few."""
    few, many = Subject(make, FEW), Subject(make, MANY)
    gc.collect()
    gc.freeze()
    for what, take in MEASUREMENTS.items():
        best = {few: 10**9, many: 10**9}
        for _ in range(ROUNDS):
            for subject in (few, many):
                best[subject] = min(best[subject], take(subject))
        yield Figure(
            what=f"{name} of {MANY:,} entries: {what}",
            unit="µs",
            ours=[best[many] / 1000],
            beside=f"of {FEW}",
            theirs=[best[few] / 1000],
            goal="≤ 1.3 ×",
        )
    gc.unfreeze()


def measure() -> Iterator[Found]:
    yield from compare("a bounded cache", bounded)
    yield from compare("a lasting cache", lasting)


if __name__ == "__main__":
    main("caches", measure)
