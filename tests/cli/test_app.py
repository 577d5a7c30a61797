"""The frame: what `--help` costs, where options may stand, how runs end, and `openapi`."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bakureserve import __version__
from bakureserve.cli.app import NOUNS
from bakureserve.cli.exit_status import Status
from bakureserve.cli.exits import explain
from bakureserve.domain import errors
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.openapi import openapi_document
from bakureserve.settings import SettingsError, SettingsUnreadable
from tests.cli.conftest import Run
from tests.kit.program import COMMAND, environment, on_a_terminal, run


@pytest.fixture
def sample(bare: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs also the noun of the tests, where no variable is set."""
    monkeypatch.setitem(NOUNS, "sample", ("tests.cli.sample_noun", "Ways to end."))
    for name in ("DATA_DIR", "PORT", "BAKURESERVE_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    return bare


def test_help_lists_every_noun_with_its_line_and_creates_nothing(tmp_path: Path) -> None:
    (home := tmp_path / "home").mkdir()
    done = run("--help", cwd=tmp_path, HOME=str(home))
    assert done.returncode == 0
    for noun, (_, line) in NOUNS.items():
        assert f"{noun}  " in done.stdout
        assert line in " ".join(done.stdout.split())
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("lines", "heavy"),
    [
        ("[['--help']]", {"aiohttp", "peewee", "rich", "msgspec", "structlog", "sqlite3"}),
        (
            "[[noun, '--help'] for noun in NOUNS]",
            {"aiohttp", "peewee", "rich", "structlog", "sqlite3", "joserfc"},
        ),
    ],
    ids=["of the program", "of a noun"],
)
def test_help_imports_nothing_that_verbs_need(lines: str, heavy: set[str]) -> None:
    program = f"""
import sys
from bakureserve.cli.app import NOUNS, invoke
for line in {lines}:
    invoke(line)
    if loaded := {heavy} & set(sys.modules):
        sys.exit(str((line, loaded)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_version_is_the_packages(bare: Run) -> None:
    told = f"bakureserve {__version__}\n"
    assert bare("--version").out == bare("version").out == told
    assert bare("version", "--json").json["version"] == __version__
    script = shutil.which("bakureserve", path=str(Path(sys.executable).parent))
    assert script, "the package is not installed"
    done = subprocess.run(
        [script, "--version"], cwd=bare.folder, env=environment(), capture_output=True, check=True
    )
    assert done.stdout.decode() == told


@pytest.mark.parametrize(
    ("words", "at", "offered"),
    [
        ("bakureserve conf", 1, "config"),
        ("bakureserve config sh", 2, "show"),
        ("bakureserve config show --data-", 3, "--data-dir"),
    ],
)
def test_the_shell_completes_nouns_verbs_and_options(
    words: str, at: int, offered: str, bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    completing = {"COMP_WORDS": words, "COMP_CWORD": str(at)}
    if at == 1:  # once as a shell does it
        complete = {"_BAKURESERVE_COMPLETE": "complete_bash"} | completing
        assert run(cwd=bare.folder, **complete).stdout.split() == [offered]
    assert bare.completed(**completing) == [offered]


@pytest.mark.parametrize(
    "line",
    [
        "--data-dir /a sample well",
        "sample --data-dir /a well",
        "sample well --data-dir /a",
        "--data-dir /b sample well --data-dir /a",
    ],
)
def test_common_options_stand_anywhere_and_the_last_one_counts(line: str, sample: Run) -> None:
    assert sample(*line.split()) == (Status.OK, "/a /a/bakureserve.db 8000\n", "")


def test_flags_beat_the_environment_beats_a_file_in_the_current_folder(
    sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    Path(".env").write_text("PORT=7000\n")
    assert sample("sample", "well").out.endswith(" 7000\n")
    monkeypatch.setenv("PORT", "9000")
    assert sample("sample", "well", "--data-dir", "/a").out == "/a /a/bakureserve.db 9000\n"
    told = sample("sample", "well", "--port", "1", "--database-url", "sqlite:////b.db").out
    assert told.endswith("/b.db 1\n")


@pytest.mark.parametrize(
    ("line", "status", "sentence"),
    [
        ("sample well", Status.OK, ""),
        ("sample finding", Status.FINDING, ""),
        ("sample missing", Status.NOT_FOUND, "."),
        ("sample full", Status.FULL, "/srv/copy.db: No space left on device."),
        ("sample broken", Status.BUG, "ZeroDivisionError: integer division"),
        ("sample interrupted", Status.INTERRUPTED, ""),
        ("sample well --port 99999", Status.REFUSED, '--port is "99999"'),
        ("sample well --port x", Status.REFUSED, "Invalid value for '--port'"),
        ("sample well --colour", Status.REFUSED, "No such option: --colour"),
        ("sampel", Status.REFUSED, "Did you mean 'sample'? Try 'bakureserve --help'."),
    ],
)
def test_each_run_ends_with_its_status_and_at_most_one_line(
    line: str, status: Status, sentence: str, sample: Run
) -> None:
    ran = sample(*line.split())
    assert ran.status == status
    assert sentence in ran.err
    assert len(ran.err.splitlines()) == bool(sentence)


def test_debug_shows_where_an_error_comes_from(
    sample: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Traceback" in sample("sample", "broken", "--debug").err
    monkeypatch.setenv("BAKURESERVE_DEBUG", "1")
    assert "Traceback" in sample("sample", "broken").err


@pytest.mark.parametrize("line", [[], ["sample"]])
def test_no_command_at_all_shows_the_help_and_is_refused(line: list[str], sample: Run) -> None:
    ran = sample(*line)
    assert (ran.status, ran.out) == (Status.REFUSED, "")
    assert "Commands:" in ran.err
    assert "Try '" not in ran.err


@pytest.mark.parametrize("form", [[], ["--json"]])  # less and more than one buffer of output
def test_a_reader_that_stops_reading_is_no_error_to_speak_of(
    form: list[str], tmp_path: Path
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


def test_an_argument_that_is_not_utf_8_is_refused(run: Run) -> None:
    done = run("restaurants", "show", os.fsdecode(b"\xffay"))
    assert done.status == Status.REFUSED
    assert done.err == "'\\udcffay' is not valid UTF-8. Give it in that encoding.\n"


def test_data_is_utf_8_in_a_pipe_and_shown_as_codes_on_a_terminal_without_it(
    tmp_path: Path,
) -> None:
    environ = {"DATA_DIR": "Şəki", "PYTHONIOENCODING": "ascii"}
    done = run("config", "show", cwd=tmp_path, **environ)
    assert (done.returncode, done.stderr) == (Status.OK, "")
    assert "Şəki" in done.stdout
    shown = on_a_terminal("config", "show", cwd=tmp_path, **environ)
    assert "\\u015e\\u0259ki" in shown


def test_the_description_is_the_servers_own_and_needs_no_database(bare: Run) -> None:
    ran = bare("openapi")
    assert (ran.status, ran.err) == (Status.OK, "")
    assert ran.json == json.loads(json.dumps(openapi_document(ENDPOINTS)))
    assert list(bare.folder.iterdir()) == []
    assert bare("openapi", "--output", "api.json") == (Status.OK, "", "Wrote api.json.\n")
    assert json.loads(Path("api.json").read_text()) == ran.json


DOCS = Path(__file__).parents[2] / "docs" / "cli.md"

ENDINGS: list[tuple[Exception, Status]] = [
    *(
        (family("x"), Status.REFUSED)
        for family in (errors.BadRequest, errors.Invalid, errors.Unauthenticated, errors.Forbidden)
    ),
    (SettingsError("PORT is wrong."), Status.REFUSED),
    (SettingsUnreadable(".env cannot be read."), Status.READ_ONLY),
    (errors.NotFound("x"), Status.NOT_FOUND),
    (errors.Conflict("x"), Status.CONFLICT),
    (errors.TooMany("x", retry_after=1), Status.UNAVAILABLE),
    (errors.Unavailable("x"), Status.UNAVAILABLE),
    (errors.StoreBusy("x"), Status.BUSY),
    (errors.StoreFull("x"), Status.FULL),
    (errors.StoreReadOnly("x"), Status.READ_ONLY),
    (errors.StoreCorrupt("x"), Status.CORRUPT),
    (errors.SchemaMismatch("x"), Status.SCHEMA),
    (OSError(errno.EDQUOT, "quota"), Status.FULL),
    (PermissionError(errno.EACCES, "denied", "/root"), Status.READ_ONLY),
    (OSError(errno.EADDRINUSE, "address already in use"), Status.UNAVAILABLE),
    (OSError("no number"), Status.UNAVAILABLE),
    (UnicodeEncodeError("utf-8", "\udcff", 0, 1, "surrogates not allowed"), Status.REFUSED),
    (KeyError("x"), Status.BUG),
]


@pytest.mark.parametrize(("error", "status"), ENDINGS, ids=lambda each: type(each).__name__)
def test_an_error_has_a_status_and_one_line(
    error: Exception, status: Status, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(error, debug=False) == status
    out, err = capsys.readouterr()
    assert (out, len(err.splitlines()), "Traceback" in err) == ("", 1, False)


def test_the_table_covers_every_family_of_the_tree() -> None:
    assert set(_below(errors.ReserveError)) <= {type(error) for error, _ in ENDINGS}


def _below(family: type[errors.ReserveError]) -> list[type[errors.ReserveError]]:
    ours = [kind for kind in family.__subclasses__() if kind.__module__.startswith("bakureserve")]
    return [each for kind in ours for each in (kind, *_below(kind))]


def test_each_field_that_broke_a_rule_gets_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    problems = [errors.FieldProblem("party_size", "x"), errors.FieldProblem("start", "y")]
    explain(errors.Invalid("x", problems=problems), debug=False)
    lines = capsys.readouterr().err.splitlines()
    assert [line.partition(": ")[0] for line in lines] == ["party_size", "start"]


def test_the_documentation_has_every_status() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert [status for status in Status if f"| {status.value} | {status.name} | " not in page] == []
