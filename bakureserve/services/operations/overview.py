"""Figures for operators: today over all restaurants, and the guests on their way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from math import ceil

import msgspec

from bakureserve.services.clock import Clock
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store.arrivals import trips
from bakureserve.store.database import Database
from bakureserve.store.reservations.reservation_lists import days_around


class Today(msgspec.Struct, frozen=True, kw_only=True):
    """Reservations for today, by each restaurant's own calendar. `covers` counts the guests of
    parties that are to come, are seated, or have left."""

    booked: int
    seated: int
    completed: int
    cancelled: int
    no_show: int
    covers: int


class NextGuests(msgspec.Struct, frozen=True, kw_only=True):
    """A party that is expected at a restaurant in `minutes`."""

    restaurant_id: str
    restaurant: str
    minutes: int


class Guests(msgspec.Struct, frozen=True, kw_only=True):
    """How many parties are on the way and at the door, over all restaurants, and the `soonest`."""

    on_the_way: int
    at_the_door: int
    soonest: tuple[NextGuests, ...]


SOONEST = 5
_EATING = frozenset({"booked", "seated", "completed"})


class Overview:
    """Counts reservations and guests on the way over all restaurants."""

    def __init__(self, database: Database, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._directory = directory
        self._clock = clock

    async def today(self) -> Today:
        """Today's reservations. Raises Unavailable."""
        now = self._clock()
        restaurants = (await self._directory.snapshot()).restaurants
        dates = {
            restaurant.id: f"{now.astimezone(restaurant.zone):%Y-%m-%d}"
            for restaurant in restaurants
        }
        found = await self._database.read(lambda tx: days_around(tx, now))
        by_status: Counter[str] = Counter()
        covers = 0
        for each in found:
            if dates.get(each.restaurant_id) == each.service_date:
                by_status[each.status] += each.reservations
                covers += each.covers if each.status in _EATING else 0
        return Today(
            booked=by_status["booked"],
            seated=by_status["seated"],
            completed=by_status["completed"],
            cancelled=by_status["cancelled"],
            no_show=by_status["no_show"],
            covers=covers,
        )

    async def guests(self) -> Guests:
        """The parties on the way, without names. Raises Unavailable."""
        now = self._clock()
        names = {
            restaurant.id: restaurant.name
            for restaurant in (await self._directory.snapshot()).restaurants
        }
        coming = await self._database.read(trips.coming)
        on_the_way = [each for each in coming if not each.is_there]
        expected = sorted(
            (max(each.arrival, now), each.restaurant_id) for each in on_the_way if each.arrival
        )
        return Guests(
            on_the_way=len(on_the_way),
            at_the_door=len(coming) - len(on_the_way),
            soonest=tuple(
                NextGuests(
                    restaurant_id=restaurant_id,
                    restaurant=names.get(restaurant_id, restaurant_id),
                    minutes=ceil((arrival - now) / dt.timedelta(minutes=1)),
                )
                for arrival, restaurant_id in expected[:SOONEST]
            ),
        )
