"""What everybody who takes part shares: the evening, its clock, and who is told what happens."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from bakureserve.cli.demo.clock import FastClock
from bakureserve.cli.demo.evening import Evening
from bakureserve.cli.demo.happening import BookingCounters, Event, Happening, Tell
from bakureserve.domain.localtime import clock_text, local


@dataclass(frozen=True)
class Scene:
    """The evening as it is played."""

    evening: Evening
    clock: FastClock
    tell_of: Tell
    tally: BookingCounters = field(default_factory=BookingCounters)

    def tell(
        self, event: Event, sentence: str, *, at: dt.datetime | None = None, **facts: Any
    ) -> None:
        """Count what happens, now or `at`, and tell of it."""
        moment = local(at or self.clock(), self.evening.restaurant.zone)
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


_COURSES = {"starters": "the starters", "mains": "the mains", "full": "all courses"}


def courses(scope: str) -> str:
    """What the kitchen is to have ready, in words."""
    return _COURSES[scope]


def who(name: str, covers: int) -> str:
    """How a party is called: `Aysel, party of 4,`."""
    return f"{name.partition(' ')[0]}, party of {covers},"
