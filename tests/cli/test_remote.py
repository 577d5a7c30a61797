"""Commands that ask running servers: by their sockets, or at a URL with a token."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from pathlib import Path

import pytest
from aiohttp import web

from bakureserve.cli.app import NOUNS
from bakureserve.cli.status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Ran, Run
from tests.kit.browser import Browser
from tests.kit.processes import serving
from tests.server.asking import book

Ask = Callable[..., Awaitable[Ran]]


@pytest.fixture(autouse=True)
def noun(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NOUNS, "ask", ("tests.cli.asking_noun", "Asks."))
    monkeypatch.delenv("BAKURESERVE_TOKEN", raising=False)


@pytest.fixture
def ask(run: Run, browser: Browser) -> Ask:
    """Runs the command beside the server it asks, at that server's address."""

    async def ask(path: str, *arguments: str) -> Ran:
        url = str(browser.make_url("/"))
        return await asyncio.to_thread(run, "ask", path, "--url", url, *arguments)

    return ask


class TestOnThisMachine:
    def test_every_server_on_the_folder_is_asked_without_a_token(
        self, run: Run, house_settings: Settings
    ) -> None:
        with ExitStack() as opened:
            for _ in range(2):
                opened.enter_context(serving(house_settings.data_dir))
            answers = run("ask", "/v1/reservations").json
        assert [each["answer"] for each in answers] == [[], []]
        assert len({each["server"] for each in answers}) == 2

    def test_no_server_is_said_with_what_to_do(self, run: Run, house_settings: Settings) -> None:
        ran = run("ask", "/livez")
        assert ran.status == Status.UNAVAILABLE
        assert str(house_settings.data_dir) in ran.err
        assert f"bakureserve --data-dir {house_settings.data_dir} serve" in ran.err

    def test_a_killed_server_is_no_server(self, run: Run, house_settings: Settings) -> None:
        with serving(house_settings.data_dir) as server:
            server.kill()
        assert list(house_settings.data_dir.glob("control-*.sock"))
        assert run("ask", "/livez").status == Status.UNAVAILABLE


class TestAtAUrl:
    async def test_the_token_comes_from_the_environment(
        self, ask: Ask, browser: Browser, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await book(browser)
        monkeypatch.setenv("BAKURESERVE_TOKEN", "admin")
        assert '"guest_name": "Aysel"' in (await ask("/v1/reservations")).out

    async def test_or_from_a_file(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "token").write_text("guest\n")
        ran = await ask("/v1/reservations", "--token-file", str(tmp_path / "token"))
        assert ran.status == Status.OK

    async def test_a_file_that_is_no_text_holds_no_token(self, ask: Ask, tmp_path: Path) -> None:
        (tmp_path / "token").write_bytes(b"\xff\xfe")
        ran = await ask("/v1/reservations", "--token-file", str(tmp_path / "token"))
        assert (ran.status, "one word" in ran.err) == (Status.REFUSED, True)

    @pytest.mark.parametrize(
        ("token", "path", "status", "says"),
        [
            ("", "/v1/reservations", Status.REFUSED, "Send an access token"),
            ("wrong", "/v1/reservations", Status.REFUSED, "Sign in again"),
            ("guest", "/v1/reservations/nothing", Status.NOT_FOUND, "no reservation nothing"),
            ("two words", "/livez", Status.REFUSED, "one word"),
        ],
    )
    async def test_what_the_server_refuses_is_told_in_its_words(
        self,
        ask: Ask,
        monkeypatch: pytest.MonkeyPatch,
        token: str,
        path: str,
        status: Status,
        says: str,
    ) -> None:
        monkeypatch.setenv("BAKURESERVE_TOKEN", token)
        ran = await ask(path)
        assert ran.status == status
        assert says in ran.err
        assert token not in ran.err or not token

    @pytest.mark.parametrize("url", ["reserve.example", "ftp://x", "https://", "https://me@x"])
    def test_what_is_no_address_is_refused(self, run: Run, url: str) -> None:
        ran = run("ask", "/livez", "--url", url)
        assert ran.status == Status.REFUSED
        assert "--url takes an address" in ran.err

    def test_an_address_where_nobody_answers_is_named(self, run: Run) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        ran = run("ask", "/livez", "--url", f"http://127.0.0.1:{port}")
        assert ran.status == Status.UNAVAILABLE
        assert f"http://127.0.0.1:{port} does not answer" in ran.err

    async def test_a_redirect_is_not_followed_with_the_token(
        self, run: Run, aiohttp_server: Callable[..., Awaitable[web.BaseRequest]]
    ) -> None:
        seen: list[str] = []

        async def elsewhere(request: web.Request) -> web.Response:
            seen.append(request.path)
            raise web.HTTPFound("/stolen")

        app = web.Application()
        app.router.add_get("/{any:.*}", elsewhere)
        server = await aiohttp_server(app)
        await asyncio.to_thread(run, "ask", "/livez", "--url", str(server.make_url("/prefix")))
        assert seen == ["/prefix/livez"]
