"""`kill -9` in a storm of bookings: whatever was acknowledged is there afterwards, once."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bakureserve.domain.restaurants.restaurant import TurnTime
from bakureserve.settings import Settings
from tests.kit.builders import a_restaurant, some_tables
from tests.kit.houses import furnish
from tests.kit.processes import Server, require_sound, serving

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1800)]

KILLS = int(os.environ.get("CHAOS_KILLS", "8"))
CONNECTIONS = 32
MOST_BEFORE_A_KILL = 100
"""Bookings acknowledged before the blow; how many exactly is up to the seed."""

HOUSE = a_restaurant(
    hours="10:00-22:00",
    tables=some_tables(*[4] * 60),
    slot_minutes=120,
    turn_times=(TurnTime(up_to=4, minutes=120),),
)
SITTINGS = (10, 12, 14, 16, 18, 20)
BOOKED_A_DAY = 250
"""Of the 360 sittings of a day this many are sold; then the guests turn to the next days."""

Booking = dict[str, Any]


class Storm:
    """Guests who keep asking, each under a key and a name of their own, until the server is gone.

    `asked` holds every request by its key, `acknowledged` what the server said it had booked.
    """

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.today = dt.datetime.now(dt.UTC).date()
        self.numbers = count(1)
        self.asked: dict[str, Booking] = {}
        self.acknowledged: dict[str, Booking] = {}
        self._unsettled: list[str] = []

    async def rage(self, server: Server) -> None:
        """Ask from many connections, and kill the server in the middle of it."""
        enough = len(self.acknowledged) + self.chance.randint(1, MOST_BEFORE_A_KILL)
        async with _session(server) as session:
            await asyncio.gather(
                *(self._keep_asking(session, server, enough) for _ in range(CONNECTIONS))
            )

    async def _keep_asking(
        self, session: aiohttp.ClientSession, server: Server, enough: int
    ) -> None:
        while True:
            key = f"guest-{next(self.numbers)}"
            self.asked[key] = self._wish(key)
            self._unsettled.append(key)
            try:
                status, body = await self.ask(session, key)
            except (aiohttp.ClientError, ConnectionError):
                return  # the server is gone
            assert status in {201, 409}, body
            if status == 201:
                self.acknowledged[key] = body
            if len(self.acknowledged) >= enough:
                server.kill()

    async def ask(self, session: aiohttp.ClientSession, key: str) -> tuple[int, Booking]:
        async with session.post(
            "/v1/reservations", json=self.asked[key], headers={"Idempotency-Key": key}
        ) as answer:
            return answer.status, await answer.json(content_type=None)

    async def ask_again(self, server: Server) -> None:
        """What a guest's app does that got no answer, or lost it."""
        async with _session(server) as session:
            for key in self._unsettled:
                status, body = await self.ask(session, key)
                assert status in {201, 409}, body
                if status == 201:
                    assert self.acknowledged.setdefault(key, body) == body
                else:
                    assert key not in self.acknowledged
        self._unsettled.clear()

    def _wish(self, key: str) -> Booking:
        first = 2 + len(self.acknowledged) // BOOKED_A_DAY
        day = self.today + dt.timedelta(days=first + self.chance.randint(0, 2))
        hour = self.chance.choice(SITTINGS)
        return {
            "restaurant_id": HOUSE.id,
            "party_size": self.chance.randint(1, 4),
            "start": f"{day}T{hour}:00:00+04:00",
            "guest_name": key,
            "table_id": self.chance.choice([None, *(table.id for table in HOUSE.tables)]),
        }


async def test_nothing_acknowledged_is_lost_and_nothing_is_sold_twice(
    tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), HOUSE)
    storm = Storm(seed=20270301)
    for _ in range(KILLS):
        with serving(tmp_path) as server:
            await _recover(server, storm)
            await storm.rage(server)
        require_sound(tmp_path)
    with serving(tmp_path) as server:
        await _recover(server, storm)
        assert server.stop() == 0
    require_sound(tmp_path)
    record_property("kills", KILLS)
    record_property("bookings acknowledged", len(storm.acknowledged))


async def _recover(server: Server, storm: Storm) -> None:
    """See that all is there, also after everybody of the last storm has asked again."""
    await _require_everything_once(server, storm)
    await storm.ask_again(server)
    await _require_everything_once(server, storm)


async def _require_everything_once(server: Server, storm: Storm) -> None:
    async with _session(server) as session, session.get("/v1/reservations") as answer:
        stored: list[Booking] = await answer.json()
    by_id = {booking["id"]: booking for booking in stored}
    for key, booking in storm.acknowledged.items():
        assert by_id.get(booking["id"]) == booking, f"{key} was acknowledged"
    names = [booking["guest_name"] for booking in stored]
    assert len(names) == len(set(names)), "a key was booked twice"
    assert list(_double_occupancy(stored)) == []


def _double_occupancy(stored: list[Booking]) -> Iterator[tuple[Booking, Booking]]:
    tables = defaultdict(list)
    for booking in stored:
        tables[booking["table_id"]].append(booking)
    for bookings in tables.values():
        for first, second in pairwise(sorted(bookings, key=lambda each: str(each["start"]))):
            if first["end"] > second["start"]:
                yield first, second


def _session(server: Server) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(server.url, connector=aiohttp.TCPConnector(limit=0))
