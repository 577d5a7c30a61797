"""`top`: servers come and go, keys and windows are heeded, and the terminal is left as it was."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest

from bakureserve.cli.exit_status import Status
from bakureserve.settings import Settings
from tests.cli.conftest import Run
from tests.kit.processes import serving
from tests.kit.program import Terminal, at_a_terminal

OTHER_SCREEN, OWN_SCREEN, CURSOR, EMPTIED = "\x1b[?1049h", "\x1b[?1049l", "\x1b[?25h", "\x1b[2J"


@contextmanager
def top(
    settings: Settings,
    *arguments: str,
    rows: int = 60,
    columns: int = 120,
    under: Sequence[str] = (),
) -> Iterator[Terminal]:
    """`top` on the folder of these settings."""
    with at_a_terminal(
        *("top", "--data-dir", str(settings.data_dir), *arguments),
        cwd=settings.data_dir,
        rows=rows,
        columns=columns,
        under=under,
    ) as terminal:
        yield terminal


def test_it_needs_a_terminal(run: Run) -> None:
    ran = run("top")
    assert ran.status == Status.REFUSED
    assert "status --json" in ran.err


def test_it_waits_for_a_server_and_finds_it_again_after_a_restart(house_settings: Settings) -> None:
    with top(house_settings, "--every", "0.2", columns=200) as terminal:
        terminal.screen_with(f"No server runs on {house_settings.data_dir}", "shown here by itself")
        with serving(house_settings.data_dir) as first:
            terminal.screen_with(f"process {first.pid} ", "of late", "upkeep")
            first.stop()
        terminal.screen_with("No server runs", f"{first.pid}-", "was there until")
        with serving(house_settings.data_dir) as second:
            terminal.screen_with(f"process {second.pid} ", "of late", "upkeep")
            terminal.type("q")
            assert terminal.end() == Status.OK


def test_of_several_servers_every_verdict_stands_before_the_rest(house_settings: Settings) -> None:
    folder = house_settings.data_dir
    with (
        serving(folder) as first,
        serving(folder) as second,
        top(house_settings, rows=30) as terminal,
    ):
        shown = terminal.screen_with(f"process {first.pid} ", f"process {second.pid} ")
    assert shown.index(f"process {second.pid} ") < shown.index("of late")
    assert "more lines: make the window higher. q quits." in shown


def test_q_is_heeded_while_a_server_hangs(house_settings: Settings) -> None:
    with serving(house_settings.data_dir) as server, top(house_settings) as terminal:
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


def test_another_size_is_heeded_at_once(house_settings: Settings) -> None:
    with (
        serving(house_settings.data_dir) as server,
        top(house_settings, "--every", "60", rows=24, columns=80) as terminal,
    ):
        assert "upkeep" not in terminal.screen_with(f"process {server.pid} ")
        terminal.resize(90, 100)
        shown = terminal.screen_with(f"process {server.pid} ", "upkeep")
        assert "more lines" not in shown
        assert max(map(len, shown.splitlines())) == 100


@pytest.mark.parametrize(
    ("how", "status"),
    [
        (signal.SIGINT, Status.OK),
        (signal.SIGTERM, -signal.SIGTERM),
        (signal.SIGHUP, -signal.SIGHUP),
    ],
)
def test_the_terminal_is_as_it_was_however_it_ends(
    house_settings: Settings, how: signal.Signals, status: int
) -> None:
    with top(house_settings) as terminal:
        before = terminal.modes
        terminal.screen_with("No server runs")
        assert terminal.modes != before
        terminal.process.send_signal(how)
        assert terminal.end() == status
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
    house_settings: Settings, under: tuple[str, ...], status: int
) -> None:
    with top(house_settings, under=under) as terminal:
        terminal.screen_with("No server runs")
        terminal.close()
        assert terminal.process.wait(20) == status


def test_a_second_signal_ends_it_though_the_terminal_takes_nothing(
    house_settings: Settings,
) -> None:
    with top(house_settings, "--every", "0.2", columns=200) as terminal:
        terminal.screen_with("No server runs")
        time.sleep(2)  # not read meanwhile, as after Ctrl-S: it waits until it can draw
        terminal.process.send_signal(signal.SIGTERM)
        time.sleep(0.5)
        assert terminal.process.poll() is None
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(5) == -signal.SIGTERM


def test_ctrl_z_gives_the_shell_its_terminal_until_the_program_goes_on(
    house_settings: Settings,
) -> None:
    shell = ("sh", "-mc", '"$@"; echo stopped; read line; fg; echo over', "sh")
    with top(house_settings, under=shell) as terminal:
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


def test_a_server_that_refuses_ends_it_with_the_reason(house_settings: Settings) -> None:
    with (
        serving(house_settings.data_dir, DEV="off") as server,
        top(house_settings, "--url", server.url) as terminal,
    ):
        assert terminal.end() == Status.REFUSED
    said = terminal.shown.rpartition(OWN_SCREEN)[2]
    assert "401" in said
    assert "Traceback" not in said
