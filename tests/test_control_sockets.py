"""Control sockets: whose they are, which live, and who removes what is left of the dead."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from bakureserve.control_sockets import connectable, control_socket, living, name_of, peer_account

LISTEN_AND_DIE = """
import os, sys
from pathlib import Path
from bakureserve.control_sockets import control_socket
with control_socket(Path(sys.argv[1])):
    os._exit(0)
"""


def left_by_the_dead(folder: Path) -> Path:
    """The socket of a process that ended without a chance to remove it."""
    subprocess.run([sys.executable, "-c", LISTEN_AND_DIE, str(folder)], check=True)
    (left,) = folder.glob("*.sock")
    return left


def test_a_socket_can_be_opened_by_its_owner_alone_and_goes_when_it_is_left(tmp_path: Path) -> None:
    with control_socket(tmp_path):
        (path,) = living(tmp_path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert str(os.getpid()) in name_of(path)
    assert list(tmp_path.iterdir()) == []


def test_its_mode_is_right_before_any_program_can_connect(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes: list[int] = []
    really_listen = socket.socket.listen

    def listen(self: socket.socket, backlog: int) -> None:
        modes.extend(path.stat().st_mode for path in tmp_path.glob("*.sock"))
        really_listen(self, backlog)

    monkeypatch.setattr(socket.socket, "listen", listen)
    with control_socket(tmp_path):
        assert [stat.S_IMODE(mode) for mode in modes] == [0o600]


def test_what_a_dead_server_left_is_removed_by_the_next(tmp_path: Path) -> None:
    left = left_by_the_dead(tmp_path)
    assert living(tmp_path) == ()
    assert left.exists()
    with control_socket(tmp_path):
        assert not left.exists()
        assert len(living(tmp_path)) == 1


def test_two_servers_have_a_socket_each_and_neither_takes_the_others(tmp_path: Path) -> None:
    with control_socket(tmp_path) as first:
        with control_socket(tmp_path):
            assert len(living(tmp_path)) == 2
        (path,) = living(tmp_path)
        assert path.name == Path(first.getsockname()).name


def test_a_server_too_busy_to_answer_is_not_taken_for_dead(tmp_path: Path) -> None:
    path = tmp_path / "control-1-busy.sock"
    with socket.socket(socket.AF_UNIX) as busy, socket.socket(socket.AF_UNIX) as caller:
        busy.bind(str(path))
        busy.listen(0)
        caller.connect(str(path))  # its queue is full now
        with control_socket(tmp_path):
            assert path.exists()


def test_one_that_does_not_listen_yet_is_not_taken_for_dead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def serve_once() -> None:
        with control_socket(tmp_path):
            pass

    other = threading.Thread(target=serve_once)
    really_listen = socket.socket.listen

    def listen(self: socket.socket, backlog: int) -> None:
        monkeypatch.setattr(socket.socket, "listen", really_listen)
        other.start()
        other.join(0.2)  # all the time that it would need
        really_listen(self, backlog)

    monkeypatch.setattr(socket.socket, "listen", listen)
    with control_socket(tmp_path) as listener:
        other.join(10)
        assert Path(listener.getsockname()).exists()


def test_servers_that_start_at_once_leave_each_other_alone(tmp_path: Path) -> None:
    all_open, look = threading.Barrier(9), threading.Barrier(9)

    def serve() -> None:
        with control_socket(tmp_path):
            all_open.wait()
            look.wait()

    threads = [threading.Thread(target=serve) for _ in range(8)]
    for thread in threads:
        thread.start()
    all_open.wait(10)
    found = living(tmp_path)
    look.wait(10)
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert living(tmp_path) == ()


def test_a_folder_too_deep_for_an_address_is_reached_all_the_same(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 90) / ("e" * 90)
    deep.mkdir(parents=True)
    with control_socket(deep):
        (path,) = living(deep)
        with socket.socket(socket.AF_UNIX) as caller, connectable(path) as address:
            caller.connect(address)


def test_the_kernel_tells_who_connected() -> None:
    ours, theirs = socket.socketpair(socket.AF_UNIX)
    with ours, theirs:
        account = peer_account(ours.fileno())
    whoami = subprocess.run(["id", "-un"], capture_output=True, text=True, check=True)
    assert account == whoami.stdout.strip()
