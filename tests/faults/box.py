"""A server on a box of its own, as an operator and a guest see it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import requests

from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import Server, command, serving
from tests.kit.waiting import wait_for

Json = dict[str, Any]

TODAY = dt.datetime.now(dt.UTC).date()
IN_TIME = 5
"""Seconds that any answer may take, whatever is in trouble."""


@dataclass
class Box:
    """A running server and its folder."""

    server: Server
    days: Iterator[int] = field(default_factory=lambda: count(5))

    @property
    def folder(self) -> Path:
        return self.server.data_dir

    def get(self, path: str, **params: str) -> requests.Response:
        return requests.get(f"{self.server.url}{path}", params=params, timeout=IN_TIME)

    def books(self, name: str) -> int:
        """The status of booking a table under this name, each time on another day."""
        return self.sends(self.wish(name))

    def wish(self, name: str) -> Json:
        """A booking under this name, each time on another day."""
        return {
            "restaurant_id": SAHIL.id,
            "party_size": 2,
            "start": f"{TODAY + dt.timedelta(days=next(self.days))}T19:00",
            "guest_name": name,
        }

    def sends(self, wish: Json, **headers: str) -> int:
        """The status of asking for this booking."""
        url = f"{self.server.url}/v1/reservations"
        return requests.post(url, json=wish, headers=headers, timeout=IN_TIME).status_code

    def names(self) -> list[str]:
        """Who has booked, by what the server says."""
        return sorted(each["guest_name"] for each in self.get("/v1/reservations").json())

    def health(self) -> Json:
        found: Json = self.get("/health").json()
        return found

    def health_when(self, check: str, *statuses: str) -> Json:
        """What `/health` says once this check has one of these statuses, and nothing vital fails.

        On a machine that is busy with other things a look may take too long, and then says so.
        """
        found: Json = {}

        def seen() -> bool:
            found.update(self.health())
            is_told = found["checks"][check]["status"] in statuses
            return is_told and found["status"] != "unhealthy"

        wait_for(seen)
        return found

    def health_until_unhealthy(self) -> Json:
        """What `/health` says once guests cannot be served."""
        wait_for(lambda: self.health()["status"] == "unhealthy")
        return self.health()


@contextmanager
def box_on(
    data_dir: Path, house: Restaurant = SAHIL, *, under: Sequence[str] = (), **environ: str
) -> Iterator[Box]:
    """A server on a folder that is furnished with one house, unless a database is there."""
    settings = Settings(data_dir=data_dir, seed=False)
    if not settings.database_path.exists():
        furnish(settings, house)
    with serving(data_dir, under=under, **environ) as server:
        yield Box(server)


def booked_in(data_dir: Path) -> list[str]:
    """Who has booked, by the command line; no server is needed."""
    listed = command("reservations", "list", "--json", data_dir=data_dir)
    assert listed.returncode == 0, listed.stderr
    return sorted(each["guest_name"] for each in json.loads(listed.stdout))
