"""The host at the door, who follows guests on the way on the board, and the kitchen.

The kitchen's screen shows the webhooks that the restaurant's system gets.
"""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any

from bakureserve.cli.demo.scene import Scene, courses, who
from bakureserve.cli.demo.stage import Caller, Refused

if TYPE_CHECKING:
    from aiohttp import web

_HOST_LOOKS_SECONDS = 60.0
"""How long the host waits before reading the board again when no news comes."""
_TO_THE_TABLE_SECONDS = 90.0
_AGAIN_SECONDS = 240.0
"""When the host tries again to seat a party at a table that is still taken."""
_PATIENCE_MINUTES = 30
"""How late a silent guest may be before the host marks them as a no-show."""
_NEVER_SAID = frozenset({"idle", "cancelled"})

BoardRow = dict[str, Any]


class Host:
    """Answers for the kitchen, seats guests who arrive, and notes no-shows."""

    def __init__(self, caller: Caller, scene: Scene) -> None:
        self._caller = caller
        self._scene = scene
        self._news = asyncio.Event()
        self._noted: set[tuple[str, str]] = set()
        self._refusals: set[str] = set()

    async def work(self) -> None:
        """Until cancelled."""
        async with asyncio.TaskGroup() as duties:
            duties.create_task(self._listen())
            while True:
                self._news.clear()
                try:
                    await self._look(duties)
                except Refused as refusal:
                    self._note_refused(refusal)
                await self._wait_for_news()

    async def see_at_the_door(self, reservation_id: str) -> None:
        """Notice a guest who arrives without a known location."""
        with suppress(Refused):  # the server noticed, or staff at a page were quicker
            await self._caller.post(f"/v1/reservations/{reservation_id}/arrival_intent/arrived")

    async def see_leave(self, reservation_id: str) -> None:
        """Notice a party that leaves."""
        with suppress(Refused):
            left = await self._caller.post(f"/v1/reservations/{reservation_id}/complete")
            sentence = f"{_of(left)} leaves {self._scene.table(left['table_id'])}."
            self._scene.tell("left", sentence, **_facts(left, left["id"]))

    async def _listen(self) -> None:
        restaurant = self._scene.evening.restaurant.id
        with suppress(Refused):  # reading the board reports that
            async for _message in self._caller.follow(
                f"/v1/restaurants/{restaurant}/arrivals/stream"
            ):
                self._news.set()

    async def _wait_for_news(self) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(_HOST_LOOKS_SECONDS / self._scene.clock.speed):
                await self._news.wait()

    async def _look(self, duties: asyncio.TaskGroup) -> None:
        restaurant = self._scene.evening.restaurant.id
        for row in await self._caller.get(f"/v1/restaurants/{restaurant}/arrivals/board"):
            if row["status"] == "requested":
                await self._approve(row)
            if row["punctuality"] == "late" and row["status"] != "arrived":
                self._note_late(row)
            if row["status"] == "arrived" and self._is_first(row, "arrived"):
                self._note_arrived(row)
                duties.create_task(self._seat(row))
            if _has_stayed_away(row) and self._is_first(row, "no_show"):
                await self._give_up(row)

    async def _approve(self, row: BoardRow) -> None:
        with suppress(Refused):  # withdrawn a moment ago
            await self._caller.post(
                f"/v1/reservations/{row['reservation_id']}/arrival_intent/decision",
                {"action": "approve"},
            )
            if self._is_first(row, "approved"):
                food = courses(row["prep_scope"])
                sentence = f"The kitchen agrees to have {food} ready for {row['guest_name']}."
                self._scene.tell("approved", sentence, **_facts(row))

    def _note_refused(self, refusal: Refused) -> None:
        """Report a refusal; the next reading of the board tries again."""
        if refusal.code not in self._refusals:
            self._refusals.add(refusal.code)
            self._scene.tell("refused", f"The host is refused: {refusal.detail}", code=refusal.code)

    def _note_late(self, row: BoardRow) -> None:
        has_spoken = row["status"] not in _NEVER_SAID
        if not self._is_first(row, "late" if has_spoken else "missed"):
            return
        facts = _facts(row) | {"late_minutes": row["late_minutes"]}
        if not has_spoken:
            booked = self._scene.time_of(dt.datetime.fromisoformat(row["start"]))
            sentence = f"{_of(row)} was due at {booked}, and has said nothing."
            self._scene.tell("missed", sentence, **facts)
            return
        kept = row["table"] is None or row["table"]["kept"]
        outlook = "the table is kept" if kept else "the next party needs the table"
        sentence = f"{_of(row)} will be {row['late_minutes']} min late: {outlook}."
        self._scene.tell("late", sentence, **facts, table_kept=kept)

    def _note_arrived(self, row: BoardRow) -> None:
        start, came = (dt.datetime.fromisoformat(row[each]) for each in ("start", "arrived_at"))
        minutes = minutes_off(came, start)
        off = f"{abs(minutes)} min {'late' if minutes > 0 else 'early'}" if minutes else "on time"
        facts = _facts(row) | {"punctuality": row["punctuality"], "minutes_off": minutes}
        self._scene.tell("arrived", f"{_of(row)} is at the door, {off}.", at=came, **facts)

    async def _seat(self, row: BoardRow) -> None:
        """Seat the party, as soon as its table is free."""
        wait = _TO_THE_TABLE_SECONDS
        while True:
            await self._scene.clock.after(wait)
            try:
                seated = await self._caller.post(f"/v1/reservations/{row['reservation_id']}/seat")
            except Refused as refusal:
                if refusal.code not in {"table_occupied", "too_early"}:
                    return  # staff at a page were quicker
                wait = _AGAIN_SECONDS
            else:
                sentence = f"{_of(seated)} sits down at {self._scene.table(seated['table_id'])}."
                self._scene.tell("seated", sentence, **_facts(seated, seated["id"]))
                return

    async def _give_up(self, row: BoardRow) -> None:
        with suppress(Refused):
            await self._caller.post(f"/v1/reservations/{row['reservation_id']}/no-show")
            table = self._scene.table(row["table_id"])
            self._scene.tell(
                "no_show", f"{_of(row)} did not come: {table} is free again.", **_facts(row)
            )

    def _is_first(self, row: BoardRow, what: str) -> bool:
        """Whether this is noted about them for the first time."""
        mark = (row["reservation_id"], what)
        is_new = mark not in self._noted
        self._noted.add(mark)
        return is_new


def _has_stayed_away(row: BoardRow) -> bool:
    late = row["late_minutes"] or 0
    return (
        row["reservation_status"] == "booked"
        and row["status"] in _NEVER_SAID
        and late >= _PATIENCE_MINUTES
    )


def minutes_off(came: dt.datetime, booked: dt.datetime) -> int:
    """Minutes after the booked time as clocks show them, without seconds: an arrival at 18:02:41
    shows as 18:02, 2 min late. Negative before the booked time."""
    return int((came - booked).total_seconds() // 60)


def _of(row: BoardRow) -> str:
    return who(row["guest_name"], row["party_size"])


def _facts(row: BoardRow, reservation_id: str | None = None) -> dict[str, Any]:
    return {
        "guest": row["guest_name"],
        "covers": row["party_size"],
        "reservation": reservation_id or row["reservation_id"],
    }


class Kitchen:
    """Gets webhooks, and reports when the kitchen has to start, hold or stop."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._heard: set[str] = set()
        self._started: set[str] = set()
        self._cancelled: dict[str, dict[str, Any]] = {}

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[str]:
        """Its machine, on a free port of this computer; the address for webhooks."""
        from aiohttp import web

        machine = web.Application()
        machine.router.add_post("/hook", self._take)
        runner = web.AppRunner(machine, access_log=None)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            yield f"http://{host}:{port}/hook"
        finally:
            await runner.cleanup()

    async def _take(self, request: web.Request) -> web.Response:
        from aiohttp import web

        self.hear(await request.json())
        return web.Response()

    def hear(self, told: dict[str, Any]) -> None:
        """A webhook; one that comes again is known by its id."""
        if told["id"] not in self._heard:
            self._heard.add(told["id"])
            self._read_webhook(told)

    def _read_webhook(self, told: dict[str, Any]) -> None:
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
            self._stop_if_cancelled(facts["reservation"])
        elif told["type"] == "arrival.hold":
            hold = f"{party} is delayed, and {where}: the kitchen is told to hold."
            self._scene.tell("kitchen_held", hold, at=at, **facts)
        elif told["type"] == "reservation.cancelled":
            stop = f"{party} is not coming: the kitchen is told to stop."
            self._cancelled[facts["reservation"]] = {"sentence": stop, "at": at, **facts}
            self._stop_if_cancelled(facts["reservation"])

    def _stop_if_cancelled(self, reservation: str) -> None:
        """Stop the kitchen on the later of two webhooks: they may overtake each other."""
        if reservation in self._started and reservation in self._cancelled:
            self._scene.tell("kitchen_stopped", **self._cancelled.pop(reservation))


def _where(about: dict[str, Any]) -> str:
    if about["arrived_at"] or about["eta_minutes"] is None:
        return "is here"
    minutes = about["eta_minutes"]
    return f"is {minutes} min away" if minutes else "should be here by now"
