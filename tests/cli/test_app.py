"""The frame: what `--help` costs, where options may stand, and how runs end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bakureserve import __version__
from bakureserve.cli.app import NOUNS, invoke
from bakureserve.cli.status import Status
from tests.kit.program import COMMAND, environment, on_a_terminal, run

DOCS = Path(__file__).parents[2] / "docs" / "cli.md"


@pytest.fixture
def sample(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(NOUNS, "sample", ("tests.cli.sample_noun", "Ways to end."))
    monkeypatch.chdir(tmp_path)
    for name in ("DATA_DIR", "DATABASE_URL", "PORT", "BAKURESERVE_DEBUG"):
        monkeypatch.delenv(name, raising=False)


class TestHelp:
    def test_it_lists_every_noun_with_its_line_and_creates_nothing(self, tmp_path: Path) -> None:
        home = tmp_path / "home"
        home.mkdir()

        done = run("--help", cwd=tmp_path, HOME=str(home))

        assert done.returncode == 0
        for noun, (_, line) in NOUNS.items():
            assert f"{noun}  " in done.stdout
            assert line in " ".join(done.stdout.split())
        assert list(home.iterdir()) == []

    def test_it_imports_nothing_heavy(self) -> None:
        program = (
            "import sys; from bakureserve.cli.app import invoke; invoke(['--help'])\n"
            "heavy = {'aiohttp', 'peewee', 'rich', 'msgspec', 'structlog', 'sqlite3'}\n"
            "sys.exit(f'{heavy & set(sys.modules)}' if heavy & set(sys.modules) else 0)"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )

        assert done.returncode == 0, done.stderr

    def test_that_of_a_noun_waits_for_none_of_what_its_verbs_need(self) -> None:
        program = (
            "import sys; from bakureserve.cli.app import NOUNS, invoke\n"
            "heavy = {'aiohttp', 'peewee', 'rich', 'structlog', 'sqlite3', 'joserfc'}\n"
            "for noun in NOUNS:\n"
            "    invoke([noun, '--help'])\n"
            "    if heavy & set(sys.modules): sys.exit(f'{noun}: {heavy & set(sys.modules)}')"
        )

        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=False
        )

        assert (done.returncode, done.stderr) == (0, "")

    def test_the_version_is_the_packages(self, tmp_path: Path) -> None:
        assert run("--version", cwd=tmp_path).stdout == f"bakureserve {__version__}\n"

    def test_the_console_script_is_the_same_program(self, tmp_path: Path) -> None:
        script = shutil.which("bakureserve", path=str(Path(sys.executable).parent))
        assert script, "the package is not installed"

        done = subprocess.run(
            [script, "--version"], cwd=tmp_path, env=environment(), capture_output=True, check=True
        )

        assert done.stdout.decode() == f"bakureserve {__version__}\n"

    @pytest.mark.parametrize(
        ("words", "at", "offered"),
        [
            ("bakureserve conf", 1, "config"),
            ("bakureserve config sh", 2, "show"),
            ("bakureserve config show --data-", 3, "--data-dir"),
        ],
    )
    def test_the_shell_completes_nouns_verbs_and_options(
        self, words: str, at: int, offered: str, tmp_path: Path
    ) -> None:
        done = run(
            cwd=tmp_path,
            _BAKURESERVE_COMPLETE="complete_bash",
            COMP_WORDS=words,
            COMP_CWORD=str(at),
        )

        assert done.stdout.split() == [offered]

    @pytest.mark.parametrize("noun", NOUNS)
    def test_every_noun_is_documented(self, noun: str) -> None:
        assert f"| `bakureserve {noun}" in DOCS.read_text(encoding="utf-8")


class TestVersion:
    def test_is_printed_by_a_word_as_well(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert invoke(["version"]) == Status.OK
        assert capsys.readouterr().out == f"bakureserve {__version__}\n"

    def test_is_json_when_asked_for(self, capsys: pytest.CaptureFixture[str]) -> None:
        invoke(["version", "--json"])
        assert json.loads(capsys.readouterr().out)["version"] == __version__


@pytest.mark.usefixtures("sample")
class TestOptions:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--data-dir", "/a", "sample", "well"],
            ["sample", "--data-dir", "/a", "well"],
            ["sample", "well", "--data-dir", "/a"],
            ["--data-dir", "/b", "sample", "well", "--data-dir", "/a"],
        ],
    )
    def test_common_options_stand_anywhere_and_the_last_one_counts(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invoke(arguments) == Status.OK
        assert capsys.readouterr().out == "/a /a/bakureserve.db 8000\n"

    def test_a_commands_own_flags_are_settings_too(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("PORT", "9000")

        invoke(["sample", "well", "--port", "1", "--database-url", "sqlite:////b.db"])
        invoke(["sample", "well", "--data-dir", "/a"])

        lines = capsys.readouterr().out.splitlines()
        assert lines[0].endswith("/b.db 1")
        assert lines[1] == "/a /a/bakureserve.db 9000"

    def test_a_file_in_the_current_folder_is_read(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / ".env").write_text("PORT=7000\n")

        invoke(["sample", "well"])

        assert capsys.readouterr().out.endswith(" 7000\n")


@pytest.mark.usefixtures("sample")
class TestEndings:
    @pytest.mark.parametrize(
        ("arguments", "status", "sentence"),
        [
            (["sample", "well"], Status.OK, ""),
            (["sample", "finding"], Status.FINDING, ""),
            (["sample", "missing"], Status.NOT_FOUND, "."),
            (["sample", "full"], Status.FULL, "/srv/copy.db: No space left on device."),
            (["sample", "broken"], Status.BUG, "ZeroDivisionError: integer division"),
            (["sample", "interrupted"], Status.INTERRUPTED, ""),
            (["sample", "well", "--port", "99999"], Status.REFUSED, '--port is "99999"'),
            (["sample", "well", "--port", "x"], Status.REFUSED, "Invalid value for '--port'"),
            (["sample", "well", "--colour"], Status.REFUSED, "No such option: --colour"),
            (["sampel"], Status.REFUSED, "Did you mean 'sample'? Try 'bakureserve --help'."),
        ],
    )
    def test_each_ends_with_its_status_and_at_most_one_line(
        self,
        arguments: list[str],
        status: Status,
        sentence: str,
        capsys: pytest.CaptureFixture[str],
    ) -> None:
        assert invoke(arguments) == status

        said = capsys.readouterr().err
        assert sentence in said
        assert len(said.splitlines()) == bool(sentence)

    @pytest.mark.parametrize("by", ["flag", "environment"])
    def test_debug_shows_where_an_error_comes_from(
        self, by: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if by == "environment":
            monkeypatch.setenv("BAKURESERVE_DEBUG", "1")

        invoke(["sample", "broken"] + ["--debug"] * (by == "flag"))

        assert "Traceback" in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [[], ["sample"]])
    def test_no_command_at_all_shows_the_help_and_is_refused(
        self, arguments: list[str], capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invoke(arguments) == Status.REFUSED

        said = capsys.readouterr()
        assert said.out == ""
        assert "Commands:" in said.err
        assert "Try '" not in said.err

    @pytest.mark.parametrize("form", [[], ["--json"]])  # less and more than one buffer of output
    def test_a_reader_that_stops_reading_is_no_error_to_speak_of(
        self, form: list[str], tmp_path: Path
    ) -> None:
        with subprocess.Popen(
            [*COMMAND, "config", "show", *form],
            cwd=tmp_path,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            process.stdout.close()
            _, said = process.communicate(timeout=60)

        assert (process.returncode, said) == (Status.PIPE_CLOSED, b"")

    def test_what_is_no_text_is_refused(self, tmp_path: Path) -> None:
        run("migrate", "up", cwd=tmp_path, DATA_DIR=".")

        done = run("restaurants", "show", os.fsdecode(b"\xffay"), cwd=tmp_path, DATA_DIR=".")

        assert done.returncode == Status.REFUSED
        assert done.stderr == "'\\udcffay' is not valid UTF-8. Give it in that encoding.\n"


class TestEncodings:
    def test_data_is_utf_8_wherever_it_goes(self, tmp_path: Path) -> None:
        done = run("config", "show", cwd=tmp_path, DATA_DIR="Şəki", PYTHONIOENCODING="ascii")

        assert (done.returncode, done.stderr) == (Status.OK, "")
        assert "Şəki" in done.stdout

    def test_a_terminal_shows_codes_for_what_it_cannot(self, tmp_path: Path) -> None:
        shown = on_a_terminal(
            "config", "show", cwd=tmp_path, DATA_DIR="Şəki", PYTHONIOENCODING="ascii"
        )

        assert "\\u015e\\u0259ki" in shown
