"""A whole evening, from the booking to the empty table, with a crash in the middle of it.

A guest books, says that they come and drives along real streets while GoMap fails; the host
accepts, the kitchen is told once, the guest arrives, is seated and leaves. Both follow by WebSocket
and come back after the server was killed. Whatever happened is told to each once, and in order.
"""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes, policy
from itertools import groupby
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.places.geo import Coordinates
from bakureserve.notify.mail import MailServer
from bakureserve.runtime import open_runtime
from bakureserve.settings import Settings
from tests.end_to_end.evening import Json, Kitchen, Listener, an_open_house, next_sitting
from tests.kit.houses import furnish
from tests.kit.people import Person, a_person
from tests.kit.post_office import PostOffice, open_office
from tests.kit.processes import Server, command, serving
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.gomap import GUID, GoMap
from tests.kit.roads.osrm import Osrm
from tests.kit.roads.trouble import resetting
from tests.kit.waiting import until

PINGS = 12


@dataclass
class Stage:
    """Where it happens and who takes part."""

    folder: Path
    environ: dict[str, str]
    kitchen: Kitchen
    mail: PostOffice
    restaurant: str
    guest: Person
    host: Person
    way: list[Coordinates]

    def events_of(self, reservation_id: str, after: int) -> list[tuple[int, str]]:
        """What was committed about it beyond an event: the number and the kind of each."""
        with closing(sqlite3.connect(self.folder / "bakureserve.db")) as store:
            return store.execute(
                "select id, kind from event where reservation_id = ? and id > ? order by id",
                (reservation_id, after),
            ).fetchall()

    def unsent(self) -> int:
        with closing(sqlite3.connect(self.folder / "bakureserve.db")) as store:
            (count,) = store.execute(
                "select count(*) from outbox_delivery where status <> 'sent'"
            ).fetchone()
        behind = "select max(event.id) > (select event_id from outbox_cursor) from event"
        with closing(sqlite3.connect(self.folder / "bakureserve.db")) as store:
            return int(count) + int(store.execute(behind).fetchone()[0])


@pytest.fixture
def mail() -> Iterator[tuple[PostOffice, MailServer]]:
    office = PostOffice()
    with open_office(office) as server:
        yield office, server


@pytest.fixture
async def stage(
    tmp_path: Path, roads: Roads, osrm: Osrm, gomap: GoMap, mail: tuple[PostOffice, MailServer]
) -> AsyncIterator[Stage]:
    kitchen, (office, server) = Kitchen(), mail
    machine = web.Application()
    machine.router.add_post("/hook", kitchen.take)
    async with TestServer(machine) as listening:
        home, door = roads.grid.at(15, 12), roads.grid.at(4, 5)
        house = an_open_house(str(listening.make_url("/hook")), door)
        settings = Settings(data_dir=tmp_path, seed=False)
        furnish(settings, house)
        async with open_runtime(settings) as runtime:
            guest = await a_person(runtime, "Aysel")
            host = await a_person(runtime, "Leyla", staff_of=house.id)
        yield Stage(
            folder=tmp_path,
            environ={
                "DEV": "off",
                "OSRM_BASE_URL": osrm.url,
                "GOMAP_BASE_URL": gomap.url,
                "GOMAP_GUID": GUID,
                "LOCATION_PING_MIN_INTERVAL_SECONDS": "0",
                "LOCATION_PING_MIN_DISTANCE_METERS": "0",
                "LIVE_HEARTBEAT_SECONDS": "0.2",
                "NOTIFY_TIMEOUT_SECONDS": "1",
                "SMTP_HOST": server.host,
                "SMTP_PORT": str(server.port),
                "SMTP_SECURITY": "none",
                "WEBHOOK_SECRET": "a-master-secret-of-the-operator",
                "WEBHOOK_PRIVATE_ADDRESSES": "on",
            },
            kitchen=kitchen,
            mail=office,
            restaurant=house.id,
            guest=guest,
            host=host,
            way=await driven(osrm, home, door),
        )


async def driven(osrm: Osrm, home: Coordinates, door: Coordinates) -> list[Coordinates]:
    """Places on the way by car from one to the other, both included."""
    ends = f"{home.longitude},{home.latitude};{door.longitude},{door.latitude}"
    url = f"{osrm.url}/route/v1/driving/{ends}?overview=full&geometries=geojson"
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        line = (await answer.json())["routes"][0]["geometry"]["coordinates"]
    step = (len(line) - 1) / (PINGS - 1)
    return [
        Coordinates(latitude, longitude)
        for longitude, latitude in (line[round(number * step)] for number in range(PINGS))
    ]


async def ask(server: Server, who: Person, path: str, body: Json | None = None) -> Json:
    """A call that must succeed."""
    url = f"{server.url}/v1/reservations{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(url, json=body, headers=who.headers) as answer,
    ):
        told: Json = await answer.json()
        assert answer.status in {200, 201}, told
        return told


async def test_an_evening(stage: Stage, gomap: GoMap) -> None:
    wish = {"restaurant_id": stage.restaurant, "party_size": 2, "guest_name": "Aysel"}
    booking = wish | {"start": next_sitting()}
    half = PINGS // 2

    with serving(stage.folder, **stage.environ) as server:
        booked = await ask(server, stage.guest, "", booking)
        one = f"/{booked['id']}"
        guest = Listener(
            f"/v1/reservations{one}/arrival_intent/stream", stage.guest.token, by_message=True
        )
        host = Listener(
            f"/v1/restaurants/{stage.restaurant}/arrivals/stream",
            stage.host.token,
            by_message=False,
        )
        for listener in (guest, host):
            listener.follow(server)
        await until(lambda: guest.messages and host.messages)

        coming = {"lead_minutes": 20, "prep_scope": "starters", "share_location": True}
        await ask(server, stage.guest, f"{one}/arrival_intent", coming)
        await ask(server, stage.host, f"{one}/arrival_intent/decision", {"action": "approve"})
        await drive(server, stage, one, stage.way[:3])
        gomap.trouble = resetting()  # for the rest of the evening
        await drive(server, stage, one, stage.way[3:half])
        # What the last of these led to may not have been told to anybody when the blow falls.
        later = wish | {"start": next_sitting(hours_later=3)}
        other = await ask(server, stage.guest, "", later)
        server.kill()
        for listener in (guest, host):
            await listener.cut_off()

    with serving(stage.folder, **stage.environ) as server:
        await drive(server, stage, one, stage.way[half : half + 1])
        for listener in (guest, host):
            listener.follow(server)
        await drive(server, stage, one, stage.way[half + 1 :])
        await ask(server, stage.host, f"{one}/seat")
        left = await ask(server, stage.host, f"{one}/complete")
        await until(lambda: guest.updates[-1]["data"]["status"] == "completed")
        await until(lambda: host.updates[-1]["data"]["status"] == "completed")
        await until(lambda: not stage.unsent())
        for listener in (guest, host):
            await listener.hang_up()
        assert server.stop() == 0

    require_all_told_once(stage, booked, guest, host)
    require_each_sees_what_they_may(guest, host, left)
    require_the_way_was_told(guest)
    require_notices(stage, booked, other)
    checked = command("check", data_dir=stage.folder)
    assert checked.returncode == 0, checked.stdout + checked.stderr


async def drive(server: Server, stage: Stage, one: str, way: list[Coordinates]) -> None:
    """Send each place of the way; every ping is answered, whatever the map services do."""
    for place in way:
        here = {"latitude": place.latitude, "longitude": place.longitude}
        await ask(server, stage.guest, f"{one}/arrival_intent/location", here)


def require_all_told_once(stage: Stage, booked: Json, guest: Listener, host: Listener) -> None:
    for listener in (guest, host):
        first, *others = listener.messages
        assert first["type"] == "snapshot"
        assert {each["type"] for each in others} <= {"update", "heartbeat"}
        happened = stage.events_of(booked["id"], first["id"])
        assert listener.ids == [number for number, _ in happened]
    kinds = [kind for _, kind in stage.events_of(booked["id"], 0)]
    assert kinds.count("arrival.fire") == 1
    assert kinds.index("arrival.approved") < kinds.index("arrival.fire")
    assert [kind for kind in kinds if kind not in {"arrival.located", "arrival.retimed"}] == [
        "reservation.booked",
        "arrival.requested",
        "arrival.approved",
        "arrival.fire",
        "arrival.arrived",
        "reservation.seated",
        "reservation.completed",
    ]


def require_each_sees_what_they_may(guest: Listener, host: Listener, left: Json) -> None:
    assert [stages(listener) for listener in (guest, host)] == [
        [
            ("booked", "requested"),
            ("booked", "approved"),
            ("booked", "arrived"),
            ("seated", "arrived"),
            ("completed", "arrived"),
        ]
    ] * 2
    assert any(intent["current_location"] for intent in intents(guest))
    assert not any(
        intent["current_location"] or intent["last_location"] or intent["route_summary"]
        for intent in intents(host)
    )
    assert host.updates[-1]["data"] == left
    assert all(each["arrived_at"] for each in intents(guest)[-3:])


def require_the_way_was_told(guest: Listener) -> None:
    """GoMap's estimates first, OSRM's from when that failed; and nearer all the time."""
    located = [each for each in intents(guest) if each["current_location"]]
    assert [source for source, _ in groupby(each["traffic_source"] for each in located)] == [
        "gomap",
        "osrm",
    ]
    distances = [each["route_distance_km"] for each in located if each["traffic_source"] == "osrm"]
    assert distances == sorted(distances, reverse=True)


def require_notices(stage: Stage, booked: Json, other: Json) -> None:
    assert stage.kitchen.told(booked["id"]) == [
        "reservation.booked",
        "arrival.requested",
        "arrival.approved",
        "arrival.fire",
        "arrival.arrived",
        "reservation.seated",
        "reservation.completed",
    ]
    assert stage.kitchen.told(other["id"]) == ["reservation.booked"]
    calls = dict(stage.kitchen.calls)
    assert len({(body["event_id"], body["type"]) for body in calls.values()}) == len(calls)
    sent = [message_from_bytes(each.content, policy=policy.default) for each in stage.mail.letters]
    letters = list({letter["Message-ID"]: letter for letter in sent}.values())
    assert [str(letter["To"]) for letter in letters] == [stage.guest.actor.email] * 2
    uids = sorted(uid_of(letter) for letter in letters)
    assert uids == sorted(f"{each['id']}@bakureserve" for each in (booked, other))


def uid_of(letter: Any) -> str:
    entry = letter.get_body(("calendar",)).get_content().replace("\r\n ", "").replace("\n ", "")
    return next(line[4:] for line in entry.splitlines() if line.startswith("UID:"))


def intents(listener: Listener) -> list[Json]:
    return [each["data"]["arrival_intent"] for each in listener.updates]


def stages(listener: Listener) -> list[tuple[str, str]]:
    """The statuses of reservation and arrival that were seen, without repetition."""
    data = [each["data"] for each in listener.updates]
    seen = [(each["status"], each["arrival_intent"]["status"]) for each in data]
    return [status for status, _ in groupby(seen)]
