"""Litestream beside a server, with the file of the manual; its copies go to a folder."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

import aiohttp

from bakureserve.settings import Settings
from tests.deployment.guests import HOUSE, wish
from tests.deployment.programs import DEPLOYMENT, adapted, program, running
from tests.kit.houses import furnish
from tests.kit.processes import Server, command, serving
from tests.kit.waiting import until

BOOKINGS = 500
_S3 = """\
      # Any S3: leave endpoint out for Amazon's. Keys come from the environment
      # (LITESTREAM_ACCESS_KEY_ID, LITESTREAM_SECRET_ACCESS_KEY).
      type: s3
      bucket: baku-reserve
      path: bakureserve.db
      endpoint: https://s3.example.az
      region: az-1
"""


async def book(server: Server, numbers: range) -> list[str]:
    """Have so many guests book, some at the same time; the ids of what was acknowledged."""
    waiting = iter(numbers)
    booked: list[str] = []

    async def one_after_the_other(session: aiohttp.ClientSession) -> None:
        for number in waiting:
            async with session.post("/v1/reservations", json=wish(number)) as answer:
                assert answer.status == 201, await answer.text()
                booked.append((await answer.json())["id"])

    async with aiohttp.ClientSession(server.url) as session:
        await asyncio.gather(*(one_after_the_other(session) for _ in range(8)))
    return booked


async def test_what_was_acknowledged_is_in_the_copy_and_restore_takes_it(tmp_path: Path) -> None:
    litestream = program("litestream")
    data, away, drill = (tmp_path / name for name in ("data", "away", "drill"))
    for folder in (data, away, drill):
        folder.mkdir()
    settings = Settings(data_dir=data, seed=False)
    furnish(settings, HOUSE)
    config = away / "litestream.yml"
    replica = f"      type: file\n      path: {away / 'copy'}\n"
    changes = {"/srv/baku/bakureserve.db": str(settings.database_path), _S3: replica}
    config.write_text(adapted(DEPLOYMENT / "litestream.yml", changes))

    with serving(data, BOOKINGS_PER_GUEST="0") as server:
        booked = await book(server, range(BOOKINGS // 2))
        with running([litestream, "replicate", "-config", str(config)], away) as replicating:
            booked += await book(server, range(BOOKINGS // 2, BOOKINGS))
            await until((away / "copy" / "ltx").exists)
            await asyncio.sleep(3)  # the sync-interval, and what a busy machine needs
            replicating.kill()
            server.kill()

    copied = tmp_path / "copied.db"
    subprocess.run(
        [litestream, "restore", "-config", config, "-o", copied, settings.database_path],
        check=True,
        capture_output=True,
    )
    restored = command("restore", str(copied), "--yes", data_dir=drill)
    assert restored.returncode == 0, restored.stderr
    checked = command("check", data_dir=drill)
    assert checked.returncode == 0, checked.stdout
    with closing(sqlite3.connect(drill / "bakureserve.db")) as connection:
        kept = {id_ for (id_,) in connection.execute("select id from reservation")}
    assert len(booked) == BOOKINGS
    assert {*booked} <= kept
    with serving(drill) as server:
        assert await book(server, range(BOOKINGS, BOOKINGS + 1))
