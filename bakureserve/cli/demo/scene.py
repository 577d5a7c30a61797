"""The evening as it is played: which Friday it is, its fast clock, and what happens in it."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Any, Literal

from bakureserve.domain.localtime import at_minute, clock_text
from bakureserve.domain.reservations.sittings import sittings_on
from bakureserve.domain.restaurants.restaurant import Restaurant

HappeningKind = Literal[
    "booked",
    "no_table",
    "refused",
    "cancelled",
    "turned_back",
    "set_out",
    "announced",
    "stuck",
    "approved",
    "kitchen_started",
    "kitchen_held",
    "kitchen_stopped",
    "late",
    "missed",
    "arrived",
    "seated",
    "left",
    "no_show",
]

WAIT_SECONDS = 1.0
"""By the real clock: how long news may take."""
_PASSING_SECONDS = 0.1
FRIDAY = 4
_WEEKS_AHEAD = 8
_BUSY = dt.timedelta(hours=2, minutes=30)
_EARLIEST_MINUTE, _LATEST_MINUTE = 17 * 60, 20 * 60
"""By the restaurant's clock: between them the first party of an evening sits down."""
_LONGEST_LEAD_MINUTES = 60
_BEFORE_THE_LEAD = dt.timedelta(minutes=4)
"""Enough for the first guests to book the first sitting."""
_COURSES = {"starters": "the starters", "mains": "the mains", "full": "all courses"}


@dataclass(frozen=True)
class Happening:
    """What happens, `at` the restaurant's time: a `sentence` for people, `facts` for JSON."""

    at: dt.datetime
    event: HappeningKind
    sentence: str
    facts: Mapping[str, Any]


Tell = Callable[[Happening], None]


@dataclass
class Tally:
    """Counts of the evening so far. `locations` are those that guests shared."""

    events: Counter[HappeningKind] = field(default_factory=Counter)
    arrivals: Counter[str] = field(default_factory=Counter)
    covers: int = 0
    locations: int = 0

    def count(self, happening: Happening) -> None:
        self.events[happening.event] += 1
        if happening.event == "booked":
            self.covers += happening.facts["covers"]
        if happening.event == "arrived":
            self.arrivals[happening.facts["punctuality"]] += 1

    @property
    def figures(self) -> dict[str, int]:
        """The counts by name, zeros included."""
        return {
            "booked": self.events["booked"],
            "covers": self.covers,
            "locations": self.locations,
            "arrived": self.events["arrived"],
            **{kind: self.arrivals[kind] for kind in ("early", "on_time", "late")},
            "seated": self.events["seated"],
            "left": self.events["left"],
            "cancelled": self.events["cancelled"] + self.events["turned_back"],
            "no_show": self.events["no_show"],
            "kitchen_started": self.events["kitchen_started"],
            "kitchen_held": self.events["kitchen_held"],
            "kitchen_stopped": self.events["kitchen_stopped"],
        }


class InOrder:
    """Holds happenings back for a moment, so that `tell` gets them in order."""

    def __init__(self, tell: Tell, ticks: Callable[[], float] = time.monotonic) -> None:
        self._tell = tell
        self._ticks = ticks
        self._number = count()
        self._waiting: list[tuple[dt.datetime, int, float, Happening]] = []

    def __call__(self, happening: Happening) -> None:
        heappush(self._waiting, (happening.at, next(self._number), self._ticks(), happening))

    async def work(self) -> None:
        """Pass on what is due, until cancelled."""
        while True:
            self.pass_on(known_for=WAIT_SECONDS)
            await asyncio.sleep(_PASSING_SECONDS)

    def pass_on(self, *, known_for: float = 0.0) -> None:
        """Pass on what was known for so many seconds; by default everything."""
        while self._waiting and self._ticks() - self._waiting[0][2] >= known_for:
            *_, happening = heappop(self._waiting)
            self._tell(happening)


class FastClock:
    """Stands at `start` until it is let go, and then runs `speed` times as fast as `ticks`.

    `ticks` are seconds that never step back.
    """

    def __init__(
        self, start: dt.datetime, speed: float, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self.speed = speed
        self._start = start
        self._ticks = ticks
        self._let_go_at: float | None = None

    def __call__(self) -> dt.datetime:
        """The moment it shows: aware, in UTC, as the server wants its clock."""
        if self._let_go_at is None:
            return self._start
        return self._start + dt.timedelta(seconds=(self._ticks() - self._let_go_at) * self.speed)

    def let_go(self) -> None:
        self._let_go_at = self._ticks()

    async def until(self, moment: dt.datetime) -> None:
        """Wait until it shows `moment`; not at all where that is past."""
        if (left := (moment - self()).total_seconds()) > 0:
            await asyncio.sleep(left / self.speed)

    async def after(self, seconds: float) -> None:
        """Wait until so many of its seconds have passed."""
        await self.until(self() + dt.timedelta(seconds=seconds))


@dataclass(frozen=True)
class Evening:
    """An evening at a restaurant. `starts` are the sittings that guests want, in UTC."""

    restaurant: Restaurant
    date: dt.date
    starts: tuple[dt.datetime, ...]

    @property
    def begins(self) -> dt.datetime:
        """The start: while the first sitting can still be booked, and all guests are at home."""
        lead = max(self.restaurant.policy.lead_minutes, _LONGEST_LEAD_MINUTES)
        return self.starts[0] - dt.timedelta(minutes=lead) - _BEFORE_THE_LEAD


def next_evening(restaurant: Restaurant, today: dt.date) -> Evening | None:
    """The next Friday, today's included, on which the restaurant is open in the evening.

    None where there is none in the next weeks.
    """
    first = today + dt.timedelta(days=(FRIDAY - today.weekday()) % 7)
    for week in range(_WEEKS_AHEAD):
        date = first + dt.timedelta(weeks=week)
        if starts := _starts_on(restaurant, date):
            return Evening(restaurant, date, starts)
    return None


def _starts_on(restaurant: Restaurant, date: dt.date) -> tuple[dt.datetime, ...]:
    earliest, latest = (
        at_minute(date, minute, restaurant.zone) for minute in (_EARLIEST_MINUTE, _LATEST_MINUTE)
    )
    starts = [each.start for each in sittings_on(restaurant, date, 2) if each.start >= earliest]
    if not starts or starts[0] > latest:
        return ()
    return tuple(start for start in starts if start <= starts[0] + _BUSY)


@dataclass(frozen=True)
class Scene:
    """The evening as it is played."""

    evening: Evening
    clock: FastClock
    tell_of: Tell
    tally: Tally = field(default_factory=Tally)

    def tell(
        self, event: HappeningKind, sentence: str, *, at: dt.datetime | None = None, **facts: Any
    ) -> None:
        """Count and report what happens, now or `at`."""
        moment = (at or self.clock()).astimezone(self.evening.restaurant.zone)
        happening = Happening(moment, event, sentence, facts)
        self.tally.count(happening)
        self.tell_of(happening)

    def time_of(self, moment: dt.datetime) -> str:
        """What the restaurant's clock shows at a moment."""
        return clock_text(moment, self.evening.restaurant.zone)

    def table(self, table_id: str | None) -> str:
        """A table's name."""
        tables = (table for area in self.evening.restaurant.areas for table in area.tables)
        return next((table.name for table in tables if table.id == table_id), "a table")


def courses(scope: str) -> str:
    """What the kitchen is to have ready, in words."""
    return _COURSES[scope]


def who(name: str, covers: int) -> str:
    """A party's name: `Aysel, party of 4,`."""
    return f"{name.partition(' ')[0]}, party of {covers},"
