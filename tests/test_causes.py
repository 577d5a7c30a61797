"""Each way not to reach a server has a code of its own, from what the libraries raise."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bakureserve.causes import CAUSES, UNKNOWN_CAUSE, cause_of
from bakureserve.locale import codes
from tests.kit.certificates import certificate_in, context_of


async def cause_at(url: str, trusted: Path | None = None) -> str:
    context = ssl.create_default_context(cafile=trusted)
    async with aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientConnectorError) as failed:
            await session.get(url, ssl=context)
    return cause_of(failed.value)


@asynccontextmanager
async def listening(certificate: Path) -> AsyncIterator[str]:
    async def hang_up(_reading: asyncio.StreamReader, writing: asyncio.StreamWriter) -> None:
        writing.close()

    server = await asyncio.start_server(hang_up, "127.0.0.1", ssl=context_of(certificate))
    async with server:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/"


async def test_nothing_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert await cause_at(f"http://127.0.0.1:{port}/") == "connection_refused"


@pytest.mark.parametrize(
    ("number", "cause"),
    [(socket.EAI_NONAME, "name_not_found"), (socket.EAI_AGAIN, "name_service_silent")],
)
async def test_a_name_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch, number: int, cause: str
) -> None:
    async def unknown(*_arguments: object, **_named: object) -> None:
        raise socket.gaierror(number, "as the name service says")

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", unknown)
    assert await cause_at("http://nowhere.example/") == cause


@pytest.mark.parametrize(
    ("host", "days", "is_trusted", "cause"),
    [
        ("127.0.0.1", -1, True, "certificate_expired"),
        ("127.0.0.2", 1, True, "certificate_of_another"),
        ("127.0.0.1", 1, False, "certificate_untrusted"),
    ],
)
async def test_a_certificate_proves_nothing(
    tmp_path: Path, host: str, days: int, is_trusted: bool, cause: str
) -> None:
    certificate = certificate_in(tmp_path, host=host, days=days)
    async with listening(certificate) as url:
        assert await cause_at(url, certificate if is_trusted else None) == cause


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (TimeoutError(), "timed_out"),
        (OSError(errno.ETIMEDOUT, ""), "timed_out"),
        (OSError(errno.EHOSTUNREACH, ""), "no_route"),
        (ConnectionResetError(errno.ECONNRESET, ""), "connection_closed"),
        (ssl.SSLError(1, "wrong version number"), "tls"),
        (OSError(errno.EMFILE, ""), "no_open_files_left"),
        (
            OSError("Multiple exceptions: [Errno 111] ('::1', 9), [Errno 111] ('127.0.0.1', 9)"),
            "connection_refused",
        ),
        (OSError("Multiple exceptions: [Errno 111] x, [Errno 113] y"), UNKNOWN_CAUSE),
        (ValueError(), UNKNOWN_CAUSE),
    ],
)
def test_errors_of_the_system(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause


def test_what_an_error_was_raised_from_says_more() -> None:
    told = ConnectionError("could not connect")
    told.__cause__ = ConnectionRefusedError(errno.ECONNREFUSED, "")
    assert cause_of(told) == "connection_refused"


def test_every_cause_has_words() -> None:
    assert {f"cause_{cause}" for cause in CAUSES} <= codes()
