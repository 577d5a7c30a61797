"""Guests who come through a proxy, and the house where they book."""

from __future__ import annotations

import datetime as dt
from typing import Any

import aiohttp

from bakureserve.domain.restaurants.restaurant import TurnTime
from tests.kit.builders import a_restaurant, some_tables
from tests.kit.people import a_newcomer

HOUSE = a_restaurant(
    hours="10:00-22:00",
    tables=some_tables(*[4] * 60),
    slot_minutes=120,
    turn_times=(TurnTime(up_to=4, minutes=120),),
)
_HOURS = (10, 12, 14, 16, 18)


def wish(number: int) -> dict[str, Any]:
    """A booking of which the house can take thousands: each number has a table of its own."""
    day = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2 + number // 300)
    rest = number % 300
    return {
        "restaurant_id": HOUSE.id,
        "party_size": 2,
        "start": f"{day}T{_HOURS[rest // 60]}:00",
        "guest_name": f"Guest {number}",
        "table_id": HOUSE.tables[rest % 60].id,
    }


async def signed_up(session: aiohttp.ClientSession, name: str = "aysel") -> dict[str, str]:
    """The header that a new guest comes with from now on."""
    async with session.post("/v1/auth/signup", json=a_newcomer(name)) as answer:
        assert answer.status == 201, await answer.text()
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
