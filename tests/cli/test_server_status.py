"""`status` and `top`: a running server on one screen."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import time

from bakureserve.cli.server_facts import facts_of
from bakureserve.cli.status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.cli.process import drain, environment, started
from tests.houses import NOW
from tests.processes import serving


def test_status_tells_what_one_looks_for_on_one_screen(run: Run, house_settings: Settings) -> None:
    with serving(house_settings.data_dir):
        ran = run("status")
        assert ran.status == Status.OK, ran.err
        shown = dict(ran.cells)
        (told,) = run("status", "--json").json
    assert list(shown)[:5] == ["version", "up for", "health", "requests", "latency"]
    assert shown["today"].startswith("0 booked")
    assert "this process decides" in shown["limiter"]
    assert shown["outbox"] == "0 waiting, 0 being sent, 0 given up"
    assert "every 1 d, at least 7 kept" in shown["backups"]
    assert " MB, log " in shown["database"]
    assert len(shown) < 25
    assert told["health"]["checks"]["database"]["status"] == "ok"
    assert told["requests"]["ever"] >= 1

    told["limiter"]["buckets"] = told["writer"]["units"] = told["writer"]["batches"] = 1
    shown = dict(facts_of(told, told["health"], NOW))
    assert "; 1 client of " in shown["limiter"]
    assert shown["writer"] == "0 waiting; 1 unit in 1 commit"


def test_without_a_server_there_is_no_status(run: Run) -> None:
    assert run("status").status == Status.UNAVAILABLE


def test_top_needs_a_terminal(run: Run) -> None:
    ran = run("top")
    assert ran.status == Status.REFUSED
    assert "status --json" in ran.err


def test_top_draws_again_and_again_until_it_is_stopped(house_settings: Settings) -> None:
    ours, theirs = pty.openpty()
    with (
        serving(house_settings.data_dir),
        started(
            *("top", "--every", "0.2"),
            cwd=house_settings.data_dir,
            env=environment(TERM="xterm", DATA_DIR=str(house_settings.data_dir)),
            stdin=subprocess.DEVNULL,
            stdout=theirs,
            stderr=theirs,
        ) as top,
    ):
        os.close(theirs)
        shown, deadline = "", time.monotonic() + 60
        while shown.count("up for") < 3:
            assert time.monotonic() < deadline, shown
            shown += os.read(ours, 65536).decode(errors="replace")
        top.send_signal(signal.SIGINT)
        drain(ours)
        assert top.wait(30) == Status.OK
    os.close(ours)
    assert "database" in shown
