"""How long directions and pings take while map services are slow, hang, refuse or send garbage.

Run with `python -m bench.eta`. The server runs with everything on, over a real OSRM and a GoMap
that are put into each kind of trouble. Beside it, in the same minutes, a plain client asks the same
services one after another, and a bare aiohttp handler answers the same bytes, or writes the same
pings to disk.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import random
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import psutil
import uvloop

from bakureserve.domain.places.geo import Coordinates
from bench.figures import Figure, Found, main, sized
from bench.harness import bare_server, cpu_seconds, map_services, product_server
from bench.load import Load, request, run_at
from bench.map_services import TOWN, TROUBLES
from tests.kit.roads.gomap import GUID

SECONDS = sized(smoke=1.0, short=2.0, long=4.0)
RATE = sized(smoke=20.0, short=500.0, long=500.0)
GENTLE = 20.0
"""Requests a second where the time of one is measured, not how many there can be."""
BUDGET_MS, GRACE_MS = 1200, 50
GUESTS = 200
JSON = (("Content-Type", "application/json"),)


def anywhere(chance: random.Random) -> Coordinates:
    return TOWN.at(chance.uniform(0, TOWN.rows - 1), chance.uniform(0, TOWN.columns - 1))


def directions(count: int, *, seed: int, spots: int = 0) -> Iterator[bytes]:
    """Requests for routes between `spots` fixed pairs of points; with 0 each between new points."""
    chance = random.Random(seed)
    known = [(anywhere(chance), anywhere(chance)) for _ in range(spots)]
    for number in range(count):
        start, end = known[number % spots] if spots else (anywhere(chance), anywhere(chance))
        yield request("GET", path_between(start, end))


def path_between(start: Coordinates, end: Coordinates) -> str:
    return (
        f"/v1/directions?origin={start.latitude:.6f},{start.longitude:.6f}"
        f"&destination={end.latitude:.6f},{end.longitude:.6f}"
    )


def pings(port: int, count: int) -> list[bytes]:
    """`count` locations of `GUESTS` guests who are on their way."""
    chance = random.Random(7)
    intents = [f"/v1/reservations/{each}/arrival_intent" for each in on_the_way(port)]
    homes = [anywhere(chance) for _ in intents]
    spots = [near(homes[number % len(homes)], chance) for number in range(count)]
    return [
        request(
            "POST",
            f"{intents[number % len(intents)]}/location",
            headers=JSON,
            body=json.dumps({"latitude": spot.latitude, "longitude": spot.longitude}).encode(),
        )
        for number, spot in enumerate(spots)
    ]


def near(home: Coordinates, chance: random.Random) -> Coordinates:
    """A point that a guest can reach soon after another such one, and that needs a new route."""
    return Coordinates(
        home.latitude + chance.uniform(-0.006, 0.006),
        home.longitude + chance.uniform(-0.006, 0.006),
    )


def on_the_way(port: int) -> list[str]:
    """Reservations at the sample restaurants whose guests share their location."""
    ids: list[str] = []
    for restaurant in call(port, "/v1/restaurants"):
        for day in range(2, 12):
            if len(ids) == GUESTS:
                return ids
            date = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=day)
            path = f"/v1/restaurants/{restaurant['id']}/availability?date={date}&party_size=2"
            slots = [slot for slot in call(port, path)["slots"] if slot["count"]]
            if slots:
                ids.append(set_out(port, restaurant["id"], slots[0]["start"]))
    return ids


def set_out(port: int, restaurant: str, start: str) -> str:
    body = {"restaurant_id": restaurant, "party_size": 2, "start": start, "guest_name": "Leyla"}
    id_: str = call(port, "/v1/reservations", body)["id"]
    wish = {
        "lead_minutes": 30,
        "prep_scope": "mains",
        "share_location": True,
        "eta_source": "location",
        "auto_charge": False,
    }
    call(port, f"/v1/reservations/{id_}/arrival_intent", wish)
    return id_


def call(port: int, path: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", data=data, headers=dict(JSON) if data else {}
    )
    with urllib.request.urlopen(sent) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def become(services: int, trouble: str) -> None:
    call(services, f"/be/{urllib.request.quote(trouble)}")


def paced(port: int, messages: list[bytes], rate: float) -> Load:
    load = uvloop.run(run_at(port, messages, rate=rate))
    if set(load.statuses) != {200}:
        raise SystemExit(f"not always answered: {load.statuses}")
    return load


def p99(load: Load) -> float:
    return load.percentile(99) * 1e3


async def one_after_another(services: int, pairs: int) -> float:
    """Median seconds of a plain client: OSRM, GoMap and both ends' traffic, each with 5 s."""
    chance, took = random.Random(3), []
    base = f"http://127.0.0.1:{services}"
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        for _ in range(pairs):
            start, end = anywhere(chance), anywhere(chance)
            began = time.perf_counter()
            pair = f"{start.longitude},{start.latitude};{end.longitude},{end.latitude}"
            await _quietly(http, "GET", f"{base}/route/v1/driving/{pair}", None)
            form = {"guid": GUID, "Ax": str(start.longitude), "Ay": str(start.latitude)}
            form |= {"Bx": str(end.longitude), "By": str(end.latitude)}
            await _quietly(http, "POST", f"{base}/Main.asmx/getRoute", form)
            for point in (start, end):
                where = {"guid": GUID, "lat": str(point.latitude), "lon": str(point.longitude)}
                await _quietly(http, "POST", f"{base}/Main.asmx/getTrafficTilesByCoord", where)
            took.append(time.perf_counter() - began)
    return sorted(took)[len(took) // 2]


async def _quietly(
    http: aiohttp.ClientSession, method: str, url: str, form: dict[str, str] | None
) -> None:
    try:
        async with http.request(method, url, data=form) as answer:
            await answer.read()
    except (aiohttp.ClientError, TimeoutError):
        return


def every_trouble(services: int, port: int) -> Iterator[Figure]:
    """Breakers hardly ever open here, so that every request has to wait."""
    for number, trouble in enumerate(TROUBLES):
        become(services, trouble)
        load = paced(port, list(directions(int(GENTLE * SECONDS), seed=number)), GENTLE)
        plain = asyncio.run(one_after_another(services, 2)) * 1e3
        limit = 400 if trouble == "at 300 ms" else BUDGET_MS + GRACE_MS
        yield Figure(
            what=f"directions with map services {trouble}: the slowest 1 %",
            unit="ms",
            ours=[p99(load)],
            beside="a client that asks one after another",
            theirs=[plain],
            goal=f"≤ {limit} ms",
        )


def hundreds_a_second(
    services: int, port: int, process: psutil.Process, folder: Path
) -> Iterator[Figure]:
    """With breakers as by default: every service hangs while requests keep coming."""
    messages = {"locations": pings(port, int(RATE * SECONDS * 4))}
    messages["directions"] = list(directions(int(RATE * SECONDS * 2), seed=99))
    become(services, "hanging")
    for name, each in messages.items():
        call(port, "/v1/admin/breakers/reset", {})
        before = process.memory_info().rss / 1e6, cpu_seconds(process)
        load = paced(port, each, RATE)
        after = process.memory_info().rss / 1e6, cpu_seconds(process)
        # The bare handler writes each location to disk as well, and keeps one row a guest.
        keeps = ("pings", "pings.sqlite3") if name == "locations" else ("bytes", "answer")
        with bare_server(folder / "bare.log", keeps[0], str(folder / keeps[1])) as (bare, _):
            plain = paced(bare, each, RATE)
        first, rest = _split(load, min(int(RATE * 3), len(each) // 2))
        yield Figure(
            what=f"{RATE:.0f} {name}/s while every service hangs: the slowest 1 % of the first 3 s",
            unit="ms",
            ours=[p99(first)],
            goal=f"≤ {BUDGET_MS + GRACE_MS} ms",
        )
        yield Figure(
            what="the same behind open breakers",
            unit="ms",
            ours=[p99(rest)],
            beside="bare aiohttp",
            theirs=[p99(plain)],
            goal="< 10 ms",
            note=f"{(after[1] - before[1]) / len(each) * 1e6:.0f} µs of processor time each",
        )
        yield Figure(
            what=f"resident after {len(each):,} {name}",
            unit="MB",
            ours=[after[0]],
            beside="before",
            theirs=[before[0]],
        )


def _split(load: Load, at: int) -> tuple[Load, Load]:
    return (
        Load(load.seconds, load.latencies[:at], load.statuses),
        Load(load.seconds, load.latencies[at:], load.statuses),
    )


def warm(services: int, port: int, folder: Path) -> Figure:
    """The same routes repeatedly, beside a handler that answers the same bytes."""
    become(services, "well")
    spots = 50
    again = list(directions(int(200 * SECONDS), seed=5, spots=spots))
    paced(port, again[:spots], GENTLE)
    load = paced(port, again, 200)
    bytes_file = folder / "answer"
    path = again[0].split(b" ")[1].decode()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        bytes_file.write_bytes(answer.read())
    with bare_server(folder / "bare.log", "bytes", str(bytes_file)) as (bare, _):
        plain = paced(bare, again, 200)
    return Figure(
        what="200 known directions/s: the slowest 1 %",
        unit="ms",
        ours=[p99(load)],
        beside="bare aiohttp",
        theirs=[p99(plain)],
        goal="< 10 ms",
    )


def measure() -> Iterator[Found]:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        folder = Path(name)
        with map_services(folder / "services.log") as services:
            url = f"http://127.0.0.1:{services}"
            common = {
                "OSRM_BASE_URL": url,
                "GOMAP_BASE_URL": f"{url}/Main.asmx",
                "GOMAP_GUID": GUID,
                "LOCATION_PING_MIN_INTERVAL_SECONDS": "0",
                "LOCATION_PING_MIN_DISTANCE_METERS": "0",
                "MAX_CONNECTIONS_PER_CLIENT": "100000",
            }
            patient = common | {"BREAKER_FAILURES": "100", "BREAKER_COOLDOWN_SECONDS": "1"}
            (folder / "patient").mkdir()
            with product_server(folder / "patient", **patient) as (port, _):
                yield from every_trouble(services, port)
            with product_server(folder, seed=True, **common) as (port, process):
                yield warm(services, port, folder)
                yield from hundreds_a_second(services, port, process, folder)


if __name__ == "__main__":
    main("eta", measure)
