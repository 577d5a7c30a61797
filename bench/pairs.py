"""Processor time per request of two checkouts, turn about: what a change costs.

Run with `python -m bench.pairs BEFORE`, where BEFORE is the folder of another checkout; the one it
runs in is AFTER. Each pair starts both servers anew on a fresh folder of their own, with real
guests' tokens, the limiter, metrics and access log on, and asks both for the same. The result is
the median of the pairs' ratios: the machine's speed drifts, but hardly within one pair.
"""

from __future__ import annotations

import datetime as dt
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from statistics import median

import psutil
import uvloop

from bench.guests import DOOR, RESTAURANTS, restaurants
from bench.harness import HUGE_QUOTA, cpu_seconds, wait_for_port
from bench.load import request, run

HERE = Path(__file__).resolve().parent.parent
PAIRS = int(os.environ.get("PAIRS", "10"))
GUESTS, DRIVERS = 512, 64
BOOKINGS_EACH = 4
LISTS, PINGS = 15000, 1500
SETTINGS = HUGE_QUOTA | {
    "SEED": "off",
    "LOCATION_PING_MIN_INTERVAL_SECONDS": "0",
    "OSRM_BASE_URL": "http://127.0.0.1:9",  # refuses at once, so that the fallback answers
    "BACKUP_INTERVAL": "off",
}
RESTAURANT_IDS = [restaurant.id for restaurant in restaurants()]
Costs = dict[str, float]
"""Microseconds of processor time for one request, by what was asked."""


def _guests_of(checkout: Path) -> Path:
    """The checkout's own script where it has one: it knows that checkout's modules."""
    own = checkout / "bench" / "guests.py"
    return own if own.exists() else HERE / "bench" / "guests.py"


class Side:
    """A checkout, and a data folder that its own code has filled."""

    def __init__(self, checkout: Path, folder: Path) -> None:
        self._environment = os.environ | SETTINGS | {"PYTHONPATH": str(checkout)}
        self._template, self._data = folder / "template", folder / "data"
        self._log = folder / "server.log"
        self._template.mkdir(parents=True)
        filled = subprocess.run(
            [sys.executable, str(_guests_of(checkout)), str(self._template), str(GUESTS)],
            env=self._environment,
            stdout=subprocess.PIPE,
            check=True,
            cwd=folder,
        )
        self._tokens: list[str] = json.loads(filled.stdout.splitlines()[-1])

    def measure(self) -> Costs:
        """One start, and everything asked once."""
        shutil.rmtree(self._data, ignore_errors=True)
        shutil.copytree(self._template, self._data)
        with self._serving() as (port, process):
            guests = set_out(port, self._tokens[:DRIVERS])
            return {
                "list": cost(port, process, [request("GET", "/v1/restaurants")] * LISTS, 200),
                "booking": cost(port, process, bookings(self._tokens), 201),
                "booking for tonight": cost(port, process, tonight(self._tokens), 201),
                "ping": cost(port, process, pings(guests), 200),
            }

    @contextmanager
    def _serving(self) -> Iterator[tuple[int, psutil.Process]]:
        command = [sys.executable, "-m", "bakureserve", "serve", "--port", "0"]
        with self._log.open("wb") as log:
            server = subprocess.Popen(
                [*command, "--data-dir", str(self._data)],
                stderr=log,
                env=self._environment,
                cwd=self._data.parent,
            )
        try:
            yield wait_for_port(self._log), psutil.Process(server.pid)
        finally:
            server.terminate()
            server.wait(30)


def cost(port: int, process: psutil.Process, messages: Iterable[bytes], status: int) -> float:
    """Microseconds of the server's processor time for each message."""
    sent = list(messages)
    rest = iter(sent)
    before = cpu_seconds(process)
    load = uvloop.run(run(port, lambda: next(rest, None), connections=32))
    if set(load.statuses) != {status}:
        raise SystemExit(f"not always {status}: {load.statuses}")
    return float((cpu_seconds(process) - before) / len(sent) * 1e6)


def bookings(tokens: list[str]) -> Iterator[bytes]:
    """Each guest books four evenings, at restaurants in turn, within what one guest may have."""
    first = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)
    for round_ in range(BOOKINGS_EACH):
        day = first + dt.timedelta(days=round_)
        for guest, token in enumerate(tokens):
            start = f"{day}T{18 + guest // RESTAURANTS % 4:02}:00:00+04:00"
            yield _post("/v1/reservations", token, booking(restaurants_in_turn(guest), start))


def tonight(tokens: list[str]) -> Iterator[bytes]:
    """As `bookings`, within the next hours: parties that sit or are late may be in their way."""
    next_hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    for round_ in range(BOOKINGS_EACH):
        for guest, token in enumerate(tokens):
            hours = 3 + 4 * round_ + guest // RESTAURANTS % 4
            start = (next_hour + dt.timedelta(hours=hours)).isoformat()
            yield _post("/v1/reservations", token, booking(restaurants_in_turn(guest), start))


def restaurants_in_turn(guest: int) -> str:
    return RESTAURANT_IDS[guest % RESTAURANTS]


def booking(restaurant: str, start: str) -> dict[str, object]:
    return {
        "restaurant_id": restaurant,
        "party_size": 2,
        "start": start,
        "guest_name": "Leyla Bench",
        "guest_phone": "+994 50 555 01 00",
    }


def set_out(port: int, tokens: list[str]) -> list[tuple[str, str]]:
    """Every guest books the next full hour and shares their location: path and token."""
    next_hour = dt.datetime.now(dt.UTC).replace(minute=0, second=0, microsecond=0)
    start = (next_hour + dt.timedelta(hours=1)).isoformat()
    guests = []
    for number, token in enumerate(tokens):
        body = booking(restaurants_in_turn(number), start)
        made = call(port, "/v1/reservations", token, body)
        wish = {
            "lead_minutes": 30,
            "prep_scope": "mains",
            "share_location": True,
            "eta_source": "location",
            "auto_charge": False,
        }
        path = f"/v1/reservations/{made['id']}/arrival_intent"
        call(port, path, token, wish)
        guests.append((f"{path}/location", token))
    return guests


def pings(guests: list[tuple[str, str]]) -> Iterator[bytes]:
    """Locations of guests three kilometres away who move slowly, in turn."""
    for number, (path, token) in zip(range(PINGS), cycle(guests), strict=False):
        step = number // len(guests)
        place = {"latitude": DOOR[0] + 0.027 - step * 0.00001, "longitude": DOOR[1]}
        yield _post(path, token, place)


def call(port: int, path: str, token: str, body: dict[str, object]) -> dict[str, str]:
    sent = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(sent) as answer:
        made: dict[str, str] = json.load(answer)
        return made


def _post(path: str, token: str, body: dict[str, object]) -> bytes:
    headers = (("Content-Type", "application/json"), ("Authorization", f"Bearer {token}"))
    return request("POST", path, headers=headers, body=json.dumps(body).encode())


def main(before: Path) -> None:
    with tempfile.TemporaryDirectory(dir=os.environ.get("BENCH_DIR")) as name:
        sides = Side(before.resolve(), Path(name, "before")), Side(HERE, Path(name, "after"))
        pairs: list[tuple[Costs, Costs]] = []
        for number in range(PAIRS):
            order = (0, 1) if number % 2 == 0 else (1, 0)
            costs = {side: sides[side].measure() for side in order}
            pairs.append((costs[0], costs[1]))
            told = ", ".join(f"{n} {costs[0][n]:.0f}→{costs[1][n]:.0f} µs" for n in costs[0])
            print(f"pair {number + 1}: {told}", flush=True)
    for asked in pairs[0][0]:
        ratios = sorted(after[asked] / before[asked] for before, after in pairs)
        old, new = (median(pair[side][asked] for pair in pairs) for side in (0, 1))
        print(
            f"{asked}: median ratio {median(ratios):.3f} (from {ratios[0]:.3f} to"
            f" {ratios[-1]:.3f}); {old:.0f} µs before, {new:.0f} µs after"
        )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
