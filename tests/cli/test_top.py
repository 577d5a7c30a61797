"""`top`: servers come and go, keys and windows are heeded, and the terminal is left as it was."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.processes import Server, serving
from tests.kit.program import Terminal, at_a_terminal
from tests.kit.waiting import wait_for

OTHER_SCREEN, OWN_SCREEN, CURSOR, EMPTIED = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "\x1b[2J"


def top(folder: Path, *arguments: str, **how: Any) -> AbstractContextManager[Terminal]:
    """`top` on a folder, at a terminal of 60 lines unless told otherwise."""
    size = {"rows": 60, "columns": 120}
    return at_a_terminal("top", "--data-dir", str(folder), *arguments, cwd=folder, **size | how)


@pytest.fixture
def folder(house_settings: Settings) -> Path:
    return house_settings.data_dir


@pytest.fixture(scope="module")
def server(furnished: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all that need one to look at."""
    data_dir = tmp_path_factory.mktemp("watched")
    shutil.copy(furnished, Settings(data_dir=data_dir).database_path)
    with serving(data_dir, DEV="off") as running:
        yield running


def test_it_needs_a_terminal(bare: Run) -> None:
    bare("top").ends(Status.REFUSED, "status --json")


def test_it_waits_for_a_server_and_finds_it_again_after_a_restart(folder: Path) -> None:
    with top(folder, "--every", "0.2", columns=200) as terminal:
        terminal.screen_with(f"No server runs on {folder}", "One that starts appears here")
        with serving(folder) as first:
            terminal.screen_with(f"process {first.pid} ", "of late", "upkeep")
            first.stop()
        terminal.screen_with("No server runs", f"{first.pid}-", "was there until")
        with serving(folder) as second:
            terminal.screen_with(f"process {second.pid} ", "of late", "upkeep")
            terminal.type("q")
            assert terminal.end() == Status.OK


def test_of_several_servers_every_verdict_stands_before_the_rest(server: Server) -> None:
    with serving(server.data_dir) as second, top(server.data_dir, rows=30) as terminal:
        shown = terminal.screen_with(f"process {server.pid} ", f"process {second.pid} ")
    assert shown.index(f"process {second.pid} ") < shown.index("of late")
    assert "more lines: make the window higher. q quits." in shown


def test_q_is_heeded_while_a_server_hangs(server: Server) -> None:
    with top(server.data_dir) as terminal:
        terminal.screen_with(f"process {server.pid} ")
        server.signal(signal.SIGSTOP)
        terminal.screen_with("is in trouble", f"kill -CONT {server.pid}")
        time.sleep(1.2)  # by now it asks again
        pressed = time.monotonic()
        terminal.type("Q")
        assert terminal.end() == Status.OK
        assert time.monotonic() - pressed < 2.5
        server.signal(signal.SIGCONT)
    assert terminal.shown.endswith(OWN_SCREEN)


def test_another_size_is_heeded_at_once(server: Server) -> None:
    with top(server.data_dir, "--every", "60", rows=24, columns=80) as terminal:
        assert "upkeep" not in terminal.screen_with(f"process {server.pid} ")
        terminal.resize(90, 100)
        shown = terminal.screen_with(f"process {server.pid} ", "upkeep")
        assert "more lines" not in shown
        assert max(map(len, shown.splitlines())) == 100


def test_a_server_that_refuses_ends_it_with_the_reason(server: Server) -> None:
    with top(server.data_dir, "--url", server.url) as terminal:
        assert terminal.end() == Status.REFUSED
    said = terminal.shown.rpartition(OWN_SCREEN)[2]
    assert "401" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_terminal_is_as_it_was_however_it_ends(folder: Path, how: signal.Signals) -> None:
    with top(folder) as terminal:
        before = terminal.modes
        terminal.screen_with("No server runs")
        assert terminal.modes != before
        terminal.process.send_signal(how)
        assert terminal.end() == (Status.OK if how == signal.SIGINT else -how)
        assert terminal.modes == before
    _, _, left = terminal.shown.rpartition(OTHER_SCREEN)
    assert CURSOR in left
    assert EMPTIED in left
    assert left.endswith(OWN_SCREEN)


@pytest.mark.parametrize(
    ("under", "status"),
    [
        pytest.param((), -signal.SIGHUP, id="as a shell has it"),
        pytest.param(("sh", "-c", 'trap "" HUP; "$@"', "sh"), Status.OK, id="deaf to SIGHUP"),
    ],
)
def test_a_window_that_is_closed_ends_it_as_a_hang_up_does(
    folder: Path, under: tuple[str, ...], status: int
) -> None:
    with top(folder, under=under) as terminal:
        terminal.screen_with("No server runs")
        terminal.close()
        assert terminal.process.wait(20) == status


CTRL_S = "\x13"
"""Has the terminal take nothing more of what is drawn."""


def waits_to_write(process: subprocess.Popen[bytes]) -> bool:
    """Whether Linux holds it in a call of `write` for as long as a whole draw takes."""
    for _ in range(4):
        called = Path(f"/proc/{process.pid}/syscall").read_text().split()[0]
        if called not in {"1", "64"}:  # of x86-64, of ARM
            return False
        time.sleep(0.1)
    return True


def test_a_second_signal_ends_it_though_the_terminal_takes_nothing(folder: Path) -> None:
    with top(folder, "--every", "0.2", columns=200) as terminal:
        terminal.screen_with("No server runs")
        terminal.type(CTRL_S)
        wait_for(lambda: waits_to_write(terminal.process))
        terminal.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert terminal.process.poll() is None
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(5) == -signal.SIGTERM


def test_a_window_that_is_closed_amid_a_draw_ends_it_as_well(folder: Path) -> None:
    deaf = ("sh", "-c", 'trap "" HUP; exec "$@"', "sh")
    with top(folder, "--every", "0.2", columns=200, under=deaf) as terminal:
        terminal.screen_with("No server runs")
        # Not read from here on, until what it draws has no room any more.
        wait_for(lambda: waits_to_write(terminal.process))
        terminal.close()
        assert terminal.process.wait(20) == Status.OK


def test_ctrl_z_gives_the_shell_its_terminal_until_the_program_goes_on(
    folder: Path,
) -> None:
    shell = ("sh", "-mc", '"$@"; echo stopped; read line; fg; echo over', "sh")
    with top(folder, under=shell) as terminal:
        before = terminal.modes
        terminal.screen_with("No server runs")
        terminal.type("\x1a")
        terminal.wait_for("stopped\r\n")
        assert OWN_SCREEN in terminal.shown
        assert terminal.modes == before
        terminal.type("\n")
        terminal.screen_with("No server runs")
        terminal.type("q")
        terminal.wait_for("over")
        assert terminal.end() == Status.OK
