"""Figures for operators: today over all restaurants, and the guests on their way."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from math import ceil
from zoneinfo import ZoneInfo

import msgspec

from bakureserve.domain.restaurants.card import Card
from bakureserve.services.clock import Clock
from bakureserve.services.restaurants.directory import Directory
from bakureserve.store.arrivals import trips
from bakureserve.store.database import Database
from bakureserve.store.reservations.reservation_lists import DayCount, days_around
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction


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
        found, zones = await self._database.read_apart(lambda tx: _days_and_zones(tx, now))
        dates = {each: f"{now.astimezone(zone):%Y-%m-%d}" for each, zone in zones.items()}
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
        coming = await self._database.read(trips.coming)
        on_the_way = [each for each in coming if not each.is_there]
        expected = sorted(
            (max(each.arrival, now), each.restaurant_id) for each in on_the_way if each.arrival
        )[:SOONEST]
        cards = await self._directory.cards_of({each for _, each in expected})
        return Guests(
            on_the_way=len(on_the_way),
            at_the_door=len(coming) - len(on_the_way),
            soonest=tuple(
                NextGuests(
                    restaurant_id=restaurant_id,
                    restaurant=_name_of(cards.get(restaurant_id), restaurant_id),
                    minutes=ceil((arrival - now) / dt.timedelta(minutes=1)),
                )
                for arrival, restaurant_id in expected
            ),
        )


def _days_and_zones(
    transaction: Transaction, now: dt.datetime
) -> tuple[list[DayCount], dict[str, ZoneInfo]]:
    found = days_around(transaction, now)
    ids = {each.restaurant_id for each in found}
    return found, restaurants.visible_zones(transaction, ids)


def _name_of(card: Card | None, restaurant_id: str) -> str:
    """What guests know the restaurant by; a hidden one has only its id."""
    return restaurant_id if card is None or card.retired else card.name
