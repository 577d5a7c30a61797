"""The operator's door into a server: a socket whose permissions are the authentication."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession, UnixConnector, web

from bakureserve.control_sockets import living
from bakureserve.runtime import Runtime
from bakureserve.server.connections import listening_for_operators
from bakureserve.server.serving import application
from tests.kit.browser import Browser
from tests.kit.calls import ask, book
from tests.kit.cast import bearing, by_token


@pytest.fixture
async def operator(runtime: Runtime) -> AsyncIterator[ClientSession]:
    """A client of the application's control socket."""
    runner = web.AppRunner(application(runtime, identify=by_token))
    await runner.setup()
    async with listening_for_operators(runner, runtime.settings.data_dir), _door(runtime) as client:
        yield client
    await runner.cleanup()


@asynccontextmanager
async def _door(runtime: Runtime) -> AsyncIterator[ClientSession]:
    (path,) = living(runtime.settings.data_dir)
    async with ClientSession("http://localhost/", connector=UnixConnector(str(path))) as client:
        yield client


async def test_an_operator_sees_every_reservation_without_a_token(
    operator: ClientSession, browser: Browser
) -> None:
    booked = await book(browser)
    answer = await operator.get("v1/reservations")
    assert [each["id"] for each in await answer.json()] == [booked["id"]]


async def test_what_an_operator_does_is_written_down_under_their_account(
    operator: ClientSession, browser: Browser, runtime: Runtime
) -> None:
    booked = await book(browser)
    answer = await operator.post(f"v1/reservations/{booked['id']}/cancel")
    assert answer.status == 200
    last = await runtime.database.read(
        lambda tx: tx.one("select actor_kind, actor, action from audit order by id desc limit 1")
    )
    assert last == ("cli", getpass.getuser(), "reservation.cancelled")


async def test_others_still_have_to_prove_who_they_are(browser: Browser) -> None:
    assert (await ask(browser, "GET", who=None)).status == 401
    assert (await browser.get("/v1/reservations", headers=bearing("wrong"))).status == 401


async def test_where_there_can_be_no_socket_the_server_says_so_and_serves(
    browser: Browser, runtime: Runtime, capfd: pytest.CaptureFixture[str]
) -> None:
    runner = web.AppRunner(application(runtime, identify=by_token))
    await runner.setup()
    async with listening_for_operators(runner, runtime.settings.data_dir / "nowhere"):
        assert "no_control_socket" in "".join(capfd.readouterr())
        assert (await browser.get("/livez")).status == 200
    await runner.cleanup()
