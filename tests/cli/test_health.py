"""`bakureserve health`: through the socket, at a URL, and where no server runs."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import time

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import span
from bakureserve.control_sockets import control_socket, living
from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from tests.cli.conftest import Run, answering
from tests.kit.browser import Browser
from tests.kit.processes import serving
from tests.kit.program import environment, started


def test_a_length_of_time_is_said_by_its_two_largest_units() -> None:
    for seconds, said in {
        0.4: "0 s",
        59: "59 s",
        62: "1 min 2 s",
        3600: "1 h",
        86_460: "1 d",
        90_061: "1 d 1 h",
    }.items():
        assert span(seconds) == said


def test_without_a_server_the_same_checks_are_run_here(run: Run, house_settings: Settings) -> None:
    ran = run("health", "--json")
    (found,) = ran.json
    assert found["checks"]["database"]["status"] == "ok"
    assert f"No server runs on {run.folder}" in ran.err
    assert not house_settings.signing_keys_path.exists()


def test_a_damaged_database_is_unhealthy_with_the_reason(bare: Run) -> None:
    bare.database.write_text("To-do: reservations\n" * 500)
    ran = bare("health")
    assert ran.status == 2
    (database,) = [row for row in ran.cells if row[0] == "database"]
    assert database[1] == "error"
    assert "damaged" in database[3]
    assert " restore" in database[3]


def test_a_folder_without_a_database_is_left_empty(bare: Run) -> None:
    assert bare("health").status == 2
    assert list(bare.folder.iterdir()) == []


def test_every_server_is_asked_and_a_stopped_one_told_with_how_to_wake_it(run: Run) -> None:
    with serving(run.folder) as first, serving(run.folder):
        run.database.rename(run.folder / "elsewhere.db")
        ran = run("health")
        (run.folder / "elsewhere.db").rename(run.database)
        first.signal(signal.SIGSTOP)
        assert len(list(living(run.folder))) == 2
        began = time.monotonic()
        stopped = run("health")
        assert time.monotonic() - began < 6
        first.signal(signal.SIGCONT)
    assert ran.status == stopped.status == 2
    databases = [row for row in ran.cells if row[1] == "database"]
    assert len({row[0] for row in databases}) == 2
    assert all("Put it back and restart the server" in row[4] for row in databases)
    assert any(line.endswith(f"kill -CONT {first.pid}") for line in stopped.out.splitlines())


def test_a_server_that_hangs_is_unhealthy(bare: Run) -> None:
    with control_socket(bare.folder):
        ran = bare("health")
    assert ran.status == 2
    assert "no answer within 3 s" in ran.out


async def test_at_a_url_the_exit_says_how_the_server_is(
    run: Run, browser: Browser, runtime: Runtime
) -> None:
    for path, statuses in (("/", {0, 1}), ("/book", {2})):
        url = str(browser.make_url(path))
        assert (await asyncio.to_thread(run, "health", "--url", url)).status in statuses


def test_at_a_url_where_nothing_listens_it_is_unhealthy(bare: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    ran = bare("health", "--url", f"http://127.0.0.1:{port}")
    assert ran.status == Status.REFUSED
    assert "does not answer" in ran.out


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
def test_at_the_url_of_another_program_it_is_unhealthy(bare: Run, answer: bytes) -> None:
    with answering(answer) as url:
        ran = bare("health", "--url", url)
    assert ran.status == Status.REFUSED
    assert "not like a Baku Reserve" in ran.out


def test_watching_looks_again_until_it_is_stopped(run: Run) -> None:
    with started(
        *("health", "--watch", "--every", "0.1", "--json"),
        cwd=run.folder,
        env=environment(DATA_DIR=str(run.folder)),
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
