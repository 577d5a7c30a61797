"""The evening's guests, their homes and habits: everything that the seed decides."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import Literal, NamedTuple

from bakureserve.cli.demo.scene import Evening
from bakureserve.domain.places.geo import Coordinates, straight_line_km
from bakureserve.domain.reservations.reservation import PrepScope
from bakureserve.domain.reservations.sittings import party_limits
from bakureserve.domain.restaurants.restaurant import Restaurant

Habit = Literal[
    "punctual", "early", "late", "jammed", "by_word", "silent", "cancels", "turns_back", "missing"
]
"""`jammed` sets out in time and meets a traffic jam; `by_word` says when they come and shares no
location; `silent` says nothing and comes; `turns_back` cancels on the way; `missing` never comes.
"""

HABITS: tuple[Habit, ...] = (
    *("punctual",) * 6,
    *("early",) * 2,
    *("late",) * 2,
    *("jammed",) * 2,
    "by_word",
    "silent",
    "cancels",
    "turns_back",
    "missing",
)
"""Every evening has all of these habits; the seed only deals them out. The login of the first
party is printed; it has the first habit and the longest route, so there is something to see."""

NAMES = (
    "Aysel Quliyeva",
    "Rauf Hüseynov",
    "Leyla Məmmədova",
    "Tural Əliyev",
    "Nigar Həsənova",
    "Elçin Abbasov",
    "Günay Rzayeva",
    "Orxan Kərimov",
    "Səbinə İsmayılova",
    "Kamran Vəliyev",
    "Fidan Cəfərova",
    "Murad Babayev",
    "Zəhra Nəbiyeva",
    "Emin Qasımov",
    "Lalə Sultanova",
    "Vüqar Mustafayev",
    "Könül Əhmədova",
)
_COVERS = (2, 4, 2, 3, 2, 5, 4, 2, 6, 2, 4, 3, 2, 4, 2, 5, 3)
_NEAREST_KM, _FARTHEST_KM = 2.5, 14.0
_AROUND_DEGREES = 0.006
_SCOPES: tuple[PrepScope, ...] = ("starters", "mains", "mains", "full")
_MINUTES_OFF: dict[Habit, tuple[float, float]] = {
    "early": (-25, -16),
    "late": (14, 22),
    "jammed": (-4, 0),
    "silent": (-5, 8),
}
"""The range of minutes after the booked time at which such a guest means to arrive."""
_USUAL_MINUTES_OFF = (-6, 3)


class Home(NamedTuple):
    """Where a guest starts driving."""

    district: str
    place: Coordinates


@dataclass(frozen=True)
class GuestParty:
    """A guest with their company.

    They want `start`, book when the clock shows `books_at`, and mean to be at the door
    `minutes_off` after the booked time. `pace` is their driving time as a share of the estimate,
    `jam_minutes` the time in a traffic jam, and `stay` the share of their sitting after which they
    leave.
    """

    name: str
    email: str
    phone: str
    covers: int
    habit: Habit
    home: Home
    books_at: dt.datetime
    start: dt.datetime
    scope: PrepScope
    minutes_off: float
    pace: float
    jam_minutes: float
    stay: float

    @property
    def first_name(self) -> str:
        return self.name.partition(" ")[0]


def cast_of(
    evening: Evening, restaurants: Iterable[Restaurant], seed: int
) -> tuple[GuestParty, ...]:
    """The evening's parties in the order in which they book. Homes are in the districts of the
    town's `restaurants`."""
    random = Random(seed)  # noqa: S311 - a play, no secret
    homes = homes_around(evening.restaurant, restaurants)
    habits = [HABITS[0], *random.sample(HABITS[1:], len(HABITS) - 1)]
    smallest, largest = party_limits(evening.restaurant)
    return tuple(
        _party(
            evening,
            random,
            number,
            habit,
            homes,
            covers=min(max(_COVERS[number], smallest), largest),
        )
        for number, habit in enumerate(habits)
    )


def homes_around(restaurant: Restaurant, restaurants: Iterable[Restaurant]) -> Sequence[Home]:
    """The middle of each other district within driving distance, the nearest first."""
    places = defaultdict(list)
    for each in restaurants:
        if each.latitude is not None and each.longitude is not None:
            places[each.neighborhood].append((each.latitude, each.longitude))
    door = door_of(restaurant)
    middles = (
        Home(district, Coordinates(*(mean(values) for values in zip(*found, strict=True))))
        for district, found in sorted(places.items())
    )
    away = [(straight_line_km(home.place, door), home) for home in middles]
    return [home for km, home in sorted(away) if _NEAREST_KM <= km <= _FARTHEST_KM]


def door_of(restaurant: Restaurant) -> Coordinates:
    """The restaurant's coordinates; every sample restaurant has them."""
    return Coordinates(restaurant.latitude or 0.0, restaurant.longitude or 0.0)


def _party(
    evening: Evening,
    random: Random,
    number: int,
    habit: Habit,
    homes: Sequence[Home],
    *,
    covers: int,
) -> GuestParty:
    name = NAMES[number]
    district, middle = homes[-1] if number == 0 else random.choice(homes)
    return GuestParty(
        name=name,
        email=f"guest{number + 1}@demo.example",
        phone=f"+994 50 555 01 {number + 1:02}",
        covers=covers,
        habit=habit,
        home=Home(district, _near(middle, random)),
        books_at=evening.begins + dt.timedelta(minutes=random.uniform(0.5, 1.5) + 1.7 * number),
        start=evening.starts[number * len(evening.starts) // len(NAMES)],
        scope=random.choice(_SCOPES),
        minutes_off=random.uniform(*_MINUTES_OFF.get(habit, _USUAL_MINUTES_OFF)),
        pace=random.lognormvariate(0.0, 0.1),
        jam_minutes=random.uniform(14, 20) if habit == "jammed" else 0.0,
        stay=random.uniform(0.5, 0.8),
    )


def _near(middle: Coordinates, random: Random) -> Coordinates:
    north, east = (random.uniform(-_AROUND_DEGREES, _AROUND_DEGREES) for _ in range(2))
    return Coordinates(middle.latitude + north, middle.longitude + east)
