"""What a hit on the rate limiter costs, by one client and by a million, and what pruning blocks.

Run with `python -m bench.limiter`. Each hit is timed, clock included. `table` is the table of
buckets alone; `step` is the whole cost of the limiter for a request, headers included.
"""

from __future__ import annotations

import asyncio
import gc
import random
import tracemalloc
from collections.abc import Callable, Iterator
from statistics import mean
from time import perf_counter_ns, thread_time_ns

from aiohttp.test_utils import make_mocked_request

from bakureserve.limits.limiter import LARGEST_TABLE, NANOSECONDS, Limiter, MemoryBuckets, Quota
from bakureserve.server.pipeline import Client, Exchange, RouteFacts
from bakureserve.server.rate_limit import RateLimit
from bench.figures import Figure, Found, main, sized

HITS = sized(smoke=1000, short=1_000_000, long=1_000_000)
WEIGHT = 5
"""That of directions: a client stays busy for a second, and the table of a million is full."""
QUOTA = Quota(300, 60.0)
ROUTE = RouteFacts("/v1/directions", WEIGHT)


class Clock:
    """Advances by `step` ns a reading: one client calls each second, many each microsecond."""

    def __init__(self, step: int) -> None:
        self.now, self.step = 0, step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


def addresses(clients: int) -> Iterator[str]:
    """The client of each hit, in random order, made anew as a request's is."""
    order = list(range(clients))
    random.Random(1).shuffle(order)
    for number in range(HITS):
        client = order[number % clients]
        yield f"10.{client >> 16 & 255}.{client >> 8 & 255}.{client & 255}"


def timed(hit: Callable[[str], object], clients: int) -> list[int]:
    """Nanoseconds of each hit, in rising order."""
    taken = []
    gc.collect()
    gc.freeze()
    for address in addresses(clients):
        started = perf_counter_ns()
        hit(address)
        taken.append(perf_counter_ns() - started)
    gc.unfreeze()
    return sorted(taken)


def table(clients: int) -> list[int]:
    buckets, clock = MemoryBuckets(QUOTA), Clock(step_for(clients))
    return timed(lambda address: buckets.take(address, WEIGHT, clock()), clients)


def step(clients: int) -> list[int]:
    limit = RateLimit(Limiter(QUOTA, clock=Clock(step_for(clients)))).guard
    request = make_mocked_request("GET", "/v1/directions")

    def hit(address: str) -> None:
        limit(request, Exchange("r", "GET", ROUTE, Client(address, address)))

    return timed(hit, clients)


def step_for(clients: int) -> int:
    return NANOSECONDS if clients == 1 else 1_000


def compare(what: str, hits: Callable[[int], list[int]], goal: str) -> Iterator[Figure]:
    """The slowest of one client's hits, beside those of a million clients'."""
    one, many = hits(1), hits(1_000_000)
    ours, theirs = ([taken[int(len(taken) * 0.99)] / 1000] for taken in (many, one))
    yield Figure(
        what=f"{what}, by one of a million clients: the slowest 1 %",
        unit="µs",
        ours=ours,
        beside="by one client",
        theirs=theirs,
        goal=goal,
        note=f"on average {mean(many) / 1000:.1f} beside {mean(one) / 1000:.1f} µs",
    )


def memory() -> Figure:
    """The memory of a full table of IPv6 networks, the longest names there are."""
    tracemalloc.start()
    buckets = MemoryBuckets(QUOTA)
    for number in range(LARGEST_TABLE):
        buckets.take(f"2001:db8:{number >> 16:x}:{number & 65535:x}::/64", 1 + number % 200, number)
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    return Figure(
        what=f"memory of {len(buckets):,} clients", unit="MB", ours=[megabytes], goal="< 60 MB"
    )


async def pruning() -> Figure:
    """The longest time for which pruning a full table of idle buckets blocks the event loop.

    In processor time, so that other programs on the machine do not count.
    """
    now = [0]
    limiter = Limiter(QUOTA, clock=lambda: now[0])
    for number in range(LARGEST_TABLE):
        limiter.take(f"2001:db8:{number >> 16:x}:{number & 65535:x}::/64", 1 + number % 200)
    now[0] = 3600 * NANOSECONDS
    gc.collect()
    task = asyncio.create_task(limiter.tend())
    busy = []
    while not task.done():
        worked = thread_time_ns()
        await asyncio.sleep(0)
        busy.append(thread_time_ns() - worked)
    return Figure(
        what=f"longest slice of pruning {limiter.figures().pruned:,} clients",
        unit="ms",
        ours=[max(busy) / 1e6],
        goal="< 5 ms",
        note=f"{sum(busy) / 1e6:.0f} ms in {len(busy)} slices",
    )


def measure() -> Iterator[Found]:
    yield from compare("a hit on the table of clients", table, "< 10 µs")
    yield from compare("the limiter's whole step, headers included", step, "≤ 2 ×")
    yield memory()
    yield asyncio.run(pruning())


if __name__ == "__main__":
    main("limiter", measure)
