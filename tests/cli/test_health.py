"""`bakureserve health`: through the socket, at a URL, and where no server runs."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bakureserve.cli.spans import span
from bakureserve.cli.status import Status
from bakureserve.control_sockets import control_socket, living
from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.browser import Browser
from tests.kit.processes import serving
from tests.kit.program import environment, started


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.4, "0 s"),
        (62, "1 min 2 s"),
        (3600, "1 h"),
        (86_460, "1 d"),
        (90_061, "1 d 1 h"),
        (59, "59 s"),
    ],
)
def test_a_length_of_time_is_said_by_its_two_largest_units(seconds: float, said: str) -> None:
    assert span(seconds) == said


class TestWithoutAServer:
    def test_the_same_checks_are_run_here(self, run: Run, house_settings: Settings) -> None:
        ran = run("health", "--json")
        (found,) = ran.json
        assert found["checks"]["database"]["status"] == "ok"
        assert f"No server runs on {house_settings.data_dir}" in ran.err
        assert not house_settings.signing_keys_path.exists()

    def test_a_damaged_database_is_unhealthy_with_the_reason(
        self, run: Run, house_settings: Settings
    ) -> None:
        house_settings.database_path.write_text("To-do: reservations\n" * 500)
        ran = run("health")
        assert ran.status == 2
        (database,) = [row for row in ran.cells if row[0] == "database"]
        assert database[1] == "error"
        assert "damaged" in database[3]
        assert " restore" in database[3]

    def test_a_folder_without_a_database_is_left_empty(self, run: Run, tmp_path: Path) -> None:
        empty = tmp_path / "empty"
        empty.mkdir()
        assert run("health", "--data-dir", str(empty)).status == 2
        assert list(empty.iterdir()) == []


class TestThroughTheSocket:
    def test_every_server_is_asked_and_operators_learn_the_reason(
        self, run: Run, house_settings: Settings
    ) -> None:
        with serving(house_settings.data_dir), serving(house_settings.data_dir):
            house_settings.database_path.rename(house_settings.data_dir / "elsewhere.db")
            ran = run("health")
        assert ran.status == 2
        databases = [row for row in ran.cells if row[1] == "database"]
        assert len({row[0] for row in databases}) == 2
        assert all("Put it back and restart the server" in row[4] for row in databases)

    def test_a_server_that_was_stopped_is_unhealthy_and_told_with_how_to_wake_it(
        self, run: Run, house_settings: Settings
    ) -> None:
        with serving(house_settings.data_dir) as server:
            server.signal(signal.SIGSTOP)
            assert living(house_settings.data_dir)
            started = time.monotonic()
            ran = run("health")
            server.signal(signal.SIGCONT)
        assert ran.status == 2
        assert ran.out.rstrip().endswith(f"kill -CONT {server.pid}")
        assert time.monotonic() - started < 6

    def test_a_server_that_hangs_is_unhealthy(self, run: Run, house_settings: Settings) -> None:
        with control_socket(house_settings.data_dir):
            ran = run("health")
        assert ran.status == 2
        assert "no answer within 3 s" in ran.out


class TestAtAUrl:
    async def test_the_exit_says_how_it_is(
        self, run: Run, browser: Browser, runtime: Runtime
    ) -> None:
        url = str(browser.make_url("/"))
        assert (await asyncio.to_thread(run, "health", "--url", url)).status in {0, 1}

    def test_nobody_there_is_unhealthy(self, run: Run) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
        ran = run("health", "--url", f"http://127.0.0.1:{port}")
        assert ran.status == Status.REFUSED
        assert "does not answer" in ran.out

    async def test_something_else_there_is_unhealthy(self, run: Run, browser: Browser) -> None:
        url = str(browser.make_url("/book"))
        assert (await asyncio.to_thread(run, "health", "--url", url)).status == 2

    @pytest.mark.parametrize(
        "answer",
        [
            b'{"status": "UP", "checks": []}',
            b'{"status": "healthy", "checks": []}',
            b'{"status": "healthy", "checks": {"disk": "fine"}}',
            b'{"status": ["healthy"], "checks": {}}',
            b'"checks"',
        ],
    )
    def test_another_program_there_is_unhealthy(self, run: Run, answer: bytes) -> None:
        with answering(answer) as url:
            ran = run("health", "--url", url)
        assert ran.status == Status.REFUSED
        assert "not as a Baku Reserve does" in ran.out


@contextmanager
def answering(body: bytes) -> Iterator[str]:
    """The URL of a program that answers everything with the same JSON."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_watching_looks_again_until_it_is_stopped(house_settings: Settings) -> None:
    with started(
        *("health", "--watch", "--every", "0.1", "--json"),
        cwd=house_settings.data_dir,
        env=environment(DATA_DIR=str(house_settings.data_dir)),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as watching:
        assert watching.stdout is not None
        reports = 0
        while reports < 2:
            reports += "checks" in watching.stdout.readline()
        watching.send_signal(signal.SIGINT)
        assert watching.wait(60) == Status.INTERRUPTED
