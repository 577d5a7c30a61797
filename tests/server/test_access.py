"""Every call of the API × everybody who may come: who gets which status. See `access_table`."""

from __future__ import annotations

import asyncio
import datetime as dt
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from aiohttp import ClientResponse

from bakureserve.auth.tokens import AccessTokens
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.serving import application
from bakureserve.settings import Settings
from bakureserve.store.reservations import occupancy, reservations
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser, browser_of
from tests.kit.cast import bearing
from tests.kit.houses import CAY_EVI, NOW, SAHIL, SetClock
from tests.kit.people import CHEAP, OPERATOR, Person, a_person, log_in
from tests.server.access_table import ROWS, Json, Row, Scene, Who

PERSONAL = {f"{each.method} {each.path}" for each in ENDPOINTS if each.auth != "none"}
WHO: tuple[Who, ...] = get_args(Who)
Fall = Callable[[Runtime, str], Awaitable[None]]
TOMORROW = dt.date(2027, 3, 2)
DAYS = 28
"""On which the scenes of all rows find room."""


class Stage:
    """The server with its own way to tell who calls, and tokens for everybody."""

    def __init__(self, browser: Browser, runtime: Runtime, people: dict[Who, Person]) -> None:
        self._browser = browser
        self._runtime = runtime
        self._people = people
        owner = people["owner"]
        yesterday = AccessTokens(runtime.signing_keys, lambda: NOW - dt.timedelta(days=1))
        self._tokens: dict[Who, str | None] = {
            "nobody": None,
            "bad": f"{owner.token[:-8]}AAAAAAAA",
            "expired": yesterday.issue(owner.actor),
            **{who: each.token for who, each in people.items()},
        }

    async def statuses(self, row: Row) -> dict[Who, int]:
        """How the row's call ends for everybody, each on a scene of their own.

        All scenes are set before the first call, which may be the owner's last.
        """
        scenes = [await self._scene(row, number) for number in range(len(WHO))]
        return {
            who: await self._status(row, who, scene) for who, scene in zip(WHO, scenes, strict=True)
        }

    async def refused(self, who: Who, fall: Fall, rows: list[Row]) -> list[tuple[Row, int]]:
        """How each row's call ends for somebody after their fall, which must leave no trace."""
        scenes = [await self._scene(row, WHO.index(who)) for row in rows]
        for row, scene in zip(rows, scenes, strict=True):
            await self._prepare(row, scene)
        await fall(self._runtime, self._people[who].user.id)
        ended = []
        for row, scene in zip(rows, scenes, strict=True):
            before = await self._runtime.database.read(_traces)
            ended.append((row, await self._ask(row, who, scene)))
            assert before == await self._runtime.database.read(_traces), row.call
        return ended

    async def _status(self, row: Row, who: Who, scene: Scene) -> int:
        await self._prepare(row, scene)
        return await self._ask(row, who, scene)

    async def _prepare(self, row: Row, scene: Scene) -> None:
        for step in row.before:
            path = f"/v1/reservations/{scene.reservation}/{step.path}"
            assert (await self._call(step.who, "POST", path, step.body)).status < 300, step

    async def _ask(self, row: Row, who: Who, scene: Scene) -> int:
        method, _, template = row.call.partition(" ")
        body = row.body(scene) if callable(row.body) else row.body
        answer = await self._call(who, method, _filled(template, row, scene), body, row.query)
        if row.call in PERSONAL:
            assert answer.headers["Cache-Control"] == "no-store"
        return answer.status

    async def _scene(self, row: Row, number: int) -> Scene:
        """With the reservation and the device that the row is about, if it is about one."""
        day = TOMORROW + dt.timedelta(days=(8 * ROWS.index(row) + number) % DAYS)
        device = ""
        if "/auth/" in row.call:
            device = (await log_in(self._runtime.accounts)).refresh_token
        return Scene(
            number=number,
            day=day,
            restaurant=SAHIL.slug,
            reservation=await self._booked(row, day) if "{reservation}" in row.call else "",
            session=device.partition(".")[0],
            refresh_token=device,
        )

    async def _booked(self, row: Row, day: dt.date) -> str:
        wish = {
            "restaurant_id": SAHIL.id,
            "party_size": 2,
            "start": f"{day}T{15 + ROWS.index(row) % 6}:00:00+04:00",
            "guest_name": "Aysel",
        }
        headers = bearing(self._tokens["owner"])
        answer = await self._browser.post("/v1/reservations", json=wish, headers=headers)
        booked: Json = await answer.json()
        if row.is_now:
            await self._runtime.database.write(lambda tx: _begin_now(tx, booked["id"]))
        return str(booked["id"])

    async def _call(
        self, who: Who, method: str, path: str, body: Json | None = None, query: object = None
    ) -> ClientResponse:
        return await self._browser.request(
            method,
            path,
            json=body,
            params=query,  # type: ignore[arg-type]
            headers=bearing(self._tokens[who]),
            allow_redirects=False,
        )


def _filled(template: str, row: Row, scene: Scene) -> str:
    names = {
        "restaurant": scene.restaurant,
        "reservation": scene.reservation,
        "session": scene.session,
    }
    return template.format(**names | row.path)


def _begin_now(transaction: Transaction, reservation_id: str) -> None:
    """Let the booking be for now, at no table: there are fewer than callers."""
    booked = reservations.get(transaction, reservation_id)
    assert booked is not None
    end = NOW + (booked.end - booked.start)
    now = msgspec.structs.replace(
        booked, start=NOW, end=end, held_until=end, service_date=NOW.date(), table_id=None
    )
    occupancy.release(transaction, reservation_id)
    reservations.update(transaction, now, None)


def _traces(transaction: Transaction) -> tuple[Any, ...] | None:
    """What every change adds to."""
    return transaction.one("select (select max(id) from event), (select max(id) from audit)")


@dataclass(frozen=True)
class Inhabited:
    """A store with accounts, to copy, and who is logged in there."""

    settings: Settings
    people: dict[Who, Person]


@pytest.fixture(scope="session")
def inhabited(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Inhabited:
    settings = Settings(data_dir=tmp_path_factory.mktemp("inhabited"), seed=False)
    shutil.copy(furnished, settings.database_path)
    return Inhabited(settings, asyncio.run(_moved_in(settings)))


async def _moved_in(settings: Settings) -> dict[Who, Person]:
    async with open_runtime(settings, clock=SetClock(), hashing=CHEAP) as runtime:
        return {
            "other": await a_person(runtime, "Rauf"),
            "owner": await a_person(runtime, "Aysel"),
            "staff": await a_person(runtime, "Leyla", staff_of=SAHIL.id),
            "elsewhere": await a_person(runtime, "Nigar", staff_of=CAY_EVI.id),
            "admin": await a_person(runtime, "Orxan", role="admin"),
        }


@pytest.fixture
async def stage(
    inhabited: Inhabited, house_settings: Settings, clock: SetClock
) -> AsyncIterator[Stage]:
    shutil.copy(inhabited.settings.database_path, house_settings.database_path)
    shutil.copy(inhabited.settings.signing_keys_path, house_settings.signing_keys_path)
    async with (
        open_runtime(house_settings, clock=clock, hashing=CHEAP) as runtime,
        browser_of(runtime, identify=None) as browser,
    ):
        yield Stage(browser, runtime, inhabited.people)


def _sharing(row: Row) -> str:
    """Rows with the same word do not get in each other's way at one server."""
    method, _, path = row.call.partition(" ")
    if method == "GET":
        return "reading"
    if path.startswith("/v1/reservations"):
        return "reservations"
    return "operations" if path.startswith("/v1/admin/") and "users" not in path else row.call


TOGETHER = [[*rows] for _, rows in groupby(sorted(ROWS, key=_sharing), key=_sharing)]


@pytest.mark.parametrize("rows", TOGETHER, ids=lambda rows: _sharing(rows[0]))
async def test_everybody_gets_what_they_may(stage: Stage, rows: list[Row]) -> None:
    for row in rows:
        expected = dict(zip(WHO, map(int, row.statuses.split()), strict=True))
        assert (row.call, await stage.statuses(row)) == (row.call, expected)


async def _dismissed(runtime: Runtime, user: str) -> None:
    await runtime.users.set_role(OPERATOR, user, "guest")


async def _sent_away(runtime: Runtime, user: str) -> None:
    await runtime.users.revoke(OPERATOR, user, SAHIL.id)


async def _disabled(runtime: Runtime, user: str) -> None:
    await runtime.users.disable(OPERATOR, user)


async def _erased(runtime: Runtime, user: str) -> None:
    await runtime.users.erase(OPERATOR, user)


FALLS: tuple[tuple[Who, Fall], ...] = (
    ("admin", _dismissed),
    ("staff", _sent_away),
    ("owner", _disabled),
    ("owner", _erased),
)
CHANGES_NOTHING = {"POST /v1/reservations/{reservation}/preorder/quote"}
LEAVING = {"POST /v1/auth/logout"}
"""Open to whoever holds a token: it gives nothing and takes no right."""


def _rows_open_to(who: Who) -> list[Row]:
    """The calls that somebody may make with a token, and that change what is stored."""
    return [
        row
        for row in ROWS
        if row.statuses.startswith("401")
        and int(row.statuses.split()[WHO.index(who)]) < HTTPStatus.MULTIPLE_CHOICES
        and row.call not in CHANGES_NOTHING | LEAVING
    ]


@pytest.mark.parametrize(("who", "fall"), FALLS, ids=lambda each: getattr(each, "__name__", each))
async def test_a_right_that_was_taken_away_ends_with_the_old_token(
    stage: Stage, who: Who, fall: Fall
) -> None:
    """Also for those who may only look at what others have."""
    reads = fall in {_dismissed, _sent_away}
    rows = [row for row in _rows_open_to(who) if reads or not row.call.startswith("GET ")]

    for row, status in await stage.refused(who, fall, rows):
        # What an erased guest booked is not theirs any more.
        assert status == 401 or (fall is _erased and status == 404), row.call


async def test_every_call_has_a_row(runtime: Runtime) -> None:
    """Also one that is routed that no group of `server/api/` declares, as a WebSocket may be."""
    aliases = {alias for each in ENDPOINTS for alias in each.aliases}
    routed = {
        f"{route.method} {resource.canonical}"
        for resource in application(runtime).router.resources()
        if resource.canonical.startswith("/v1/") and resource.canonical not in aliases
        for route in resource
        if route.method != "HEAD"
    }
    rows = [row.call for row in ROWS]

    assert set(rows) == routed | {f"{each.method} {each.path}" for each in ENDPOINTS}
    assert len(rows) == len(set(rows))


def test_every_row_has_a_status_for_each() -> None:
    wrong = [row.call for row in ROWS if not re.fullmatch(r"\d{3}( \d{3}){7}", row.statuses)]
    assert wrong == []
