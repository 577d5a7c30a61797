"""`bakureserve demo` as a newcomer starts it: a real process, with a real server in it."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.demo.cast import HABITS
from bakureserve.cli.demo.stage import USUAL_PORT
from bakureserve.cli.exit_status import Status
from tests.kit.program import COMMAND, environment, on_a_terminal, run
from tests.kit.roads.osrm import Osrm

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


@contextmanager
def playing(place: Scenery, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, "demo", *arguments],
        cwd=place.here,
        env=environment(**place.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


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

    def whose(self, event: str) -> set[str]:
        return {each["reservation"] for each in self.lines if each["event"] == event}


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Played:
    place = scenery(tmp_path_factory.mktemp("demo"))
    with playing(place, "--speed", FAST, "--seed", "3", "--json") as process:
        out, err = process.communicate(timeout=DONE_SECONDS)
    return Played([json.loads(line) for line in out.splitlines()], process.returncode, err, place)


class TestAWholeEvening:
    def test_it_ends_by_itself(self, evening: Played) -> None:
        assert (evening.status, evening.said) == (Status.OK, "")
        assert (evening.lines[0]["event"], evening.lines[-1]["event"]) == ("begun", "ended")

    def test_it_is_a_friday_evening(self, evening: Played) -> None:
        begun, ended = (datetime.fromisoformat(evening.lines[at]["at"]) for at in (0, -1))
        assert f"{begun:%A %H}" == "Friday 16"
        assert (ended - begun).total_seconds() > 4 * 3600

    def test_everybody_books(self, evening: Played) -> None:
        assert evening.counts["booked"] == len(HABITS)
        assert not evening.counts["refused"]

    def test_guests_drive_and_arrive(self, evening: Played) -> None:
        assert len(evening.whose("set_out") & evening.whose("arrived")) >= 8
        assert evening.lines[-1]["locations"] > 50

    def test_some_are_early_and_some_late(self, evening: Played) -> None:
        figures = evening.lines[-1]
        assert figures["late"] >= 2
        assert figures["early"] >= 1
        assert evening.whose("late")

    def test_the_kitchen_is_told_once_for_each_who_is_on_the_way(self, evening: Played) -> None:
        told = [each["reservation"] for each in evening.lines if each["event"] == "kitchen_started"]
        assert len(told) == len(set(told)) >= 8
        assert set(told) <= evening.whose("approved")

    def test_it_starts_for_a_guest_who_only_said_when_before_they_are_there(
        self, evening: Played
    ) -> None:
        (reservation,) = evening.whose("announced")
        assert evening.moment("kitchen_started", reservation) < evening.moment(
            "arrived", reservation
        )

    def test_it_is_told_to_hold_for_one_who_is_stuck(self, evening: Played) -> None:
        assert evening.whose("kitchen_held") & evening.whose("stuck")

    def test_it_is_told_to_stop_for_one_who_turns_back_once_it_had_started(
        self, evening: Played
    ) -> None:
        stopped = evening.whose("kitchen_stopped")
        assert stopped == evening.whose("turned_back") & evening.whose("kitchen_started")

    def test_one_cancels_one_turns_back_and_one_never_comes(self, evening: Played) -> None:
        gone = [evening.whose(each) for each in ("cancelled", "turned_back", "no_show")]
        assert [len(each) for each in gone] == [1, 1, 1]
        assert not set.union(*gone) & evening.whose("arrived")

    def test_all_who_arrive_are_seated_and_leave(self, evening: Played) -> None:
        assert evening.whose("arrived") == evening.whose("seated") == evening.whose("left")

    def test_nothing_of_it_is_left(self, evening: Played) -> None:
        assert evening.place.is_clean


class TestWhileItRuns:
    def test_its_pages_and_logins_are_as_it_says_and_ctrl_c_ends_it(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
        with playing(place, "--json") as process:
            assert process.stdout is not None
            begun = json.loads(process.stdout.readline())
            answers = [urllib.request.urlopen(page).status for page in begun["pages"].values()]
            sessions = [log_in(begun["address"], login) for login in begun["logins"]]
            status = run("status", "--json", "--data-dir", begun["data_dir"], cwd=tmp_path)
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

    def test_sigterm_ends_it_with_what_happened(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
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

    def test_a_signal_before_it_begins_leaves_nothing_either(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
        with playing(place) as process:
            while not any(place.temporary.glob("*/bakureserve.db")):
                assert process.poll() is None
                time.sleep(0.01)
            process.send_signal(signal.SIGHUP)
            out, _ = process.communicate(timeout=DONE_SECONDS)
        assert (process.returncode, out) == (Status.INTERRUPTED, "")
        assert place.is_clean

    def test_it_ends_after_the_minutes_that_it_is_given(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
        shown = on_a_terminal(
            "demo", "--speed", "100", "--for", "0.1", cwd=place.here, **place.environ
        )
        assert "Aysel" in shown
        assert "\x1b[" in shown
        assert "The kitchen was told to start 0 times" in shown
        assert place.is_clean

    def test_guests_drive_by_a_router_of_ones_own(self, tmp_path: Path, osrm: Osrm) -> None:
        place = scenery(tmp_path)
        router = ("--osrm-base-url", osrm.url, "--speed", FAST, "--for", "0.2")
        with playing(place, *router, "--json") as process:
            lines = [
                json.loads(line)
                for line in process.communicate(timeout=DONE_SECONDS)[0].splitlines()
            ]
        ways = [each["provider"] for each in lines if each["event"] == "set_out"]
        assert "osrm" in ways
        assert any(each["event"] == "arrived" for each in lines)

    def test_whoever_reads_no_more_ends_it(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
        with playing(place, "--speed", "200") as process:
            assert process.stdout is not None
            process.stdout.readline()
            process.stdout.close()
            assert process.wait(DONE_SECONDS) == Status.PIPE_CLOSED
        assert place.is_clean


class TestItsPort:
    def test_the_next_free_one_is_sought_when_the_server_is_about_to_listen(
        self, tmp_path: Path
    ) -> None:
        place = scenery(tmp_path)
        with playing(place, "--for", "0.05", "--json") as process:
            while not any(place.temporary.glob("*/bakureserve.db")):
                assert process.poll() is None
                time.sleep(0.01)
            with ExitStack() as taken:
                with suppress(OSError):  # another program has it already, which is as good
                    taken.enter_context(socket.create_server(("127.0.0.1", USUAL_PORT)))
                out, err = process.communicate(timeout=DONE_SECONDS)
        assert (process.returncode, err) == (Status.OK, "")
        assert not json.loads(out.splitlines()[0])["address"].endswith(f":{USUAL_PORT}")

    def test_a_taken_one_that_was_named_is_an_error(self, tmp_path: Path) -> None:
        place = scenery(tmp_path)
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            refused = run("demo", "--port", port, cwd=place.here, **place.environ)
        assert refused.returncode == Status.UNAVAILABLE
        assert port in refused.stderr
        assert place.is_clean


class TestWhatItRefuses:
    @pytest.mark.parametrize(
        ("arguments", "status", "why"),
        [
            (("--data-dir", "mine"), Status.REFUSED, "leave out --data-dir"),
            (("--speed", "0"), Status.REFUSED, "--speed"),
            (("--restaurant", "das-nerdivn"), Status.NOT_FOUND, "das-nerdivan"),
            (("--osrm-base-url", "nowhere"), Status.REFUSED, "--osrm-base-url"),
        ],
    )
    def test_with_a_reason(
        self, tmp_path: Path, arguments: tuple[str, ...], status: Status, why: str
    ) -> None:
        refused = run("demo", *arguments, cwd=tmp_path, TMPDIR=str(tmp_path))
        assert refused.returncode == status
        assert why in refused.stderr
        assert not any(tmp_path.iterdir())


def log_in(address: str, login: dict[str, str]) -> dict[str, Any]:
    body = json.dumps({name: login[name] for name in ("email", "password")}).encode()
    request = urllib.request.Request(
        f"{address}/v1/auth/login", body, {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as answer:
        told: dict[str, Any] = json.load(answer)
        return told
