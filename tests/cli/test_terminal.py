"""Screens on a real terminal: drawn again and again, left by a key, in the letters it has."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from bakureserve.cli import output
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import working
from bakureserve.cli.terminal import in_ascii
from tests.kit.program import Terminal, at_a_terminal, on_a_terminal

OTHER_SCREEN, OWN_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
CHECK = "does not answer"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


@pytest.fixture
def watching(tmp_path: Path) -> Iterator[Terminal]:
    """`health --watch` of a server that is not there, five times a second."""
    url = ("--url", "http://127.0.0.1:9")
    with at_a_terminal("health", "--watch", "--every", "0.2", *url, cwd=tmp_path) as terminal:
        yield terminal


@pytest.mark.parametrize(("key", "status"), [("q", Status.REFUSED), ("\x03", Status.INTERRUPTED)])
def test_watching_ends_by_a_key_and_leaves_the_terminal_as_it_was(
    watching: Terminal, key: str, status: Status
) -> None:
    before = watching.modes
    watching.wait_for(CHECK)
    watching.type("x")  # any other key
    watching.wait_for(CHECK, times=watching.shown.count(CHECK) + 3)
    assert "\x1b[2J" not in watching.shown.split(CHECK, 1)[1]  # never emptied between two looks
    watching.type(key)
    assert watching.end() == status
    assert watching.modes == before
    assert watching.shown.index(OTHER_SCREEN) < watching.shown.index(OWN_SCREEN)


def test_watching_counts_the_lines_that_have_no_room(tmp_path: Path) -> None:
    with at_a_terminal("health", "--watch", cwd=tmp_path, rows=6) as terminal:
        terminal.wait_for("more lines: make the window higher")
    (told,) = set(re.findall(r"(\d+) more lines", terminal.shown))
    assert int(told) > 5


@pytest.mark.parametrize("command", ["health", "doctor"])
def test_letters_that_the_terminal_lacks_are_replaced_in_their_width(
    tmp_path: Path, command: str
) -> None:
    shown = on_a_terminal(command, cwd=tmp_path, PYTHONIOENCODING="ascii", COLUMNS="80")
    lines = CONTROL.sub("", shown).replace("\r", "").splitlines()
    framed = [line for line in lines if line[:1] in {"|", "+"}]
    assert shown.isascii()
    assert "\\u" not in shown
    assert {len(line) for line in framed} == {80}
    assert any(line.startswith("| x ") for line in framed)
    assert "\x1b[3" in shown
    if command == "doctor":
        assert "\x1b[3" not in on_a_terminal(command, cwd=tmp_path, NO_COLOR="1")


@pytest.mark.parametrize(
    ("shown", "replaced"),
    [
        ("✓ Daş Nərdivan · 2–3 min", "+ Das Nerdivan - 2-3 min"),
        ("Xəzər Çayı İçərişəhər", "Xezer Cayi Iceriseher"),
        ("Ресторан", "????????"),
        ("飯店", "????"),
    ],
)
def test_letters_of_a_name_are_replaced_in_their_width(shown: str, replaced: str) -> None:
    assert in_ascii(shown) == replaced
    assert len(replaced) == cell_len(shown)


@pytest.mark.parametrize(
    ("is_terminal", "moment", "told"), [(True, 0.0, True), (True, 60.0, False), (False, 0.0, False)]
)
def test_work_is_told_on_a_terminal_when_it_takes_longer_than_a_moment(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    is_terminal: bool,
    moment: float,
    told: bool,
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal)
    monkeypatch.setattr(output, "_MOMENT_SECONDS", moment)
    with working("Looking") as now_at:
        now_at("Looking at ports")
        said = [*capsys.readouterr()]
        while told and "Looking at ports" not in said[1]:
            said[1] += capsys.readouterr().err
    said[1] += capsys.readouterr().err
    assert said[0] == ""
    assert ("Looking" in said[1]) == told
