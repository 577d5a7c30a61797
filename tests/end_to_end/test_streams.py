"""Streams over several real processes: whoever makes a change, everybody who follows is told."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import aiohttp

from bakureserve.settings import Settings
from tests.end_to_end.evening import Listener
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import command, serving
from tests.kit.waiting import until


async def test_a_reader_is_told_of_changes_by_another_server_and_by_the_command_line(
    tmp_path: Path,
) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    wish: dict[str, Any] = {
        "restaurant_id": SAHIL.id,
        "party_size": 2,
        "start": f"{day}T19:00",
        "guest_name": "Aysel",
    }
    with serving(tmp_path) as one, serving(tmp_path) as other:
        async with aiohttp.ClientSession() as session:
            async with session.post(f"{other.url}/v1/reservations", json=wish) as answer:
                booked = await answer.json()
            path = f"/v1/reservations/{booked['id']}"
            reader = Listener(f"{path}/arrival_intent/stream", "", by_message=False)
            reader.follow(one)
            await until(lambda: reader.messages)
            assert reader.messages[0]["data"] == booked

            async with session.patch(
                f"{other.url}{path}", json={"guest_name": "Aysel Q"}
            ) as answer:
                changed = await answer.json()
            await until(lambda: reader.updates)
            assert reader.updates[0]["data"] == changed

            cancelled = command("reservations", "cancel", booked["id"], "--yes", data_dir=tmp_path)
            assert cancelled.returncode == 0, cancelled.stderr
            await until(lambda: len(reader.updates) == 2)
            assert reader.updates[1]["data"]["status"] == "cancelled"
        await reader.hang_up()
