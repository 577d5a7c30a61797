"""`status`: a running server on one screen, in a pipe and as JSON."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest

from bakureserve.cli.screens.picture import picture
from bakureserve.cli.screens.server import draw
from bakureserve.cli.server_facts import facts_of
from bakureserve.cli.status import Status
from bakureserve.cli.verdict import Told
from bakureserve.server.api.status import StatusOut
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.cli.drawn_status import FIGURES, FINE, NOW
from tests.kit.processes import serving


def test_status_tells_what_one_looks_for_on_one_screen(run: Run, house_settings: Settings) -> None:
    with serving(house_settings.data_dir) as server:
        ran = run("status")
        assert ran.status == Status.OK, ran.err
        shown = dict(ran.cells)
        (told,) = run("status", "--json").json
    assert [name for name in shown if not name.startswith("wrong ")][:6] == [
        "verdict",
        "version",
        "up for",
        "address",
        "health",
        "requests",
    ]
    assert shown["address"] == server.url
    assert shown["memory"].endswith(" MB")
    assert shown["processor"].endswith(" % of a core")
    assert " ms, at worst " in shown["loop lag"]
    assert int(shown["open files"].split(" of ")[0]) > 5
    assert shown["on the way"] == "0 parties, 0 at the door"
    assert " free of " in shown["disk"]
    assert shown["today"].startswith("0 booked")
    assert "this process decides" in shown["limiter"]
    assert shown["outbox"] == "0 waiting, 0 being sent, 0 given up"
    assert "every 1 d, at least 7 kept" in shown["backups"]
    assert " MB, log " in shown["database"]
    assert len(shown) < 40
    assert told["health"]["checks"]["database"]["status"] == "ok"
    assert told["requests"]["ever"] >= 1

    told["limiter"]["buckets"] = told["writer"]["units"] = told["writer"]["batches"] = 1
    shown = dict(facts_of(Told("1-ab", told, told["health"]), NOW))
    assert "; 1 client of " in shown["limiter"]
    assert shown["writer"] == "0 waiting; 1 unit in 1 commit"


def test_json_says_whether_the_server_is_fine(run: Run, house_settings: Settings) -> None:
    with serving(house_settings.data_dir):
        (told,) = run("status", "--json").json
    assert told["verdict"]["state"] != "healthy"
    osrm = next(each for each in told["verdict"]["problems"] if each["part"] == "osrm")
    assert osrm["state"] == "error"
    assert osrm["sentence"].startswith("OSRM cannot be reached.")
    assert {"process", "errors", "guests", "disk", "history", "addresses"} < told.keys()


def test_a_server_that_hangs_up_leaves_the_others_to_be_read(
    run: Run, house_settings: Settings
) -> None:
    folder = house_settings.data_dir
    with serving(folder), hanging_up(folder / "control-0-dead.sock"):
        ran = run("status")
        told = run("status", "--json")
    assert (ran.status, told.status) == (Status.UNAVAILABLE, Status.UNAVAILABLE)
    assert ["0-dead", "verdict", "in trouble: server"] in ran.cells
    assert "up for" in [field for _, field, _ in ran.cells]
    assert [row["server"] == "0-dead" for row in told.json] == [True, False]
    assert told.json[0].keys() == {"server", "verdict"}


def test_what_is_damaged_is_told_once_and_with_commands_to_paste(
    run: Run, house_settings: Settings
) -> None:
    folder, file = house_settings.data_dir, house_settings.database_path
    with serving(folder):
        os.truncate(file, file.stat().st_size // 2)
        rows = dict(run("status", "--data-dir", str(folder)).cells)
    said = rows["wrong database"]
    assert rows["verdict"].startswith("in trouble: database")
    assert said.count("The database file is damaged.") == 1
    assert f"`bakureserve --data-dir {folder} check`" in said


def test_errors_are_told_by_route(run: Run, house_settings: Settings) -> None:
    with serving(house_settings.data_dir) as server:
        for _ in range(3):
            with pytest.raises(HTTPError):
                urlopen(f"{server.url}/v1/restaurants/no-such-place")
        shown = dict(run("status").cells)
    assert shown["errors"].startswith("0 failed, 3 refused in the last ")
    assert shown["errors GET /v1/restaurants/{restaurant}"] == "0 failed, 3 refused"


def test_figures_of_an_older_version_are_told_as_far_as_they_go() -> None:
    new = {"addresses", "errors", "process", "connections", "guests", "disk", "history"}
    old = {name: part for name, part in FIGURES.items() if name not in new}
    shown = dict(facts_of(FINE._replace(figures=old), NOW))
    assert shown["verdict"] == "fine"
    assert "memory" not in shown
    assert "upkeep" in picture(draw([FINE._replace(figures=old)], NOW, 80), 80)


def test_a_server_can_tell_such_figures_as_the_pictures_are_drawn_from() -> None:
    told = msgspec.json.encode(msgspec.convert(FIGURES, StatusOut))
    assert msgspec.json.decode(told) == FIGURES


@contextmanager
def hanging_up(path: Path) -> Iterator[None]:
    """A control socket behind which everybody is hung up on."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def hang_up() -> None:
            with suppress(OSError):
                while True:
                    listener.accept()[0].close()

        thread = Thread(target=hang_up)
        thread.start()
        yield
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_what_is_no_server_of_ours_is_not_taken_for_one(run: Run) -> None:
    with ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as strangers:
        Thread(target=strangers.serve_forever).start()
        ran = run("status", "--url", f"http://127.0.0.1:{strangers.server_port}")
        strangers.shutdown()
    assert ran.status == Status.UNAVAILABLE
    assert "no Baku Reserve" in ran.err


class Stranger(BaseHTTPRequestHandler):
    """Answers everything with a page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>It works!</h1>")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def test_without_a_server_there_is_no_status(run: Run) -> None:
    assert run("status").status == Status.UNAVAILABLE
