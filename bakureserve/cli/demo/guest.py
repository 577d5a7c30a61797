"""A guest who books, drives, shares their location, arrives, eats and leaves, or does not."""

from __future__ import annotations

import asyncio
import datetime as dt
from bisect import bisect_right
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import ceil
from random import Random
from typing import Any, TypeVar

from bakureserve.cli.demo.cast import GuestParty, door_of
from bakureserve.cli.demo.scene import HappeningKind, Scene, who
from bakureserve.cli.demo.staff import Host
from bakureserve.cli.demo.stage import Caller, Refused
from bakureserve.domain.places.geo import Coordinates, straight_line_km

JAM_AT = 0.55
"""The share of the route that lies before a traffic jam."""

T = TypeVar("T")
_PING_SECONDS = (32.0, 45.0)
"""Between two locations: more than LOCATION_PING_MIN_INTERVAL_SECONDS."""
_LOOK_AGAIN = frozenset({409, 422})
_TRIES = 3
_TOO_MANY = 429
_SHORTEST_DRIVE_SECONDS = 240.0
_LEAD_MINUTES = (5, 90)
"""The bounds of an announcement."""
_CHANGES_MIND_AFTER_SECONDS = 900.0
_TURNS_BACK_AT = 0.6
_AFTER_THE_MEAL = ("completed", "cancelled", "no_show")


@dataclass(frozen=True)
class Way:
    """A route as the server answers it: its points, length, time and provider."""

    points: tuple[Coordinates, ...]
    km: float
    seconds: float
    provider: str

    @classmethod
    def answered(cls, directions: Any, origin: Coordinates, door: Coordinates) -> Way:
        """A route by the streets that a router found, else a straight line."""
        found = [Coordinates(*each) for each in directions.get("route_geometry", ())]
        return cls(
            points=(origin, *found, door),
            km=directions["route_distance_km"],
            seconds=directions["eta_seconds"],
            provider=directions["provider"],
        )

    def at(self, share: float) -> Coordinates:
        """The point after that share of the route, from 0 to 1."""
        passed = [0.0, *accumulate(straight_line_km(*pair) for pair in pairwise(self.points))]
        target = min(max(share, 0.0), 1.0) * passed[-1]
        leg = min(bisect_right(passed, target), len(passed) - 1)
        return _between(self.points[leg - 1 : leg + 1], target - passed[leg - 1])


@dataclass(frozen=True)
class Drive:
    """A route as a guest drives it: evenly in `seconds`, except for a jam of `jam_seconds`."""

    way: Way
    seconds: float
    jam_seconds: float = 0.0

    @property
    def lasts(self) -> float:
        """Seconds from the start to the door."""
        return self.seconds + self.jam_seconds

    def is_stuck(self, elapsed: float) -> bool:
        """Whether the guest stands in the jam, so many seconds after the start."""
        return 0 < elapsed - self.seconds * JAM_AT < self.jam_seconds

    def place(self, elapsed: float) -> Coordinates:
        """The guest's position, so many seconds after the start."""
        jam = min(max(elapsed - self.seconds * JAM_AT, 0.0), self.jam_seconds)
        return self.way.at((elapsed - jam) / self.seconds)


def _between(ends: Sequence[Coordinates], km: float) -> Coordinates:
    one, other = ends
    length = straight_line_km(one, other)
    share = min(km / length, 1.0) if length else 1.0
    return Coordinates(
        one.latitude + share * (other.latitude - one.latitude),
        one.longitude + share * (other.longitude - one.longitude),
    )


class Guest:
    """Plays one party of the cast, with the account that `caller` is logged in to."""

    def __init__(self, party: GuestParty, caller: Caller, host: Host, scene: Scene) -> None:
        self._party = party
        self._caller = caller
        self._host = host
        self._scene = scene
        self._random = Random(party.email)  # noqa: S311 - a play, no secret
        self._booking: dict[str, Any] = {}
        self._changed = asyncio.Condition()

    async def play(self) -> None:
        """Play the guest's evening, from the booking to the end of the visit."""
        await self._scene.clock.until(self._party.books_at)
        if await self._unless_refused(self._find_a_table()):
            await self._visit()

    async def _unless_refused(self, deed: Awaitable[T]) -> T | None:
        """The result of a call; None when the server refuses, which is reported."""
        try:
            return await deed
        except Refused as refusal:
            self._tell("refused", f"{self._name} is refused: {refusal.detail}", code=refusal.code)
            return None

    async def _find_a_table(self) -> bool:
        """Book, and try another when the sitting was taken or has become too soon."""
        for _ in range(_TRIES):
            try:
                return await self._book()
            except Refused as refusal:
                if refusal.status not in _LOOK_AGAIN:
                    raise
        return await self._book()

    async def _book(self) -> bool:
        """Book the free sitting closest to the wanted one; False without any."""
        restaurant, party = self._scene.evening.restaurant, self._party
        offered = await self._caller.get(
            f"/v1/restaurants/{restaurant.slug}/availability",
            date=self._scene.evening.date.isoformat(),
            party_size=str(party.covers),
        )
        starts = [each["start"] for each in offered["slots"] if each["count"]]
        if not starts:
            self._tell("no_table", f"{party.first_name} finds no table for {party.covers}.")
            return False
        start = min(starts, key=lambda each: abs(dt.datetime.fromisoformat(each) - party.start))
        self._booking = await self._caller.post(
            "/v1/reservations",
            {
                "restaurant_id": restaurant.id,
                "party_size": party.covers,
                "start": start,
                "guest_name": party.name,
                "guest_phone": party.phone,
            },
        )
        table = self._scene.table(self._booking["table_id"])
        booked = f"{party.first_name} books {table} for {party.covers} at {self._at(self._start)}."
        self._tell("booked", booked, start=start, table=self._booking["table_id"])
        return True

    async def _visit(self) -> None:
        """Follow the booking, and do what such a guest does."""
        async with asyncio.TaskGroup() as tasks:
            following = tasks.create_task(self._follow())
            await self._unless_refused(self._act())
            following.cancel()

    async def _act(self) -> None:
        match self._party.habit:
            case "missing":
                await self._until_over()
            case "cancels":
                await self._scene.clock.after(_CHANGES_MIND_AFTER_SECONDS)
                await self._cancel("cancelled", f"{self._name} cancels in time.")
            case _:
                await self._come()

    async def _come(self) -> None:
        drive = await self._planned_drive()
        leaves = self._start + dt.timedelta(minutes=self._party.minutes_off, seconds=-drive.seconds)
        await self._scene.clock.until(leaves)
        if self._is_over:
            return
        if self._party.habit in {"by_word", "silent"}:
            await self._come_without_location(drive)
        else:
            await self._announce(drive, share_location=True)
            await self._drive(drive)
        await self._dine()

    async def _planned_drive(self) -> Drive:
        """The route of the map, at the guest's own pace."""
        home, door = self._party.home.place, door_of(self._scene.evening.restaurant)
        directions = await self._caller.get(
            "/v1/directions", origin=_point(home), destination=_point(door)
        )
        way = Way.answered(directions, home, door)
        seconds = max(way.seconds * self._party.pace, _SHORTEST_DRIVE_SECONDS)
        return Drive(way, seconds, jam_seconds=self._party.jam_minutes * 60)

    async def _announce(self, drive: Drive, *, share_location: bool) -> None:
        minutes = ceil(drive.way.seconds / 60)  # as the server rounds it
        least, most = _LEAD_MINUTES
        await self._post(
            "arrival_intent",
            {
                "lead_minutes": min(max(minutes, least), most),
                "prep_scope": self._party.scope,
                "share_location": share_location,
            },
        )
        district = self._party.home.district
        if share_location:
            way = f"{drive.way.km:.1f} km, {minutes} min"
            sentence = f"{self._name} sets out from {district}: {way}."
            self._tell(
                "set_out",
                sentence,
                district=district,
                km=drive.way.km,
                minutes=minutes,
                provider=drive.way.provider,
            )
        else:
            sentence = f"{self._name} says they come in {minutes} min, and shares no location."
            self._tell("announced", sentence, minutes=minutes)

    async def _come_without_location(self, drive: Drive) -> None:
        """Drive without sharing a location, with at most one announcement, and walk in."""
        if self._party.habit == "by_word":
            await self._announce(drive, share_location=False)
        await self._scene.clock.after(drive.lasts)
        await self._host.see_at_the_door(self._booking["id"])

    async def _drive(self, drive: Drive) -> None:
        """Share the location until the server detects the arrival."""
        clock, set_out, was_stuck = self._scene.clock, self._scene.clock(), False
        while not (self._is_over or self._is_at_the_door):
            elapsed = (clock() - set_out).total_seconds()
            if self._party.habit == "turns_back" and elapsed > drive.lasts * _TURNS_BACK_AT:
                await self._cancel("turned_back", f"{self._name} turns round and cancels.")
                return
            if drive.is_stuck(elapsed) and not was_stuck:
                was_stuck = True
                self._tell("stuck", f"{self._name} is stuck in traffic.")
            await self._share(drive, elapsed)
            await clock.after(self._random.uniform(*_PING_SECONDS))

    async def _share(self, drive: Drive, elapsed: float) -> None:
        here = drive.place(elapsed)
        try:
            self._booking = await self._post(
                "arrival_intent/location",
                {"latitude": here.latitude, "longitude": here.longitude},
            )
            self._scene.tally.locations += 1
        except Refused as refusal:
            if refusal.status != _TOO_MANY and not self._is_over:
                raise

    async def _dine(self) -> None:
        """Sit down, eat, and go."""
        await self._until(lambda: self._is_over or self._booking["status"] == "seated")
        if self._is_over:
            return
        sitting = dt.datetime.fromisoformat(self._booking["end"]) - self._start
        await self._scene.clock.after(sitting.total_seconds() * self._party.stay)
        await self._host.see_leave(self._booking["id"])

    async def _cancel(self, event: HappeningKind, sentence: str) -> None:
        if not self._is_over:
            at = self._scene.clock()
            await self._post("cancel")
            self._tell(event, sentence, at=at)  # before the kitchen is told

    async def _post(self, what: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        answer: dict[str, Any] = await self._caller.post(
            f"/v1/reservations/{self._booking['id']}/{what}", body
        )
        return answer

    async def _follow(self) -> None:
        path = f"/v1/reservations/{self._booking['id']}/arrival_intent/stream"
        with suppress(Refused):
            async for told in self._caller.follow(path):
                await self._learn(told["data"])
        await self._learn({"removed": True})  # nothing more will come

    async def _learn(self, news: dict[str, Any]) -> None:
        async with self._changed:
            self._booking |= news
            self._changed.notify_all()

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(holds)

    async def _until_over(self) -> None:
        await self._until(lambda: self._is_over)

    @property
    def _is_over(self) -> bool:
        return self._booking.get("removed", False) or self._booking["status"] in _AFTER_THE_MEAL

    @property
    def _is_at_the_door(self) -> bool:
        arrived: bool = self._booking["arrival_intent"]["status"] == "arrived"
        return arrived or self._booking["status"] == "seated"

    @property
    def _start(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self._booking["start"])

    @property
    def _name(self) -> str:
        return who(self._party.name, self._party.covers)

    def _at(self, moment: dt.datetime) -> str:
        return self._scene.time_of(moment)

    def _tell(self, event: HappeningKind, sentence: str, **facts: Any) -> None:
        about: dict[str, Any] = {"guest": self._party.name, "covers": self._party.covers}
        if self._booking:
            about["reservation"] = self._booking["id"]
        self._scene.tell(event, sentence, **about, **facts)


def _point(place: Coordinates) -> str:
    return f"{place.latitude:.6f},{place.longitude:.6f}"
