"""Two restaurants to book at, and the stores they are kept in."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import prepare_store
from bakureserve.settings import Settings
from bakureserve.store.database import write_alone
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.builders import a_restaurant, utc

T = TypeVar("T")

NOW = utc("2027-03-01 08:00")
"""Monday noon in Baku."""

NO_ROUTER = "http://127.0.0.1:9"
"""Where no router is: no test asks the public OSRM."""

SAHIL = a_restaurant(
    neighborhood="Bulvar",
    cuisine=("Azerbaijani",),
    tags=("seaside", "qəhvə"),
    latitude=40.3700,
    longitude=49.8372,
)
CAY_EVI = a_restaurant(
    id="22222222-2222-4222-8222-222222222222",
    slug="isti-cay-evi",
    name="İsti Çay Evi",
    timezone="Europe/Berlin",
    city="Şəki",
    hours="12:00-22:00",
)


class SetClock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: dt.datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now

    def pass_minutes(self, minutes: float) -> None:
        self.now += dt.timedelta(minutes=minutes)


def furnish(settings: Settings, *houses: Restaurant) -> None:
    """Create the store that the settings name, with these restaurants and nothing else."""
    prepare_store(settings)

    def open_doors(transaction: Transaction) -> None:
        for house in houses:
            restaurants.insert(transaction, house, source="operator", now=NOW)

    by_another_hand(settings.database_path, open_doors)


async def by_another_process(path: Path, unit: Callable[[Transaction], T]) -> T:
    """`by_another_hand` while the event loop goes on, as it does when others write."""
    return await asyncio.to_thread(by_another_hand, path, unit)


def by_another_hand(path: Path, unit: Callable[[Transaction], T]) -> T:
    """Do something to the store as another process would: on a connection of its own."""
    return write_alone(path, unit, busy_timeout=5)
