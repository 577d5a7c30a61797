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
from time import perf_counter_ns, thread_time_ns

from aiohttp.test_utils import make_mocked_request

from bakureserve.limits.limiter import LARGEST_TABLE, NANOSECONDS, Limiter, MemoryBuckets, Quota
from bakureserve.server.caller import rate_limit
from bakureserve.server.pipeline import Client, Exchange, RouteFacts

HITS = 1_000_000
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
    taken = timed(lambda address: buckets.take(address, WEIGHT, clock()), clients)
    if clients > 1:
        print(f"      {len(buckets):,} buckets kept, {buckets.evicted:,} evicted")
    return taken


def step(clients: int) -> list[int]:
    limit = rate_limit(Limiter(QUOTA, clock=Clock(step_for(clients))))
    request = make_mocked_request("GET", "/v1/directions")

    def hit(address: str) -> None:
        limit(request, Exchange("r", ROUTE, Client(address, address)))

    return timed(hit, clients)


def step_for(clients: int) -> int:
    return NANOSECONDS if clients == 1 else 1_000


def compare(name: str, measure: Callable[[int], list[int]]) -> None:
    """One client beside a million, and the ratio of their p99."""
    p99 = {}
    for clients in (1, 1_000_000):
        taken = measure(clients)
        p99[clients] = taken[int(len(taken) * 0.99)]
        mean, median = sum(taken) / len(taken), taken[len(taken) // 2]
        print(
            f"{name:>5} {clients:>9,} clients: mean {mean / 1000:.2f} µs, p50 {median / 1000:.2f}, "
            f"p99 {p99[clients] / 1000:.2f}"
        )
    print(f"{name:>5} p99 ratio {p99[1_000_000] / p99[1]:.2f}")


def memory() -> None:
    """The memory of a full table of IPv6 networks, the longest names there are."""
    tracemalloc.start()
    buckets = MemoryBuckets(QUOTA)
    for number in range(LARGEST_TABLE):
        buckets.take(f"2001:db8:{number >> 16:x}:{number & 65535:x}::/64", 1 + number % 200, number)
    megabytes = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    print(f"memory at {len(buckets):,} buckets: {megabytes:.1f} MB")


async def pruning() -> None:
    """The longest time for which pruning a full table of idle buckets blocks the event loop.

    In processor time, so that other programs on the machine do not count, and by the clock.
    """
    now = [0]
    limiter = Limiter(QUOTA, clock=lambda: now[0])
    for number in range(LARGEST_TABLE):
        limiter.take(f"2001:db8:{number >> 16:x}:{number & 65535:x}::/64", 1 + number % 200)
    now[0] = 3600 * NANOSECONDS
    gc.collect()
    task = asyncio.create_task(limiter.tend())
    busy, waits = [], []
    while not task.done():
        worked, before = thread_time_ns(), perf_counter_ns()
        await asyncio.sleep(0)
        busy.append(thread_time_ns() - worked)
        waits.append(perf_counter_ns() - before)
    print(
        f"pruning {limiter.figures().pruned:,} buckets: {sum(busy) / 1e6:.0f} ms in {len(busy)} "
        f"slices, the longest {max(busy) / 1e6:.2f} ms, {max(waits) / 1e6:.2f} ms by the clock"
    )


def main() -> None:
    compare("table", table)
    compare("step", step)
    memory()
    asyncio.run(pruning())


if __name__ == "__main__":
    main()
