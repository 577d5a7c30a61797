"""The kitchen's screen, which shows what the restaurant's machine is told.

The samples name no address for webhooks, so the server writes them into files in `outbox/`.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from typing import Any

import msgspec

from bakureserve.cli.demo.scene import Scene, courses, who

_LOOK_SECONDS = 5.0
_SHORTEST_PAUSE = 0.1


class Kitchen:
    """Reads what comes, and tells when it has to start, to hold or to stop."""

    def __init__(self, outbox: Path, scene: Scene) -> None:
        self._outbox = outbox
        self._scene = scene
        self._read: set[str] = set()
        self._started: set[str] = set()
        self._cancelled: dict[str, dict[str, Any]] = {}

    async def work(self) -> None:
        """Until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(max(_LOOK_SECONDS / self._scene.clock.speed, _SHORTEST_PAUSE))

    def look(self) -> None:
        """Read what is new, in the order in which it was written."""
        for file in sorted(self._outbox.glob("[!.]*.json")):
            if file.name not in self._read:
                self._read.add(file.name)
                self._heed(msgspec.json.decode(file.read_bytes()))

    def _heed(self, told: dict[str, Any]) -> None:
        about = told["data"]
        facts = {
            "guest": about["guest_name"],
            "covers": about["party_size"],
            "reservation": about["reservation_id"],
            "minutes": about["eta_minutes"],
        }
        at, party = dt.datetime.fromisoformat(told["at"]), who(facts["guest"], facts["covers"])
        where = _where(about)
        if told["type"] == "arrival.fire":
            food = courses(about["prep_scope"])
            start = f"{party} {where}: the kitchen is told to start {food}."
            self._scene.tell("kitchen_started", start, at=at, **facts)
            self._started.add(facts["reservation"])
            self._stop_if_vain(facts["reservation"])
        elif told["type"] == "arrival.hold":
            hold = f"{party} is delayed, and {where}: the kitchen is told to hold."
            self._scene.tell("kitchen_held", hold, at=at, **facts)
        elif told["type"] == "reservation.cancelled":
            stop = f"{party} comes no more: the kitchen is told to stop."
            self._cancelled[facts["reservation"]] = {"sentence": stop, "at": at, **facts}
            self._stop_if_vain(facts["reservation"])

    def _stop_if_vain(self, reservation: str) -> None:
        """Webhooks may overtake each other: whichever of the two comes second stops it."""
        if reservation in self._started and reservation in self._cancelled:
            self._scene.tell("kitchen_stopped", **self._cancelled.pop(reservation))


def _where(about: dict[str, Any]) -> str:
    if about["arrived_at"] or about["eta_minutes"] is None:
        return "is here"
    minutes = about["eta_minutes"]
    return f"is {minutes} min away" if minutes else "should be here by now"
