"""What `/health` and `bakureserve health` say when something the server leans on is in trouble.

A real server process over a real OSRM, a GoMap that speaks its protocol, a real Redis and a disk of
its own. Every answer has two seconds.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import resource
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, ClientTimeout

from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import Server, command, serving
from tests.kit.redis_server import RedisServer, redis_running
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.osrm import Osrm
from tests.kit.roads.trouble import hanging

Json = dict[str, Any]

DAY = f"{dt.datetime.now(dt.UTC) + dt.timedelta(days=7):%Y-%m-%d}"
IN_TIME = ClientTimeout(total=2)
OLD_AFTER = 20
"""Seconds after which nothing that was seen before is told again."""


@dataclass
class Scene:
    """A server and all that it leans on."""

    server: Server
    osrm: Osrm
    gomap: GoMap
    redis: RedisServer
    client: ClientSession

    async def health(self) -> Json:
        async with self.client.get(f"{self.server.url}/health", timeout=IN_TIME) as answer:
            found: Json = await answer.json()
        assert answer.status == (503 if found["status"] == "unhealthy" else 200)
        return found

    async def health_when(self, seen: Callable[[Json], bool]) -> Json:
        """The answer, once what was seen before is old."""
        deadline = time.monotonic() + OLD_AFTER
        while not seen(found := await self.health()):
            assert time.monotonic() < deadline, found
            await asyncio.sleep(0.2)
        return found

    async def command(self) -> tuple[int, dict[str, list[str]]]:
        """The exit of `bakureserve health`, and its line for each check."""
        ran = await asyncio.to_thread(command, "health", data_dir=self.server.data_dir)
        return ran.returncode, {
            line.split("\t")[0]: line.split("\t") for line in ran.stdout.splitlines()
        }

    async def books(self, table_hour: int) -> int:
        """The status of booking a table."""
        day = await self.client.get(
            f"{self.server.url}/v1/restaurants/{SAHIL.slug}/availability",
            params={"date": DAY, "party_size": "2"},
        )
        slots = (await day.json())["slots"]
        wish = {
            "restaurant_id": SAHIL.id,
            "party_size": 2,
            "start": slots[table_hour]["start"],
            "guest_name": "Aysel",
        }
        answer = await self.client.post(f"{self.server.url}/v1/reservations", json=wish)
        return answer.status


def is_wrong(check: str) -> Callable[[Json], bool]:
    return lambda found: found["checks"][check]["status"] in {"error", "degraded"}


def is_well(check: str) -> Callable[[Json], bool]:
    return lambda found: found["checks"][check]["status"] == "ok"


@pytest.fixture
async def scene(tmp_path: Path, roads: Roads, gomap: GoMap) -> AsyncIterator[Scene]:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    osrm = roads.router()
    osrm.start()
    with redis_running(tmp_path) as redis:
        opening = serving(
            tmp_path,
            OSRM_BASE_URL=osrm.url,
            GOMAP_BASE_URL=gomap.url,
            GOMAP_GUID=GUID,
            REDIS_URL=redis.url,
        )
        server = await asyncio.to_thread(opening.__enter__)
        async with ClientSession() as client:
            yield Scene(server, osrm, gomap, redis, client)
        await asyncio.to_thread(opening.__exit__, None, None, None)
    osrm.stop()


async def test_what_is_away_is_named_and_the_rest_goes_on(scene: Scene) -> None:
    well = await scene.health()
    assert well["status"] == "healthy", well

    scene.osrm.stop()
    scene.gomap.trouble = hanging()
    scene.redis.kill()
    assert await scene.books(0) == 201
    parts = ("osrm", "gomap", "redis", "limiter")
    found = await scene.health_when(lambda seen: all(is_wrong(part)(seen) for part in parts))

    assert found["status"] == "degraded"
    checks = found["checks"]
    assert "cannot be reached" in checks["osrm"]["message"]
    assert "does not answer in time" in checks["gomap"]["message"]
    assert "estimated from the distance" in checks["osrm"]["effect"]
    assert "each process limits" in checks["limiter"]["message"]
    assert all(checks[part]["status"] == "ok" for part in ("database", "auth", "disk", "cache"))
    assert GUID not in json.dumps(found)
    status, lines = await scene.command()
    assert status == 1
    assert [lines[part][1] for part in parts] == ["error", "error", "error", "degraded"]
    assert lines["database"][1] == "ok"

    scene.osrm.start()
    scene.gomap.trouble = None
    scene.redis.start()
    await scene.health_when(lambda seen: all(is_well(part)(seen) for part in parts))


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of forty megabytes, where this machine lets one be mounted; else just a folder."""
    disk = folder / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", disk], capture_output=True, check=False
    )
    try:
        yield disk
    finally:
        if mounted.returncode == 0:
            subprocess.run(["umount", "--lazy", disk], check=True)


def fill(disk: Path, server: Server) -> Path | None:
    """Leave no room for anything: with ballast on a mounted disk, else by the process's limit."""
    if not disk.is_mount():
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
        return None
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            with suppress(OSError):
                while file.write(bytes(size)):
                    pass
    return ballast


async def test_a_full_disk_is_named_and_what_is_there_can_be_read(tmp_path: Path) -> None:
    with small_disk(tmp_path) as disk:
        furnish(Settings(data_dir=disk, seed=False), SAHIL)
        opening = serving(disk, log=tmp_path / "server.log")
        server = await asyncio.to_thread(opening.__enter__)
        async with ClientSession() as client:
            scene = Scene(server, None, None, None, client)  # type: ignore[arg-type]
            assert await scene.books(0) == 201
            ballast = fill(disk, server)
            found = await scene.health_when(is_wrong("database"))

            assert found["status"] == "unhealthy"
            assert "No space is left" in found["checks"]["database"]["message"]
            assert "can be read" in found["checks"]["database"]["effect"]
            assert found["checks"]["database"]["details"] == {"reads": True, "writes": False}
            assert await scene.books(1) == 503
            status, lines = await scene.command()
            assert status == 2
            assert "No space is left" in lines["database"][3]
            async with client.get(f"{server.url}/v1/reservations") as listed:
                assert len(await listed.json()) == 1
            if ballast is not None:
                assert found["checks"]["disk"]["status"] == "error"
                ballast.unlink()
            else:
                resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (-1, -1))
            await scene.health_when(is_well("database"))
            assert await scene.books(1) == 201
        await asyncio.to_thread(opening.__exit__, None, None, None)


async def test_a_deleted_log_stops_the_bookings_and_loses_none_that_were_acknowledged(
    tmp_path: Path,
) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    opening = serving(tmp_path)
    server = await asyncio.to_thread(opening.__enter__)
    async with ClientSession() as client:
        scene = Scene(server, None, None, None, client)  # type: ignore[arg-type]
        assert await scene.books(0) == 201
        (tmp_path / "bakureserve.db-wal").unlink()

        assert await scene.books(4) == 503
        found = await scene.health_when(is_wrong("database"))
        assert found["status"] == "unhealthy"
        assert "log was deleted" in found["checks"]["database"]["message"]
        server.kill()
    told = [json.loads(line) for line in server.said.splitlines() if '"store_unsound"' in line]
    assert [line["level"] for line in told] == ["critical"]
    assert "log was deleted" in told[0]["reason"]

    with serving(tmp_path, log=tmp_path / "again.log") as again:
        async with (
            ClientSession() as client,
            client.get(f"{again.url}/v1/reservations") as listed,
        ):
            assert [each["party_size"] for each in await listed.json()][:1] == [2]
    assert command("check", data_dir=tmp_path).returncode == 0
