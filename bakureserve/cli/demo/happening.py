"""What happens in the evening, as it is told, and what has happened by its end."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Event = Literal[
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


@dataclass(frozen=True)
class Happening:
    """`at` is by the restaurant's clock; `facts` are for a machine what `sentence` is for us."""

    at: dt.datetime
    event: Event
    sentence: str
    facts: Mapping[str, Any]


Tell = Callable[[Happening], None]


@dataclass
class BookingCounters:
    """What has happened so far. `locations` counts those that guests shared on their way."""

    events: Counter[Event] = field(default_factory=Counter)
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
        """By name; what did not happen is 0."""
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
