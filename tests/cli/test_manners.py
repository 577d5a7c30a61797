"""What every verb has in common, found by walking all of them."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from bakureserve.cli.app import NOUNS, Nouns, invoke
from bakureserve.cli.common import HELP_OPTIONS, FirstVerb
from bakureserve.cli.examples import EXAMPLES
from bakureserve.cli.manual import led_on, pages
from bakureserve.cli.status import Status
from tests.kit.houses import NO_ROUTER
from tests.kit.program import on_a_terminal

WITHOUT_JSON = {
    "serve": "it runs until it is stopped, and logs",
    "top": "a screen for a terminal; status --json has its figures",
    "help": "prose",
    "service install": "prints a unit for systemd, which is its own format",
    "openapi": "what it prints is JSON",
    "restaurants export": "what it prints is JSON",
    "reservations export": "--format json",
}


def walk() -> Iterator[tuple[str, Any]]:
    """Every verb with its command, and every noun without verbs."""
    root = Nouns()
    for noun in NOUNS:
        command = root.get_command(None, noun)
        if isinstance(command, TyperGroup):
            yield from ((f"{noun} {verb}", each) for verb, each in command.commands.items())
        else:
            yield noun, command


VERBS = dict(walk())
DOCS = (Path(__file__).parents[2] / "docs" / "cli.md").read_text(encoding="utf-8")
EXAMPLE_LINES = [(verb, line) for verb, lines in EXAMPLES.items() for line in lines]


def options_of(command: Any) -> set[str]:
    return {option for param in command.params for option in param.opts}


def words_of(line: str) -> list[str]:
    """The arguments of a line, as the shell hands them on."""
    return shlex.split(re.split(" [<|] ", line)[0])


def documented(verb: str) -> bool:
    """Whether the table of commands has the verb in the row of its noun."""
    noun, _, own = verb.partition(" ")
    rows = [line for line in DOCS.splitlines() if line.startswith(f"| `bakureserve {noun}")]
    return any(re.search(rf"[ `\[]{own}[`\]]", row.partition(" |")[0]) for row in rows)


class TestTableOfCommands:
    @pytest.mark.parametrize("verb", [each for each in VERBS if " " in each])
    def test_it_has_every_verb(self, verb: str) -> None:
        assert documented(verb)


class TestExamples:
    def test_there_is_one_for_every_verb_and_no_other(self) -> None:
        assert VERBS.keys() - EXAMPLES.keys() == set(), "add lines to cli/examples.py"
        assert EXAMPLES.keys() - VERBS.keys() == set(), "these verbs are gone"

    @pytest.mark.parametrize(("verb", "line"), EXAMPLE_LINES)
    def test_each_is_a_command_line_of_its_verb(self, verb: str, line: str) -> None:
        noun, *words = words_of(line)
        group = Nouns().get_command(None, noun)
        command = VERBS[verb]
        if isinstance(group, FirstVerb) and words[:1] != verb.split()[1:]:
            words = [verb.split()[1], *words]
        if isinstance(group, TyperGroup):
            assert [noun, words.pop(0)] == verb.split()

        given, left, _ = command.make_parser(typer.Context(command)).parse_args(words)

        assert left == []
        assert all(given.get(param.name) for param in command.params if param.required)


class TestHelp:
    @pytest.mark.parametrize("path", sorted({*VERBS, *NOUNS}))
    def test_is_told_for_a_letter_as_for_a_word_and_ends_with_an_example(
        self, path: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        told = []
        for line in (*(f"{path} {option}" for option in HELP_OPTIONS), f"help {path}"):
            assert invoke(line.split()) == Status.OK
            told.append(capsys.readouterr().out)

        assert told[0] == told[1] == told[2]
        assert told[0].startswith("Usage: bakureserve")
        assert not re.search(r"\[\[|\.\.\.}", told[0])
        assert "Examples:\n    bakureserve " in told[0]

    @pytest.mark.parametrize(
        ("line", "as_line"),
        [
            ("-h", "--help"),
            ("restaurants help", "restaurants -h"),
            ("restaurants help list", "restaurants list -h"),
            ("restaurants --data-dir x help list", "restaurants list -h"),
            ("eta help", "eta -h"),
            ("eta help way", "eta way -h"),
        ],
    )
    def test_is_asked_for_as_other_programs_have_it(
        self, line: str, as_line: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invoke(line.split()) == Status.OK
        told = capsys.readouterr().out
        invoke(as_line.split())
        assert told == capsys.readouterr().out != ""


class TestManual:
    def test_lists_its_pages_after_the_commands(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert invoke(["help"]) == Status.OK

        told = capsys.readouterr().out
        assert "Commands:" in told
        assert "operations" in told.partition("Pages:")[2]

    @pytest.mark.parametrize("page", ["migration", "migration.md", "eta.md"])
    def test_prints_a_page(self, page: str, capsys: pytest.CaptureFixture[str]) -> None:
        assert invoke(["help", page]) == Status.OK
        heading = pages()[page.removesuffix(".md")].read_text(encoding="utf-8").splitlines()[0]
        assert capsys.readouterr().out.splitlines()[0] == heading

    @pytest.mark.parametrize("named", ["deployment", "deployment/", "deployment/README"])
    def test_a_folder_is_the_page_that_it_begins_with(
        self, named: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invoke(["help", named]) == Status.OK
        told = capsys.readouterr().out
        assert told.startswith("# Deployment\n")
        assert "(`bakureserve help deployment/nginx`)" in told

    def test_lays_a_page_out_on_a_terminal(self, tmp_path: Path) -> None:
        shown = on_a_terminal("help", "notices", cwd=tmp_path, NO_COLOR="1")

        assert "# " not in shown.splitlines()[0]
        assert "Notices" in shown

    @pytest.mark.parametrize("page", pages())
    def test_leads_from_page_to_page_by_commands_that_work(
        self, page: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        invoke(["help", f"{page}.md"])
        told = capsys.readouterr().out

        named = re.findall(r"`bakureserve help ([^`[]+)`", told)
        assert all(
            word.split()[0] in NOUNS or word.removesuffix(".md") in pages() for word in named
        )
        assert re.findall(r"\]\([\w./-]+\.md[^)]*\)", told) == []

    @pytest.mark.parametrize(
        ("written", "page", "told"),
        [
            (
                "[settings](configuration.md#all)",
                "cli",
                "settings (`bakureserve help configuration`)",
            ),
            ("[the ETA](eta.md)", "cli", "the ETA (`bakureserve help eta.md`)"),
            (
                "[care](../operations.md)",
                "observability/README",
                "care (`bakureserve help operations`)",
            ),
            ("[health](#health)", "cli", "health"),
            ("[the changes](../CHANGELOG.md)", "cli", "the changes"),
            ("<!-- not run: it\nneeds root -->\n[the ETA](#eta)", "cli", "the ETA"),
            ("[the map](https://example.az/map)", "cli", "[the map](https://example.az/map)"),
        ],
    )
    def test_tells_links_as_the_commands_that_follow_them(
        self, written: str, page: str, told: str
    ) -> None:
        assert led_on(written, page) == told

    @pytest.mark.parametrize(
        ("word", "said"), [("restarants", "Did you mean 'restaurants'?"), ("xyzzy", "'xyzzy'.")]
    )
    def test_refuses_what_is_neither_command_nor_page(
        self, word: str, said: str, capsys: pytest.CaptureFixture[str]
    ) -> None:
        assert invoke(["help", word]) == Status.REFUSED
        assert said in capsys.readouterr().err


@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb not in WITHOUT_JSON])
def test_what_a_verb_has_to_tell_is_json_when_asked_for(verb: str) -> None:
    assert "--json" in options_of(VERBS[verb])


@pytest.mark.parametrize("verb", WITHOUT_JSON)
def test_what_is_excepted_from_that_exists(verb: str) -> None:
    assert "--json" not in options_of(VERBS[verb])


@pytest.mark.parametrize(
    "line",
    [
        "backup list",
        "check",
        "doctor",
        "doctor --json",
        "health",
        "health --json",
        "migrate down",
        "reservations list",
        "restore nothing.db",
        "status",
    ],
)
def test_what_a_verb_recommends_to_run_finds_the_same_data(
    line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a folder with nothing in it, where each has something to recommend."""
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("OSRM_BASE_URL", NO_ROUTER)
    invoke(line.split())
    advice = re.findall(r"bakureserve (--data-dir \S+ )?([a-z]+)", "".join(capsys.readouterr()))
    assert {options for options, noun in advice if noun in NOUNS} == {f"--data-dir {tmp_path} "}


def test_a_database_that_fails_is_named(shut: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["reservations", "list", "--data-dir", str(shut)]) == Status.CORRUPT
    assert str(shut / "bakureserve.db") in capsys.readouterr().err


@pytest.fixture
def shut(tmp_path: Path) -> Path:
    """A folder with a database that is none."""
    (tmp_path / "bakureserve.db").write_bytes(b"no database" * 1000)
    return tmp_path


USAGE_ERRORS = {
    "unknown": ["--no-such-option"],
    "without a value": ["--data-dir"],
    "too many": ["--data-dir", ".", *["superfluous"] * 9],
}
"""What each verb is given. Nine words are too many for any but those that take a list."""
TAKE_ANY_NUMBER = {
    "reservations cancel",
    "restaurants export",
    "outbox retry",
    "outbox drop",
    "users grant",
    "users revoke",
    "help",
}


@pytest.mark.parametrize(
    ("verb", "error"),
    [
        (verb, error)
        for error in USAGE_ERRORS
        for verb in VERBS
        if error != "too many" or verb not in TAKE_ANY_NUMBER
    ],
)
def test_what_a_verb_does_not_understand_is_refused_with_the_way_to_its_help(
    verb: str,
    error: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LOG_FORMAT", "human")
    assert invoke([*verb.split(), *USAGE_ERRORS[error]]) == Status.REFUSED
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.rstrip().endswith(f"Try 'bakureserve {verb} --help'.")


@pytest.mark.parametrize("given", ["--no-such-option", "--port", "--port eighty", "superfluous"])
def test_what_a_server_does_not_understand_is_a_line_of_its_log(
    given: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for form in ({"LOG_FORMAT": "json"}, {}):
        monkeypatch.setenv("LOG_FORMAT", form.get("LOG_FORMAT", "human"))
        option = [] if form else ["--log-format=json"]
        assert invoke(["serve", *option, *given.split()]) == Status.REFUSED
        told = json.loads(capsys.readouterr().err)
        assert (told["event"], told["exit_status"]) == ("failed", Status.REFUSED)
        assert told["message"].endswith("Try 'bakureserve serve --help'.")
