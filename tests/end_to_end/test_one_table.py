"""One table, one time, two servers on one store, two hundred guests at once."""

from __future__ import annotations

import asyncio
import datetime as dt
import itertools
from collections import Counter
from pathlib import Path
from typing import Any

import aiohttp

from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import Server, command, serving

GUESTS = 200
_BAKU = dt.timezone(dt.timedelta(hours=4))


def with_offset(start: dt.datetime) -> str:
    return start.isoformat()


def without_offset(start: dt.datetime) -> str:
    return start.replace(tzinfo=None).isoformat()


def in_utc(start: dt.datetime) -> str:
    return start.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


WRITINGS = (with_offset, without_offset, in_utc)


async def test_a_table_is_sold_once(tmp_path: Path) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    with serving(tmp_path) as one, serving(tmp_path) as other:
        # A party of five fits one table of the three.
        for days, table, code in ((2, "t1", "table_taken"), (3, None, "fully_booked")):
            answers = await _all_at_once(_attempts([one, other], days, table))
            statuses = Counter(status for status, _ in answers)
            assert statuses == {201: 1, 409: GUESTS - 1}
            assert {body["code"] for status, body in answers if status == 409} == {code}
        assert (one.stop(), other.stop()) == (0, 0)
    checked = command("check", data_dir=tmp_path)
    assert checked.returncode == 0, checked.stdout


def _attempts(
    servers: list[Server], days: int, table: str | None
) -> list[tuple[str, dict[str, Any]]]:
    day = dt.datetime.now(_BAKU).date() + dt.timedelta(days=days)
    start = dt.datetime.combine(day, dt.time(19), _BAKU)
    ways = itertools.islice(itertools.cycle(itertools.product(WRITINGS, servers)), GUESTS)
    return [
        (
            server.url,
            {
                "restaurant_id": SAHIL.id,
                "party_size": 2 if table else 5,
                "start": write(start),
                "guest_name": f"Guest {number}",
                "table_id": table,
            },
        )
        for number, (write, server) in enumerate(ways)
    ]


async def _all_at_once(
    attempts: list[tuple[str, dict[str, Any]]],
) -> list[tuple[int, dict[str, Any]]]:
    everybody_is_here = asyncio.Barrier(len(attempts))
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector) as session:

        async def book(url: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            async with session.get(f"{url}/livez"):  # so that the connection is open
                pass
            await everybody_is_here.wait()
            async with session.post(f"{url}/v1/reservations", json=body) as answer:
                return answer.status, await answer.json(content_type=None)

        return await asyncio.gather(*(book(*attempt) for attempt in attempts))
