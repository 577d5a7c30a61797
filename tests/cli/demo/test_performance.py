"""`bakureserve demo` as a newcomer starts it: a real process, with a real server in it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import tempfile
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.demo.cast import HABITS
from bakureserve.cli.demo.stage import USUAL_PORT
from bakureserve.cli.exit_status import Status
from tests.cli.conftest import Run
from tests.kit.program import environment, on_a_terminal, run, started
from tests.kit.roads.osrm import Osrm
from tests.kit.waiting import wait_for

FAST = "600"
DONE_SECONDS = 200


@dataclass(frozen=True)
class Scenery:
    """Where a demo is started: `here`, beside an operator's own folder, with folders to throw away
    in `temporary`."""

    here: Path
    own: Path
    temporary: Path

    @property
    def environ(self) -> dict[str, str]:
        """What an operator's shell may have set, none of which is the demo's business."""
        return {
            "TMPDIR": str(self.temporary),
            "DATA_DIR": str(self.own),
            "SMTP_HOST": "127.0.0.1",
            "RATE_LIMIT_REQUESTS": "1",
            "LOCATION_PING_MIN_INTERVAL_SECONDS": "3600",
        }

    @property
    def is_clean(self) -> bool:
        """Whether nothing was written but what was there: the operator's `.env`."""
        return [*self.temporary.iterdir(), *self.own.iterdir()] == [self.own / ".env"]


def scenery(folder: Path) -> Scenery:
    made = Scenery(folder / "here", folder / "own", folder / "temporary")
    for each in (made.here, made.own, made.temporary):
        each.mkdir()
    (made.here / ".env").write_text("PORT=1\nNOTIFY_LANGUAGE=none\n")  # which no start would take
    (made.own / ".env").write_text("SMTP_HOST=127.0.0.1\n")
    return made


@pytest.fixture
def place(tmp_path: Path) -> Scenery:
    return scenery(tmp_path)


@contextmanager
def playing(
    place: Scenery, *arguments: str, port: Sequence[str] = ("--port", "0")
) -> Iterator[subprocess.Popen[str]]:
    """A demo, running, by default on any free port: others may run on this machine."""
    with started(
        *("demo", *port, *arguments),
        cwd=place.here,
        env=environment(**place.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        yield process


@dataclass(frozen=True)
class Played:
    """A whole evening: its lines of JSON, how it ended, and what it left behind."""

    lines: list[dict[str, Any]]
    status: int
    said: str
    place: Scenery

    @property
    def counts(self) -> Counter[str]:
        return Counter(each["event"] for each in self.lines)

    def moment(self, event: str, reservation: str) -> datetime:
        """When it happened to them by the restaurant's clock."""
        (line,) = (
            each
            for each in self.lines
            if (each["event"], each.get("reservation")) == (event, reservation)
        )
        return datetime.fromisoformat(line["at"])

    def parties(self, event: str) -> set[str]:
        return {each["reservation"] for each in self.lines if each["event"] == event}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Played:
    place = scenery(tmp_path_factory.mktemp("demo"))
    with playing(place, "--speed", FAST, "--seed", "3", "--json") as process:
        out, err = process.communicate(timeout=DONE_SECONDS)
    return Played([json.loads(line) for line in out.splitlines()], process.returncode, err, place)


def test_an_evening_is_a_friday_that_ends_by_itself_and_leaves_nothing(evening: Played) -> None:
    assert (evening.status, evening.said) == (Status.OK, "")
    assert evening.place.is_clean
    first, last = evening.lines[0], evening.lines[-1]
    assert (first["event"], last["event"]) == ("begun", "ended")
    begun, ended = (datetime.fromisoformat(line["at"]) for line in (first, last))
    assert f"{begun:%A %H}" == "Friday 16"
    assert (ended - begun).total_seconds() > 4 * 3600


def test_all_book_drive_arrive_are_seated_and_leave(evening: Played) -> None:
    assert evening.counts["booked"] == len(HABITS)
    assert not evening.counts["refused"]
    assert len(evening.parties("set_out") & evening.parties("arrived")) >= 8
    assert evening.parties("arrived") == evening.parties("seated") == evening.parties("left")
    figures = evening.lines[-1]
    assert figures["locations"] > 50
    assert figures["late"] >= 2
    assert figures["early"] >= 1
    assert evening.parties("late")


def test_one_cancels_one_turns_back_and_one_never_comes(evening: Played) -> None:
    gone = [evening.parties(each) for each in ("cancelled", "turned_back", "no_show")]
    assert [len(each) for each in gone] == [1, 1, 1]
    assert not set.union(*gone) & evening.parties("arrived")


def test_the_kitchen_is_told_once_for_each_party_on_the_way(evening: Played) -> None:
    told = [each["reservation"] for each in evening.lines if each["event"] == "kitchen_started"]
    assert len(told) == len(set(told)) >= 8
    assert set(told) <= evening.parties("approved")
    (announced,) = evening.parties("announced")
    started = evening.moment("kitchen_started", announced)
    assert started < evening.moment("arrived", announced)


def test_the_kitchen_is_told_to_hold_and_to_stop(evening: Played) -> None:
    assert evening.parties("kitchen_held") & evening.parties("stuck")
    begun = evening.parties("turned_back") & evening.parties("kitchen_started")
    assert evening.parties("kitchen_stopped") == begun


def test_pages_and_logins_are_as_they_are_printed_and_ctrl_c_ends_it(place: Scenery) -> None:
    with playing(place, "--json") as process:
        assert process.stdout is not None
        begun = json.loads(process.stdout.readline())
        answers = [urllib.request.urlopen(page).status for page in begun["pages"].values()]
        sessions = [log_in(begun["address"], login) for login in begun["logins"]]
        status = run("status", "--json", "--data-dir", begun["data_dir"], cwd=place.own)
        letters = list(Path(begun["data_dir"], "outbox").glob("*.eml"))
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=DONE_SECONDS)
    people = [each["user"] for each in sessions]
    assert answers == [200] * 4
    assert [each["role"] for each in people] == ["admin", "guest", "guest"]
    assert [bool(each["restaurant_ids"]) for each in people] == [False, True, False]
    assert status.returncode == Status.OK
    assert letters
    assert json.loads(out.splitlines()[-1])["event"] == "ended"
    assert (process.returncode, err) == (Status.OK, "")
    assert place.is_clean


def test_sigterm_ends_it_with_what_happened(place: Scenery) -> None:
    with playing(place) as process:
        assert process.stdout is not None
        first = process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=DONE_SECONDS)
    assert process.returncode == Status.OK
    assert re.match(r"16:5\d Aysel books .+ for 2 at 18:00\.", first)
    assert re.search(r"From 16:56 to 1.:..: [1-9]\d* bookings?, ", out)
    assert "Stop with Ctrl-C" in err
    assert place.is_clean


def test_a_signal_before_it_begins_leaves_nothing_either(place: Scenery) -> None:
    with playing(place) as process:
        wait_for(lambda: any(place.temporary.glob("*/bakureserve.db")))
        process.send_signal(signal.SIGHUP)
        out, _ = process.communicate(timeout=DONE_SECONDS)
    assert (process.returncode, out) == (Status.INTERRUPTED, "")
    assert place.is_clean


def test_it_ends_after_the_minutes_that_it_is_given(place: Scenery) -> None:
    shown = on_a_terminal(
        *("demo", "--port", "0", "--speed", "100", "--for", "0.05"), cwd=place.here, **place.environ
    )
    assert "Aysel" in shown
    assert "\x1b[" in shown
    assert "The kitchen was told to start 0 times" in shown
    assert place.is_clean


def test_guests_drive_by_the_router_that_is_named(place: Scenery, osrm: Osrm) -> None:
    with playing(place, "--osrm-base-url", osrm.url, "--speed", FAST, "--json") as process:
        assert process.stdout is not None
        lines = map(json.loads, process.stdout)
        assert any(each["event"] == "set_out" and each["provider"] == "osrm" for each in lines)
        assert any(each["event"] == "arrived" for each in lines)


def test_a_reader_that_stops_reading_ends_it(place: Scenery) -> None:
    with playing(place, "--speed", "200") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.wait(DONE_SECONDS) == Status.PIPE_CLOSED
    assert place.is_clean


def test_the_next_free_port_is_sought_when_the_server_is_about_to_listen(place: Scenery) -> None:
    with playing(place, "--for", "0.05", "--json", port=()) as process:
        wait_for(lambda: any(place.temporary.glob("*/bakureserve.db")))
        with ExitStack() as taken:
            with suppress(OSError):  # another program has it already, which is as good
                taken.enter_context(socket.create_server(("127.0.0.1", USUAL_PORT)))
            out, err = process.communicate(timeout=DONE_SECONDS)
    assert (process.returncode, err) == (Status.OK, "")
    assert not json.loads(out.splitlines()[0])["address"].endswith(f":{USUAL_PORT}")


def test_a_taken_port_that_was_named_is_an_error(place: Scenery) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        refused = run("demo", "--port", port, cwd=place.here, **place.environ)
    assert refused.returncode == Status.UNAVAILABLE
    assert port in refused.stderr
    assert place.is_clean


@pytest.mark.parametrize(
    ("arguments", "status", "why"),
    [
        (("--data-dir", "mine"), Status.REFUSED, "leave out --data-dir"),
        (("--speed", "0"), Status.REFUSED, "--speed"),
        (("--restaurant", "das-nerdivn"), Status.NOT_FOUND, "das-nerdivan"),
        (("--osrm-base-url", "nowhere"), Status.REFUSED, "--osrm-base-url"),
    ],
)
def test_it_refuses_with_a_reason(
    bare: Run,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    status: Status,
    why: str,
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(bare.folder))
    bare("demo", *arguments).ends(status, why)
    assert not any(bare.folder.iterdir())


def log_in(address: str, login: dict[str, str]) -> dict[str, Any]:
    body = json.dumps({name: login[name] for name in ("email", "password")}).encode()
    request = urllib.request.Request(
        f"{address}/v1/auth/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        told: dict[str, Any] = json.load(answer)
        return told
