"""How a real server process answers to signals: it reloads, finishes, and ends."""

from __future__ import annotations

import datetime as dt
import json
import signal
import socket
import time
from pathlib import Path

import pytest

from bakureserve.settings import Settings
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import Server, command, serving
from tests.kit.waiting import wait_for

DAY = (dt.datetime.now(dt.UTC) + dt.timedelta(days=7)).date()
WISH = json.dumps(
    {"restaurant_id": SAHIL.id, "party_size": 2, "start": f"{DAY}T19:00", "guest_name": "Aysel"}
).encode()
HEAD = (
    b"POST /v1/reservations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: %d\r\n\r\n" % len(WISH)
)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    return tmp_path


def connected(server: Server) -> socket.socket:
    return socket.create_connection(server.address, timeout=20)


def test_a_request_under_way_is_finished_and_kept(data_dir: Path) -> None:
    with serving(data_dir) as server, connected(server) as client:
        client.sendall(HEAD + WISH[:10])
        server.wait_until_under_way()
        server.signal(signal.SIGTERM)
        wait_for(lambda: server.is_refusing)
        client.sendall(WISH[10:])
        answer = client.makefile("rb").read()
        assert server.wait() == 0
    assert list(data_dir.glob("control-*")) == []
    assert answer.startswith(b"HTTP/1.1 201 ")
    assert b"Aysel" in answer
    assert "Aysel" in command("reservations", "list", data_dir=data_dir).stdout


def test_an_open_connection_is_told_of_its_last_answer_before_it_goes(data_dir: Path) -> None:
    with serving(data_dir) as server, connected(server) as client:
        answers = client.makefile("rb")

        def ask() -> bool:
            client.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
            head = list(iter(answers.readline, b"\r\n"))
            [length] = [int(line.split()[1]) for line in head if b"Content-Length" in line]
            answers.read(length)
            return b"Connection: close\r\n" in head

        assert not ask()
        server.signal(signal.SIGTERM)
        wait_for(ask)
        assert answers.read() == b""
        assert server.wait() == 0


def test_one_that_never_comes_whole_is_waited_for_no_longer_than_told(data_dir: Path) -> None:
    patience = {"SHUTDOWN_TIMEOUT_SECONDS": "0.3"}
    with serving(data_dir, **patience) as server, connected(server) as client:
        client.sendall(HEAD + WISH[:10])
        server.wait_until_under_way()
        started = time.monotonic()
        assert server.stop() == 0
    assert time.monotonic() - started < 5


def test_what_may_change_is_taken_up_and_the_rest_is_named(data_dir: Path) -> None:
    (data_dir / ".env").write_text("LOG_LEVEL=info\nGOMAP_GUID=an-old-secret\n")
    with serving(data_dir) as server:
        (data_dir / ".env").write_text(
            "LOG_LEVEL=debug\nBACKUP_INTERVAL=6h\nGOMAP_GUID=a-new-secret\n"
        )
        server.signal(signal.SIGHUP)
        wait_for(lambda: "reloaded" in server.said)
        (line,) = [json.loads(each) for each in server.said.splitlines() if "reloaded" in each]
        status = command("status", "--json", data_dir=data_dir).stdout
    assert sorted(line["taken_up"]) == ["BACKUP_INTERVAL", "LOG_LEVEL"]
    assert line["need_restart"] == ["GOMAP_GUID"]
    assert "secret" not in server.said
    assert json.loads(status)[0]["backups"]["every_seconds"] == 6 * 3600


def test_a_second_server_warns_that_limits_are_each_ones_own(data_dir: Path) -> None:
    with serving(data_dir) as first, serving(data_dir) as second:
        assert "another server runs" not in first.said
        assert "another server runs" in second.said
