"""What systemd hears from the server, on a real socket."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from bakureserve.server.jobs import running
from bakureserve.server.systemd import keep_alive, notify


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(str(tmp_path / "notify"))
        ear.settimeout(5)
        yield ear


def environ(ear: socket.socket, **more: str) -> dict[str, str]:
    return {"NOTIFY_SOCKET": ear.getsockname()} | more


def test_it_hears_what_is_said(systemd: socket.socket) -> None:
    notify("READY=1", environ(systemd))
    assert systemd.recv(100) == b"READY=1"


def test_an_abstract_address_is_one_too() -> None:
    name = f"bakureserve-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as ear:
        ear.bind(f"\0{name}")
        notify("READY=1", {"NOTIFY_SOCKET": f"@{name}"})
        assert ear.recv(100) == b"READY=1"


def test_that_no_supervisor_listens_is_no_error(tmp_path: Path) -> None:
    notify("READY=1", {})
    notify("READY=1", {"NOTIFY_SOCKET": str(tmp_path / "nobody")})


async def test_a_watchdog_is_fed_while_the_loop_turns(systemd: socket.socket) -> None:
    given = environ(systemd, WATCHDOG_USEC="20000", WATCHDOG_PID=str(os.getpid()))
    async with running(keep_alive(given), "watchdog"):
        await asyncio.sleep(0.1)
    assert [systemd.recv(100) for _ in range(3)] == [b"WATCHDOG=1"] * 3


async def test_a_watchdog_of_another_process_is_left_alone(systemd: socket.socket) -> None:
    await keep_alive(environ(systemd, WATCHDOG_USEC="20000", WATCHDOG_PID="1"))
    systemd.setblocking(False)
    with pytest.raises(BlockingIOError):
        systemd.recv(100)
