"""Screens on a real terminal: drawn again and again, left by a key, in the letters it has."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len

from bakureserve.cli import output
from bakureserve.cli.exit_status import Status
from bakureserve.cli.output import working
from bakureserve.cli.terminal import in_ascii
from tests.kit.program import at_a_terminal, on_a_terminal

OTHER_SCREEN, OWN_SCREEN = "\x1b[?1049h", "\x1b[?1049l"
NO_SERVER = ("--url", "http://127.0.0.1:9")
CHECK = "does not answer"
CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class TestWatching:
    @pytest.mark.parametrize(
        ("key", "status"), [("q", Status.REFUSED), ("\x03", Status.INTERRUPTED)]
    )
    def test_ends_by_a_key_and_leaves_the_terminal_as_it_was(
        self, tmp_path: Path, key: str, status: Status
    ) -> None:
        with at_a_terminal(
            *("health", "--watch", "--every", "0.2", *NO_SERVER), cwd=tmp_path
        ) as terminal:
            before = terminal.modes
            terminal.wait_for(CHECK, times=2)
            terminal.type(key)
            assert terminal.end() == status
            assert terminal.modes == before
        assert terminal.shown.index(OTHER_SCREEN) < terminal.shown.index(OWN_SCREEN)

    def test_goes_on_after_any_other_key(self, tmp_path: Path) -> None:
        with at_a_terminal(
            *("health", "--watch", "--every", "0.2", *NO_SERVER), cwd=tmp_path
        ) as terminal:
            terminal.wait_for(CHECK)
            terminal.type("x")
            terminal.wait_for(CHECK, times=terminal.shown.count(CHECK) + 3)

    def test_never_empties_the_screen_between_two_looks(self, tmp_path: Path) -> None:
        with at_a_terminal(
            *("health", "--watch", "--every", "0.2", *NO_SERVER), cwd=tmp_path
        ) as terminal:
            terminal.wait_for(CHECK, times=3)
        assert "\x1b[2J" not in terminal.shown.split(CHECK, 1)[1]

    def test_counts_the_lines_that_have_no_room(self, tmp_path: Path) -> None:
        with at_a_terminal("health", "--watch", cwd=tmp_path, rows=6) as terminal:
            terminal.wait_for("more lines: make the window higher")
        (told,) = set(re.findall(r"(\d+) more lines", terminal.shown))
        assert int(told) > 5


class TestLetters:
    @pytest.mark.parametrize("command", ["health", "doctor"])
    def test_that_the_terminal_lacks_are_replaced_in_their_width(
        self, tmp_path: Path, command: str
    ) -> None:
        shown = on_a_terminal(command, cwd=tmp_path, PYTHONIOENCODING="ascii", COLUMNS="80")
        lines = CONTROL.sub("", shown).replace("\r", "").splitlines()
        framed = [line for line in lines if line[:1] in {"|", "+"}]
        assert shown.isascii()
        assert "\\u" not in shown
        assert {len(line) for line in framed} == {80}
        assert any(line.startswith("| x ") for line in framed)

    @pytest.mark.parametrize(
        ("shown", "replaced"),
        [
            ("✓ Daş Nərdivan · 2–3 min", "+ Das Nerdivan - 2-3 min"),
            ("Xəzər Çayı İçərişəhər", "Xezer Cayi Iceriseher"),
            ("Ресторан", "????????"),
            ("飯店", "????"),
        ],
    )
    def test_of_a_name_are_replaced_in_their_width(self, shown: str, replaced: str) -> None:
        assert in_ascii(shown) == replaced
        assert len(replaced) == cell_len(shown)

    def test_have_no_colour_where_none_is_wanted(self, tmp_path: Path) -> None:
        assert "\x1b[3" in on_a_terminal("doctor", cwd=tmp_path)
        assert "\x1b[3" not in on_a_terminal("doctor", cwd=tmp_path, NO_COLOR="1")


class TestWorking:
    def test_is_told_on_stderr_when_it_takes_longer_than_a_moment(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        monkeypatch.setattr(output, "_MOMENT_SECONDS", 0.0)
        with working("Looking") as now_at:
            now_at("Looking at ports")
            time.sleep(0.5)
        said = capsys.readouterr()
        assert said.out == ""
        assert "Looking at ports" in said.err

    def test_is_not_told_of_what_takes_no_longer(
        self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
        monkeypatch.setattr(output, "_MOMENT_SECONDS", 60.0)
        with working("Looking"):
            pass
        assert "Looking" not in capsys.readouterr().err

    def test_leaves_pipes_alone(self, capsys: pytest.CaptureFixture[str]) -> None:
        with working("Looking") as now_at:
            now_at("Looking at ports")
        assert capsys.readouterr() == ("", "")
