"""Two thousand readers and two hundred location pings a second, beside a bare aiohttp fan-out.

Run with `python -m bench.live`. Forty readers follow the arrivals of each of fifty restaurants; a
guest of each is on the way and sends a location four times a second. A delay runs from the moment
at which the server accepts a ping to its receipt by a reader, in another process. The bare side
stores nothing: it sends a text of the same length to the same number of sockets at once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import aiohttp
import uvloop

from bench.figures import Figure, Found, main, sized
from bench.harness import bare_server, product_server
from bench.sockets import Reader, open_readers

RESTAURANTS = sized(smoke=5, short=50, long=50)
READERS_EACH = sized(smoke=2, short=40, long=40)
PINGS_PER_SECOND = 4.0 * RESTAURANTS
SECONDS = sized(smoke=1, short=10, long=15)

ENVIRONMENT = {
    "LIVE_MAX_STREAMS_PER_CLIENT": "100000",
    "MAX_CONNECTIONS_PER_CLIENT": "100000",
    "LIVE_MAX_STREAMS_PER_ACCOUNT": "100000",
    "LOCATION_PING_MIN_INTERVAL_SECONDS": "0",
    "OSRM_BASE_URL": "http://127.0.0.1:9",  # no map service: what is measured is the delivery
    "NOTIFY_FILES": "off",
    "BACKUP_INTERVAL": "off",
}


async def ping_steadily(
    session: aiohttp.ClientSession, requests: list[tuple[str, Any]]
) -> list[float]:
    """Send them one after another at the given rate, whatever the answers do; their latencies."""
    began = time.perf_counter()
    total = int(PINGS_PER_SECOND * SECONDS)
    latencies: list[float] = []

    async def send(number: int) -> None:
        path, body = requests[number % len(requests)]
        sent = time.perf_counter()
        async with session.post(path, json=body) as answer:
            await answer.read()
            assert answer.status == 200, (path, answer.status, await answer.text())
        latencies.append(time.perf_counter() - sent)

    async with asyncio.TaskGroup() as tasks:
        for number in range(total):
            due = began + number / PINGS_PER_SECOND
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(send(number))
    return latencies


async def guests_on_the_way(session: aiohttp.ClientSession) -> list[tuple[str, str]]:
    """The ids of each restaurant and of a reservation there with a guest on the way."""
    async with session.get("/v1/restaurants") as answer:
        restaurants = (await answer.json())[:RESTAURANTS]
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    found = []
    for each in restaurants:
        path = f"/v1/restaurants/{each['id']}/availability?date={day}&party_size=2"
        async with session.get(path) as answer:
            slot = next(slot for slot in (await answer.json())["slots"] if slot["count"])
        wish = {
            "restaurant_id": each["id"],
            "party_size": 2,
            "start": slot["start"],
            "guest_name": "Aysel",
        }
        booked = await _posted(session, "/v1/reservations", wish)
        intent = f"/v1/reservations/{booked['id']}/arrival_intent"
        coming = {"lead_minutes": 30, "prep_scope": "full", "share_location": True}
        await _posted(session, intent, coming)
        await _posted(session, f"{intent}/decision", {"action": "approve"})
        found.append((each["id"], booked["id"]))
    return found


async def _posted(session: aiohttp.ClientSession, path: str, body: Any) -> Any:
    async with session.post(path, json=body) as answer:
        assert answer.status in {200, 201}, (path, await answer.text())
        return await answer.json()


class Delivery(NamedTuple):
    """Milliseconds from a ping to a reader, and how the readers shared."""

    p50: float
    p99: float
    slowest_reader: float
    fewest: int
    most: int
    dropped: int


async def measure_ours(port: int) -> Delivery:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        coming = await guests_on_the_way(session)
        paths = [f"/v1/restaurants/{each}/arrivals/stream" for each, _ in coming] * READERS_EACH
        readers = await open_readers(port, paths)
        pings = [
            (
                f"/v1/reservations/{reservation}/arrival_intent/location",
                {"latitude": 40.3 + number / 10_000, "longitude": 49.7},
            )
            for number, (_, reservation) in enumerate(coming)
        ]
        return await deliver(session, pings, readers)


async def measure_bare(port: int) -> Delivery:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        paths = [f"/stream/{number}" for number in range(RESTAURANTS)] * READERS_EACH
        readers = await open_readers(port, paths)
        pings = [(f"/ping/{number}", {}) for number in range(RESTAURANTS)]
        return await deliver(session, pings, readers)


async def deliver(
    session: aiohttp.ClientSession, pings: list[tuple[str, Any]], readers: list[Reader]
) -> Delivery:
    for reader in readers:
        reader.received.delays.clear()
    await ping_steadily(session, pings)
    await asyncio.sleep(1.0)
    delays = sorted(delay * 1e3 for reader in readers for delay in reader.received.delays)
    counts = [len(reader.received.delays) for reader in readers]
    return Delivery(
        p50=_percentile(delays, 50),
        p99=_percentile(delays, 99),
        slowest_reader=max(median(reader.received.delays or [0]) for reader in readers) * 1e3,
        fewest=min(counts),
        most=max(counts),
        dropped=sum(reader.received.closed for reader in readers),
    )


def _percentile(ranked: list[float], percent: float) -> float:
    return ranked[min(int(len(ranked) * percent / 100), len(ranked) - 1)]


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bare_server(folder / "bare.log", "streams", "1100") as (port, _):
            bare = uvloop.run(measure_bare(port))
        with product_server(folder, seed=True, **ENVIRONMENT) as (port, process):
            ours = uvloop.run(measure_ours(port))
            resident = process.memory_info().rss / 1e6
    readers = RESTAURANTS * READERS_EACH
    yield Figure(
        what=f"{readers:,} readers, {PINGS_PER_SECOND:g} locations/s: slowest 1 % of deliveries",
        unit="ms",
        ours=[ours.p99],
        beside="a fan-out that stores nothing",
        theirs=[bare.p99],
        goal="< 250 ms",
        note=f"medians {ours.p50:.1f} and {bare.p50:.1f} ms",
    )
    yield Figure(
        what="median delay of the slowest reader",
        unit="ms",
        ours=[ours.slowest_reader],
        note=f"each reader got {ours.fewest} to {ours.most} messages, {ours.dropped} were dropped",
    )
    yield Figure(
        what=f"resident with {readers:,} readers", unit="MB", ours=[resident], goal="< 250 MB"
    )


if __name__ == "__main__":
    main("live", measure)
