"""`status`: a running server on one screen, in a pipe and as JSON."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from threading import Barrier, Event, Thread
from urllib.error import HTTPError
from urllib.request import urlopen

import msgspec
import pytest

from bakureserve.cli import status
from bakureserve.cli.exit_status import Status
from bakureserve.cli.screens.layout import picture
from bakureserve.cli.screens.server import draw
from bakureserve.cli.server_facts import facts_of
from bakureserve.cli.verdict import ServerReport
from bakureserve.server.api.status import StatusOut
from bakureserve.settings import Settings
from tests.cli.conftest import Run, answering
from tests.cli.drawn import FIGURES, FINE, NOW
from tests.kit.processes import Server, serving


@pytest.fixture(scope="module")
def server(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all that only look at it."""
    data_dir = tmp_path_factory.mktemp("served")
    shutil.copy(furnished, Settings(data_dir=data_dir).database_path)
    with serving(data_dir) as running:
        yield running


def test_a_pipe_gets_what_one_looks_for_on_one_screen(bare: Run, server: Server) -> None:
    for _ in range(3):
        with pytest.raises(HTTPError):
            urlopen(f"{server.url}/v1/restaurants/no-such-place")
    ran = bare("status", "--data-dir", server.data_dir)
    assert ran.status == Status.OK, ran.err
    shown = ran.facts
    names = [name for name in shown if not name.startswith("wrong ")]
    assert names[:6] == ["verdict", "version", "up for", "address", "health", "requests"]
    for name, said in {
        "address": server.url,
        "memory": " MB",
        "processor": " % of a core",
        "loop lag": " ms, at worst ",
        "on the way": "0 parties, 0 at the door",
        "disk": " free of ",
        "today": "0 booked",
        "limiter": "this process decides",
        "outbox": "0 waiting, 0 being sent, 0 given up",
        "backups": "every 1 d, at least 7 kept",
        "database": " MB, log ",
        "errors": "0 failed, 3 refused in the last ",
        "errors GET /v1/restaurants/{restaurant}": "0 failed, 3 refused",
    }.items():
        assert said in shown[name], name
    assert int(shown["open files"].split(" of ")[0]) > 5
    assert len(shown) < 40


def test_json_has_all_figures_and_says_whether_the_server_is_fine(
    bare: Run, server: Server
) -> None:
    (told,) = bare("status", "--json", "--data-dir", server.data_dir).json
    assert {"process", "errors", "guests", "disk", "history", "addresses"} < told.keys()
    assert told["health"]["checks"]["database"]["status"] == "ok"
    assert told["requests"]["ever"] >= 1
    assert told["verdict"]["state"] != "healthy"
    osrm = next(each for each in told["verdict"]["problems"] if each["part"] == "osrm")
    assert osrm["state"] == "error"
    assert osrm["sentence"].startswith("OSRM cannot be reached.")
    told["limiter"]["buckets"] = told["writer"]["units"] = told["writer"]["batches"] = 1
    shown = dict(facts_of(ServerReport("1-ab", told, told["health"]), NOW))
    assert "; 1 client of " in shown["limiter"]
    assert shown["writer"] == "0 waiting; 1 unit in 1 commit"


def test_a_server_that_hangs_up_leaves_the_others_to_be_read(bare: Run, server: Server) -> None:
    with hanging_up(server.data_dir / "control-0-dead.sock"):
        ran = bare("status", "--data-dir", server.data_dir)
        told = bare("status", "--json", "--data-dir", server.data_dir)
    assert (ran.status, told.status) == (Status.UNAVAILABLE, Status.UNAVAILABLE)
    assert ["0-dead", "verdict", "in trouble: server"] in ran.cells
    assert "up for" in [field for _, field, _ in ran.cells]
    assert [row["server"] == "0-dead" for row in told.json] == [True, False]
    assert told.json[0].keys() == {"server", "verdict"}


def test_damage_is_told_once_and_with_commands_to_paste(run: Run) -> None:
    with serving(run.folder):
        os.truncate(run.database, run.database.stat().st_size // 2)
        rows = run("status", "--data-dir", run.folder).facts
    assert rows["verdict"].startswith("in trouble: database")
    assert rows["wrong database"].count("The database file is damaged.") == 1
    assert f"`bakureserve --data-dir {run.folder} check`" in rows["wrong database"]


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
    """A control socket that closes every connection."""
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
    path.unlink()


@contextmanager
def answering_by(answer: Callable[[str], bytes | None], *paths: Path) -> Iterator[None]:
    """Control sockets that answer a path with this JSON; for None only once the block has ended."""
    over = Event()

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = answer(self.path)
            if body is None:
                over.wait()
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with ExitStack() as held:
        for path in paths:
            listener = held.enter_context(ThreadingUnixStreamServer(str(path), Answer))
            held.callback(path.unlink)
            thread = Thread(target=listener.serve_forever, args=(0.01,))
            thread.start()
            held.callback(thread.join)
            held.callback(listener.shutdown)
        held.callback(over.set)
        yield


def test_all_parts_of_all_servers_are_asked_at_once(bare: Run) -> None:
    everything = Barrier(4)  # figures and health of two servers: none is answered before the last

    def answer(path: str) -> bytes:
        everything.wait(20)
        return b"{}"

    two = [bare.folder / f"control-0-{name}.sock" for name in ("a", "b")]
    with answering_by(answer, *two):
        ran = bare("status", "--json")
    told = [row["verdict"]["problems"][0]["sentence"] for row in ran.json]
    assert ["not a Baku Reserve" in each for each in told] == [True, True]


def test_of_a_server_that_answers_in_part_it_says_which_part_hangs(
    bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(status, "PATIENCE_SECONDS", 0.5)
    answers = {"/v1/admin/status": b"{}"}
    with answering_by(answers.get, bare.folder / "control-0-a.sock"):
        bare("status").ends(Status.UNAVAILABLE, "health: no answer within 0.5 s")


def test_without_a_server_of_ours_there_is_no_status(bare: Run) -> None:
    assert bare("status").status == Status.UNAVAILABLE
    with answering(b"<h1>It works!</h1>", content_type="text/html") as url:
        ran = bare("status", "--url", url)
    assert ran.status == Status.UNAVAILABLE
    assert "not a Baku Reserve" in ran.err
