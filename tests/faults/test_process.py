"""Ports, signals, descriptors, and two servers on one database."""

from __future__ import annotations

import datetime as dt
import json
import re
import resource
import signal
import socket
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import requests

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.faults.box import IN_TIME, TODAY, Box, booked_in, box_on
from tests.faults.folders import BOUND_BY_MODES
from tests.faults.register import each_fault, fault
from tests.kit.houses import SAHIL, furnish
from tests.kit.processes import PROGRAM, command, require_sound, serving
from tests.kit.program import environment
from tests.kit.waiting import wait_for

HALF = (
    b"POST /v1/reservations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    b"Content-Length: 9\r\n\r\n"
)
"""The beginning of a request whose body never comes."""
WRITTEN = ("T19:00", "T19:00:00+04:00", "T15:00:00Z")
"""One moment in Baku as guests write it."""
ENDING = {"term": signal.SIGTERM, "int": signal.SIGINT}


@fault("port-taken")
def test_a_port_that_is_taken_is_named_and_nothing_else_happens(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        _, port = box.server.address
        second = command("serve", "--port", str(port), data_dir=tmp_path)
        assert second.returncode not in {0, 70}
        assert str(port) in second.stderr
        assert "Traceback" not in second.stderr
        assert box.names() == ["Aysel"]


@fault("port-forbidden", long=True)
def test_a_port_that_is_forbidden_is_named(tmp_path: Path) -> None:
    ended = command("serve", "--port", "81", data_dir=tmp_path, under=BOUND_BY_MODES)
    assert ended.returncode not in {0, 70}
    assert "81" in ended.stderr
    assert "Traceback" not in ended.stderr


@fault("address-of-another-machine", long=True)
def test_an_address_that_is_not_of_this_machine_is_named(tmp_path: Path) -> None:
    ended = command("serve", "--port", "0", "--host", "203.0.113.7", data_dir=tmp_path)
    assert ended.returncode not in {0, 70}
    assert "203.0.113.7" in ended.stderr
    assert "Traceback" not in ended.stderr


@each_fault("signal", ENDING)
def test_a_signal_that_ends_a_server_ends_it_well(case: str, tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        box.server.signal(ENDING[case])
        assert box.server.wait() == 0
    assert booked_in(tmp_path) == ["Aysel"]
    require_sound(tmp_path)


@fault("signal-kill")
def test_a_kill_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        box.server.kill()
    with serving(tmp_path) as server:
        assert Box(server).names() == ["Aysel"]
    require_sound(tmp_path)


@fault("signal-stop", long=True)
def test_a_stopped_server_is_told_of_and_goes_on_when_it_is_woken(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        box.server.signal(signal.SIGSTOP)
        assert command("health", data_dir=tmp_path).returncode != 0
        assert command("doctor", data_dir=tmp_path).returncode == 1
        box.server.signal(signal.SIGCONT)
        assert box.books("Rauf") == 201
        assert box.names() == ["Aysel", "Rauf"]


@fault("signal-hup-wrong-settings")
def test_wrong_settings_are_refused_and_the_server_goes_on(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        (tmp_path / ".env").write_text("LOG_LEVEL=loud\n")
        box.server.signal(signal.SIGHUP)
        wait_for(lambda: "one of debug, info" in box.server.said)
        assert "reload_refused" in box.server.said
        assert box.books("Aysel") == 201


@fault("signal-hup-missing-settings")
def test_settings_that_are_gone_are_told_and_do_not_mean_the_defaults(tmp_path: Path) -> None:
    dotenv = tmp_path / ".env"
    dotenv.write_text("BACKUP_KEEP=3\n")
    with box_on(tmp_path) as box:
        dotenv.unlink()
        box.server.signal(signal.SIGHUP)
        wait_for(lambda: ".env, which was read at the start, no longer exists" in box.server.said)
        shown = command("config", "show", "--json", data_dir=tmp_path).stdout
        [keep] = [each for each in json.loads(shown) if each["name"] == "BACKUP_KEEP"]
        assert [*keep["servers"].values()] == ["3"]
        assert box.books("Aysel") == 201


@fault("signal-term-twice")
def test_a_second_signal_does_not_wait_and_loses_nothing(tmp_path: Path) -> None:
    with box_on(tmp_path, SHUTDOWN_TIMEOUT_SECONDS="60") as box:
        assert box.books("Aysel") == 201
        with socket.create_connection(box.server.address) as held:
            held.sendall(HALF)
            box.server.wait_until_under_way()
            box.server.signal(signal.SIGTERM)
            wait_for(lambda: box.server.is_refusing)
            box.server.signal(signal.SIGTERM)
            assert box.server.wait() == -signal.SIGTERM
    assert booked_in(tmp_path) == ["Aysel"]


@fault("two-servers")
def test_two_servers_sell_each_table_once(tmp_path: Path) -> None:
    with box_on(tmp_path) as box, serving(tmp_path) as second:
        assert "another server runs" in second.said

        def ask(number: int) -> int:
            server = (box.server, second)[number % 2]
            wish = {
                "restaurant_id": SAHIL.id,
                "party_size": 2,
                "start": f"{TODAY + dt.timedelta(days=9)}{WRITTEN[number % 3]}",
                "guest_name": f"Guest {number}",
            }
            url = f"{server.url}/v1/reservations"
            return requests.post(url, json=wish, timeout=2 * IN_TIME).status_code

        with ThreadPoolExecutor(40) as guests:
            statuses = Counter(guests.map(ask, range(120)))
        assert statuses == {201: len(SAHIL.tables), 409: 120 - len(SAHIL.tables)}
        assert len(box.names()) == len(Box(second).names()) == len(SAHIL.tables)
    require_sound(tmp_path)


@fault("two-servers-one-killed", long=True)
def test_of_two_servers_the_other_goes_on_when_one_is_killed(tmp_path: Path) -> None:
    with box_on(tmp_path) as box, serving(tmp_path) as second:
        assert box.books("Aysel") == 201
        second.kill()
        assert box.books("Rauf") == 201
        box.health_when("database", "ok")
        assert box.names() == ["Aysel", "Rauf"]


@fault("two-servers-restore", long=True)
def test_a_restore_under_a_running_server_is_refused(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        kept = str(tmp_path / "kept.db")
        assert command("backup", kept, data_dir=tmp_path).returncode == 0
        assert box.books("Aysel") == 201
        ended = command("restore", kept, "--yes", data_dir=tmp_path)
        assert ended.returncode == Status.CONFLICT
        assert box.names() == ["Aysel"]


@fault("descriptors-used-up", long=True)
def test_without_descriptors_health_and_control_are_still_answered(tmp_path: Path) -> None:
    few = ("prlimit", "--nofile=256:256")
    many = {"MAX_CONNECTIONS_PER_CLIENT": "100000"}
    with box_on(tmp_path, under=few, **many) as box, ExitStack() as held:
        assert box.books("Aysel") == 201
        for _ in range(400):
            held.enter_context(socket.create_connection(box.server.address))
        assert command("status", "--json", data_dir=tmp_path).returncode == 0
        held.close()
        wait_for(lambda: box.books("Rauf") == 201)
        assert box.names() == ["Aysel", "Rauf"]


@fault("descriptors-taken-away")
def test_a_server_that_may_open_nothing_more_says_so_and_goes_on_afterwards(tmp_path: Path) -> None:
    with box_on(tmp_path) as box:
        assert box.books("Aysel") == 201
        before = resource.prlimit(box.server.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(box.server.pid, resource.RLIMIT_NOFILE, (5, before[1]))
        wait_for(lambda: "descriptors_exhausted" in box.server.said)
        resource.prlimit(box.server.pid, resource.RLIMIT_NOFILE, before)
        wait_for(lambda: "descriptors_free_again" in box.server.said)
        assert box.books("Rauf") == 201
        assert "LimitNOFILE" in box.server.said
        assert box.names() == ["Aysel", "Rauf"]


@fault("log-reader-stalls")
def test_a_log_that_is_not_read_stops_nothing(tmp_path: Path) -> None:
    furnish(Settings(data_dir=tmp_path, seed=False), SAHIL)
    with subprocess.Popen(
        [*PROGRAM, "serve", "--port", "0", "--data-dir", str(tmp_path)],
        env=environment(SEED="off", DEV="on", RATE_LIMIT_ENABLED="off"),
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            assert process.stderr
            line = next(each for each in process.stderr if b"listens on" in each)
            url = re.findall(rb"http://[^\s\"]+", line)[0].decode()
            for _ in range(600):  # more lines than a pipe holds
                assert requests.get(f"{url}/v1/restaurants", timeout=IN_TIME).status_code == 200
            process.terminate()
            assert process.wait(30) == 0
        finally:
            process.kill()
