"""Commands that ask running servers: by their sockets, or at a URL with a token."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from aiohttp import web

from bakureserve.cli.app import NOUNS
from bakureserve.cli.exit_status import Status
from tests.cli.conftest import Ran, Run
from tests.kit.browser import Browser
from tests.kit.calls import book
from tests.kit.processes import serving

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


def test_every_living_server_on_the_folder_is_asked_without_a_token(run: Run) -> None:
    with serving(run.folder) as first, serving(run.folder) as second:
        answers = run("ask", "/v1/reservations").json
        first.kill()
        (left,) = run("ask", "/livez").json
        second.kill()
    assert [each["answer"] for each in answers] == [[], []]
    assert left["server"] in {each["server"] for each in answers}
    assert list(run.folder.glob("control-*.sock"))
    run("ask", "/livez").ends(Status.UNAVAILABLE, f"bakureserve --data-dir {run.folder} serve")


async def test_the_token_comes_from_the_environment_or_a_file(
    ask: Ask, browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await book(browser)
    (token := tmp_path / "token").write_text("guest\n")
    from_file = await ask("/v1/reservations", "--token-file", str(token))
    assert from_file.status == Status.OK
    monkeypatch.setenv("BAKURESERVE_TOKEN", "admin")
    assert '"guest_name": "Aysel"' in (await ask("/v1/reservations")).out
    token.write_bytes(b"\xff\xfe")
    ran = await ask("/v1/reservations", "--token-file", str(token))
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
async def test_a_refusal_of_the_server_is_told_in_its_words(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, token: str, path: str, status: Status, says: str
) -> None:
    monkeypatch.setenv("BAKURESERVE_TOKEN", token)
    ran = await ask(path)
    assert ran.status == status
    assert says in ran.err
    assert token not in ran.err or not token


@pytest.mark.parametrize("url", ["reserve.example", "ftp://x", "https://", "https://me@x"])
def test_what_is_no_address_is_refused(bare: Run, url: str) -> None:
    bare("ask", "/livez", "--url", url).ends(Status.REFUSED, "--url takes an address")


def test_an_address_where_nothing_listens_is_named(bare: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    bare("ask", "/livez", "--url", url).ends(Status.UNAVAILABLE, f"{url} does not answer")


async def test_a_redirect_is_not_followed_with_the_token(
    bare: Run, aiohttp_server: Callable[..., Awaitable[web.BaseRequest]]
) -> None:
    seen: list[str] = []

    async def elsewhere(request: web.Request) -> web.Response:
        seen.append(request.path)
        raise web.HTTPFound("/stolen")

    app = web.Application()
    app.router.add_get("/{any:.*}", elsewhere)
    server = await aiohttp_server(app)
    await asyncio.to_thread(bare, "ask", "/livez", "--url", str(server.make_url("/prefix")))
    assert seen == ["/prefix/livez"]
