"""Two thousand readers and two hundred location pings a second, beside a bare aiohttp fan-out.

Run with `python -m bench.live`. Forty readers follow the arrivals of each of fifty restaurants; a
guest of each is on the way and sends a location four times a second. A delay runs from the moment
at which the server accepts a ping to its receipt by a reader, in another process. The bare side
stores nothing: it sends a text of the same length to the same number of sockets at once.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import uvloop

from bench.harness import bare_server, product_server
from bench.sockets import Reader, open_readers

RESTAURANTS = int(os.environ.get("RESTAURANTS", "50"))
READERS_EACH = int(os.environ.get("READERS_EACH", "40"))
PINGS_PER_SECOND = float(os.environ.get("PINGS_PER_SECOND", "200"))
SECONDS = float(os.environ.get("SECONDS", "15"))

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


async def measure_product(port: int, process: psutil.Process) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        coming = await guests_on_the_way(session)
        paths = [f"/v1/restaurants/{each}/arrivals/stream" for each, _ in coming] * READERS_EACH
        readers = await open_readers(port, paths)
        print(f"{len(readers)} readers are open; resident {_megabytes(process):.0f} MB")
        pings = [
            (
                f"/v1/reservations/{reservation}/arrival_intent/location",
                {"latitude": 40.3 + number / 10_000, "longitude": 49.7},
            )
            for number, (_, reservation) in enumerate(coming)
        ]
        await report("product", session, pings, readers)
        print(f"product: resident {_megabytes(process):.0f} MB")


async def measure_bare(port: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        paths = [f"/stream/{number}" for number in range(RESTAURANTS)] * READERS_EACH
        readers = await open_readers(port, paths)
        pings = [(f"/ping/{number}", {}) for number in range(RESTAURANTS)]
        await report("bare", session, pings, readers)


async def report(
    side: str,
    session: aiohttp.ClientSession,
    pings: list[tuple[str, Any]],
    readers: list[Reader],
) -> None:
    for reader in readers:
        reader.received.delays.clear()
    latencies = await ping_steadily(session, pings)
    await asyncio.sleep(1.0)
    delays = sorted(delay for reader in readers for delay in reader.received.delays)
    per_reader = sorted(_percentile(sorted(each.received.delays), 50) for each in readers)
    counts = [len(each.received.delays) for each in readers]
    marks = " ".join(f"p{p}={_percentile(delays, p) * 1000:.1f}ms" for p in (50, 99, 100))
    rates = (len(latencies) / SECONDS, len(delays) / SECONDS)
    print(
        f"{side}: {rates[0]:,.0f} pings/s, {rates[1]:,.0f} deliveries/s"
        f" after {marks}; pings answered p99={_percentile(sorted(latencies), 99) * 1000:.1f}ms"
    )
    print(
        f"{side}: each reader got {min(counts)} to {max(counts)} messages; the median delay of a"
        f" reader is {per_reader[0] * 1000:.1f} to {per_reader[-1] * 1000:.1f} ms;"
        f" {sum(each.received.closed for each in readers)} were dropped"
    )


def _percentile(ranked: list[float], percent: float) -> float:
    return ranked[min(int(len(ranked) * percent / 100), len(ranked) - 1)] if ranked else 0.0


def _megabytes(process: psutil.Process) -> float:
    return float(process.memory_info().rss) / 1e6


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with bare_server(folder / "bare.log", "streams", "1100") as (port, _):
            uvloop.run(measure_bare(port))
        os.environ.update(ENVIRONMENT)
        with product_server(folder, seed=True) as (port, process):
            uvloop.run(measure_product(port, process))


if __name__ == "__main__":
    main()
