"""Fills a new data folder for `bench.pairs`: restaurants that never close, and guests with tokens.

Run with `python -m bench.guests FOLDER COUNT`; prints the tokens as a JSON list. It runs under the
checkout whose server will open the folder, so it uses nothing that a checkout of last month
lacks.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import sys
import uuid
from pathlib import Path

from argon2 import Parameters, Type

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.restaurants.restaurant import (
    Area,
    BookingPolicy,
    OpeningHours,
    Period,
    Restaurant,
    Table,
    TurnTime,
)
from bakureserve.runtime import open_runtime, prepare_store
from bakureserve.settings import load_settings

RESTAURANTS, TABLES = 50, 12
DOOR = (40.3777, 49.8920)
OPERATOR = cli_actor("bench")
CHEAP = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=16, time_cost=1, memory_cost=8, parallelism=1
)


def restaurants() -> list[Restaurant]:
    """Open around the clock, with a sitting on every hour."""
    hall = Area(
        id="hall",
        name="Hall",
        tables=tuple(Table(id=f"t{n}", name=f"T{n}", capacity=4) for n in range(TABLES)),
    )
    policy = BookingPolicy(
        slot_minutes=60, turn_times=(TurnTime(12, 60),), horizon_days=365, lead_minutes=0
    )
    return [
        Restaurant(
            id=str(uuid.uuid5(uuid.NAMESPACE_URL, f"pairs-{number}")),
            slug=f"pairs-{number}",
            name=f"Pairs {number}",
            hours=OpeningHours(weekly=((Period(0, 1440),),) * 7),
            policy=policy,
            areas=(hall,),
            latitude=DOOR[0],
            longitude=DOOR[1],
        )
        for number in range(RESTAURANTS)
    ]


async def fill(folder: Path, count: int) -> list[str]:
    """Add everything, and return the guests' tokens, valid for a day."""
    settings = load_settings({"data_dir": folder, "seed": False}, {}, None).settings
    prepare_store(settings)
    async with open_runtime(settings, hashing=CHEAP) as runtime:
        await runtime.catalogue.add_or_replace(OPERATOR, restaurants())
        tokens = []
        for number in range(count):
            guest = await runtime.users.add(
                OPERATOR,
                name="Leyla Bench",
                email=f"guest{number}@example.az",
                password="correct horse",
                phone="+994505550100",
            )
            day = dt.timedelta(days=1)
            tokens.append(await runtime.tokens.issue(OPERATOR, guest.id, lifetime=day))
        return tokens


if __name__ == "__main__":
    print(json.dumps(asyncio.run(fill(Path(sys.argv[1]), int(sys.argv[2])))))
