"""Starts the peers, each in a virtual environment of its own, with the same restaurants."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.store.database import write_alone
from bakureserve.store.restaurants import restaurants
from bench.harness import running

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
ENVIRONMENTS = Path(
    os.environ.get("BENCH_ENVIRONMENTS", Path.home() / ".cache" / "bakureserve-bench")
)
UVICORN = ("uvicorn", "bench.peers.with_fastapi:app", "--port", "0", "--no-access-log")


@dataclass(frozen=True)
class Peer:
    """A server that gives the same answers. `needs` names its requirements, a file in here."""

    name: str
    needs: str
    command: tuple[str, ...]
    settings: dict[str, str] = field(default_factory=dict)


PEERS = (
    Peer("FastAPI, SQLAlchemy", "fastapi", UVICORN),
    Peer("FastAPI with its answers cached", "fastapi", UVICORN, {"PEER_CACHE": "on"}),
    Peer(
        "Flask, SQLAlchemy, gunicorn with two workers",
        "flask",
        (
            *("gunicorn", "bench.peers.with_flask:app", "--bind", "127.0.0.1:0"),
            *("--workers", "2", "--worker-class", "gthread", "--threads", "8"),
        ),
    ),
)


def program(needs: str) -> Path:
    """The Python of an environment with what a peer needs; made when that has changed."""
    requirements, environment = HERE / f"{needs}.txt", ENVIRONMENTS / needs
    installed, python = environment / "installed.txt", environment / "bin" / "python"
    if not installed.exists() or installed.read_text() != requirements.read_text():
        shutil.rmtree(environment, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", environment], check=True)
        install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
        subprocess.run([*install, "-r", requirements], check=True)
        shutil.copy(requirements, installed)
    return python


def world(port: int, database: Path, file: Path) -> None:
    """Write to a file what a peer has to know of the restaurants that our server shows."""
    items = _get(port, "/v1/restaurants")
    ids = [item["id"] for item in items]
    loaded = write_alone(database, lambda unit: restaurants.load(unit, ids), busy_timeout=5)
    rules = {each.id: _rules(each) for each in loaded}
    known = [
        {
            "item": item,
            "detail": _get(port, f"/v1/restaurants/{item['id']}"),
            "rules": rules[item["id"]],
        }
        for item in items
    ]
    file.write_text(json.dumps(known))


def fill(peer: Peer, world_file: Path, database: Path) -> None:
    """A database with the restaurants and no reservation."""
    subprocess.run(
        [program(peer.needs), "-m", "bench.peers.fill", world_file],
        env=_environment(peer, database),
        check=True,
    )


@contextmanager
def serving(peer: Peer, database: Path, log: Path) -> Iterator[tuple[int, psutil.Process]]:
    """The peer on that database; its port and (first) process."""
    command = [str(program(peer.needs)), "-m", *peer.command]
    with running(command, log, _environment(peer, database)) as it:
        yield it


def _environment(peer: Peer, database: Path) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "PEER_DATABASE": str(database)} | peer.settings


def _rules(restaurant: Restaurant) -> dict[str, Any]:
    policy, hours = restaurant.policy, restaurant.hours
    largest = max(table.capacity for table in restaurant.tables)
    return {
        "timezone": restaurant.timezone,
        "weekly": [[(each.opens, each.closes) for each in day] for day in hours.weekly],
        "special_days": {
            day.date.isoformat(): [(each.opens, each.closes) for each in day.periods]
            for day in hours.special_days
        },
        "turn_times": [(turn.up_to, turn.minutes) for turn in policy.turn_times],
        "slot_minutes": policy.slot_minutes,
        "buffer_minutes": policy.buffer_minutes,
        "last_seating_minutes": policy.last_seating_minutes,
        "lead_minutes": policy.lead_minutes,
        "horizon_days": policy.horizon_days,
        "min_party": policy.min_party,
        "max_party": min(largest, policy.max_party or largest),
    }


def _get(port: int, path: str) -> Any:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        return json.load(answer)
