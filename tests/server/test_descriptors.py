"""Descriptors: taken as far as the system allows, and shared out so that some are always left."""

from __future__ import annotations

import errno
import json
import os
import resource
import socket
import subprocess
import sys
from contextlib import ExitStack
from ctypes.util import find_library
from pathlib import Path

import pytest
import requests

from bakureserve.server.connection_limits import FOR_HEALTH, OWN, shares_of
from bakureserve.settings import Settings
from tests.kit.processes import Server, command, serving

FEW = 400


def test_what_comes_from_outside_always_leaves_what_the_server_needs() -> None:
    for descriptors in (256, 1024, 4096, 65_536, 1_048_576):
        shares = shares_of(descriptors, Settings())

        everybody = shares.connections + FOR_HEALTH + shares.backlog
        assert everybody + OWN <= descriptors
        assert shares.streams + shares.streams_of_client <= shares.connections
        assert shares.connections_of_client <= shares.connections / 4


def test_with_descriptors_enough_the_settings_are_what_holds() -> None:
    settings = Settings()
    shares = shares_of(65_536, settings)

    assert shares.streams == settings.live_max_streams
    assert shares.streams_of_client == settings.live_max_streams_per_client
    assert shares.connections_of_client == settings.max_connections_per_client


def test_the_soft_limit_is_raised_to_the_hard_one(tmp_path: Path) -> None:
    with serving(tmp_path, under=("sh", "-c", 'ulimit -Sn 256; exec "$@"', "sh")) as server:
        soft, hard = resource.prlimit(server.pid, resource.RLIMIT_NOFILE)
    assert soft == hard > 256
    assert "descriptors_few" not in server.said


def test_a_crowd_is_told_and_health_and_commands_are_answered(tmp_path: Path) -> None:
    few = ("sh", "-c", f'ulimit -n {FEW}; exec "$@"', "sh")
    with serving(tmp_path, under=few) as server, ExitStack() as opened:
        shares = shares_of(FEW, Settings())
        for number in range(shares.connections):
            _begin_a_booking(server, f"127.0.0.{1 + number % 20}", opened)

        assert command("status", "--json", data_dir=tmp_path).returncode == 0
        assert requests.get(f"{server.url}/livez", timeout=10).status_code == 200
        refused = requests.get(f"{server.url}/v1/restaurants", timeout=10)
        assert (refused.status_code, refused.json()["code"]) == (503, "connections_full")
        assert refused.headers["Retry-After"]
        events = [json.loads(line) for line in server.said.splitlines()]
    told = {each["event"]: each for each in events}
    assert told["descriptors_few"]["streams"] == shares.streams
    assert told["connections_full"]["allowed"] == shares.connections


@pytest.mark.skipif(find_library("seccomp") is None, reason="no library to make calls fail")
def test_a_machine_without_a_free_descriptor_is_told_once(tmp_path: Path) -> None:
    script = """
import errno
from bakureserve.server.connection_limits import Shortage
from bakureserve.server.logs import configure_logs
from bakureserve.settings import Settings
from tests.kit.sandbox.confined import fail

configure_logs(Settings(log_format="json"))
shortage = Shortage(lambda: 0.0)
shortage.look()
fail("open", "openat", error=errno.ENFILE)
shortage.look()
shortage.look()
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False)
    (told,) = [json.loads(line) for line in done.stderr.splitlines()]
    assert told["event"] == "descriptors_exhausted"
    assert told["reason"] == os.strerror(errno.ENFILE)
    assert "fs.file-max" in told["hint"]


def _begin_a_booking(server: Server, client: str, opened: ExitStack) -> None:
    """A request under way, whose body has not come yet: a connection that is not idle."""
    host, _, port = server.url.removeprefix("http://").rpartition(":")
    wire = opened.enter_context(
        socket.create_connection((host, int(port)), timeout=10, source_address=(client, 0))
    )
    wire.sendall(
        b"POST /v1/reservations HTTP/1.1\r\nHost: localhost\r\n"
        b"Content-Type: application/json\r\nContent-Length: 9\r\n\r\n{"
    )
