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

from bakureserve.cli.app import NOUNS, Nouns
from bakureserve.cli.common import HELP_OPTIONS, FirstVerb
from bakureserve.cli.examples import EXAMPLES
from bakureserve.cli.exit_status import Status
from bakureserve.cli.manual import pages, with_links_as_commands
from tests.cli.conftest import Run

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


def test_the_table_of_commands_has_every_verb_in_the_row_of_its_noun() -> None:
    rows = [line for line in DOCS.splitlines() if line.startswith("| `bakureserve ")]
    for verb in VERBS:
        noun, _, own = verb.partition(" ")
        cells = [row.partition(" |")[0] for row in rows if row.startswith(f"| `bakureserve {noun}")]
        assert cells, verb
        assert not own or any(re.search(rf"[ `\[]{own}[`\]]", cell) for cell in cells), verb


def test_there_are_examples_of_every_verb_and_each_is_a_command_line_of_it() -> None:
    assert VERBS.keys() == EXAMPLES.keys(), "cli/examples.py has lines for each verb"
    for verb, line in ((verb, line) for verb, lines in EXAMPLES.items() for line in lines):
        noun, *words = shlex.split(re.split(" [<|] ", line)[0])
        group, command = Nouns().get_command(None, noun), VERBS[verb]
        if isinstance(group, FirstVerb) and words[:1] != verb.split()[1:]:
            words = [verb.split()[1], *words]
        if isinstance(group, TyperGroup):
            assert [noun, words.pop(0)] == verb.split()
        given, left, _ = command.make_parser(typer.Context(command)).parse_args(words)
        assert left == [], line
        assert all(given.get(param.name) for param in command.params if param.required), line


def test_help_ends_with_an_example_for_every_noun_and_verb(bare: Run) -> None:
    for path in {*VERBS, *NOUNS}:
        ran = bare("help", *path.split())
        assert (ran.status, ran.err) == (Status.OK, ""), path
        assert ran.out.startswith("Usage: bakureserve")
        assert not re.search(r"\[\[|\.\.\.}", ran.out), path
        assert "Examples:\n    bakureserve " in ran.out, path
        for option in HELP_OPTIONS if path in NOUNS else ():
            assert bare(path, option) == ran, path
    for verb, command in VERBS.items():  # or an option of its own would stand before help
        own = {option for param in command.params for option in param.opts}
        assert own.isdisjoint(HELP_OPTIONS), verb


def test_help_is_asked_for_as_other_programs_have_it(bare: Run) -> None:
    for line, as_line in {
        "-h": "--help",
        "restaurants help": "restaurants -h",
        "restaurants help list": "restaurants list -h",
        "restaurants --data-dir x help list": "restaurants list -h",
        "eta help": "eta -h",
        "eta help way": "eta way -h",
    }.items():
        told = bare(*line.split())
        assert told == bare(*as_line.split()), line
        assert (told.status, told.out != "") == (Status.OK, True)


def test_the_manual_lists_its_pages_after_the_commands(bare: Run) -> None:
    told = bare("help").out
    assert "Commands:" in told
    assert "operations" in told.partition("Pages:")[2]


@pytest.mark.parametrize("page", ["migration", "migration.md", "eta.md"])
def test_the_manual_prints_a_page(page: str, bare: Run) -> None:
    told = bare("help", page).out
    heading = pages()[page.removesuffix(".md")].read_text(encoding="utf-8").splitlines()[0]
    assert told.splitlines()[0] == heading


@pytest.mark.parametrize("named", ["deployment", "deployment/", "deployment/README"])
def test_a_folder_of_the_manual_is_the_page_that_it_begins_with(named: str, bare: Run) -> None:
    told = bare("help", named).out
    assert told.startswith("# Deployment\n")
    assert "(`bakureserve help deployment/nginx`)" in told


def test_the_manual_lays_a_page_out_on_a_terminal(bare: Run) -> None:
    shown = bare.on_a_terminal("help", "notices", NO_COLOR="1")
    assert "# " not in shown.splitlines()[0]
    assert "Notices" in shown


def test_the_manual_leads_from_page_to_page_by_commands_that_work(bare: Run) -> None:
    for page in pages():
        told = bare("help", f"{page}.md").out
        named = re.findall(r"`bakureserve help ([^`[]+)`", told)
        assert all(
            word.split()[0] in NOUNS or word.removesuffix(".md") in pages() for word in named
        ), page
        assert re.findall(r"\]\([\w./-]+\.md[^)]*\)", told) == [], page


@pytest.mark.parametrize(
    ("written", "page", "told"),
    [
        ("[care](configuration.md#all)", "cli", "care (`bakureserve help configuration`)"),
        ("[the ETA](eta.md)", "cli", "the ETA (`bakureserve help eta.md`)"),
        ("[x](../operations.md)", "observability/README", "x (`bakureserve help operations`)"),
        ("[health](#health)", "cli", "health"),
        ("[the changes](../CHANGELOG.md)", "cli", "the changes"),
        ("<!-- not run: it\nneeds root -->\n[the ETA](#eta)", "cli", "the ETA"),
        ("[the map](https://example.az/map)", "cli", "[the map](https://example.az/map)"),
    ],
)
def test_the_manual_tells_links_as_the_commands_that_follow_them(
    written: str, page: str, told: str
) -> None:
    assert with_links_as_commands(written, page) == told


@pytest.mark.parametrize(
    ("word", "said"), [("restarants", "Did you mean 'restaurants'?"), ("xyzzy", "'xyzzy'.")]
)
def test_the_manual_refuses_what_is_neither_command_nor_page(
    word: str, said: str, bare: Run
) -> None:
    bare("help", word).ends(Status.REFUSED, said)


def test_what_a_verb_has_to_tell_is_json_when_asked_for() -> None:
    with_json = {
        verb for verb, each in VERBS.items() if any("--json" in param.opts for param in each.params)
    }
    assert with_json == VERBS.keys() - WITHOUT_JSON.keys()
    assert WITHOUT_JSON.keys() <= VERBS.keys()


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
def test_what_a_verb_recommends_to_run_finds_the_same_data(line: str, bare: Run) -> None:
    """In a folder with nothing in it, where each has something to recommend."""
    ran = bare(*line.split())
    advice = re.findall(r"bakureserve (--data-dir \S+ )?([a-z]+)", ran.out + ran.err)
    named = {options for options, noun in advice if noun in NOUNS}
    assert named == {f"--data-dir {bare.folder} "}


def test_a_database_that_fails_is_named(bare: Run) -> None:
    bare.database.write_bytes(b"no database" * 1000)
    bare("reservations", "list").ends(Status.CORRUPT, str(bare.database))


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
    "given",
    ["--no-such-option", "--data-dir", "--data-dir . superfluous" + " superfluous" * 8],
    ids=["unknown", "without a value", "too many"],
)
def test_what_a_verb_does_not_understand_is_refused_with_the_way_to_its_help(
    given: str, bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOG_FORMAT", "human")
    for verb in VERBS:
        if "superfluous" not in given or verb not in TAKE_ANY_NUMBER:
            ran = bare(*verb.split(), *given.split())
            assert (ran.status, ran.out) == (Status.REFUSED, ""), verb
            assert ran.err.rstrip().endswith(f"Try 'bakureserve {verb} --help'."), verb


@pytest.mark.parametrize("given", ["--no-such-option", "--port", "--port eighty", "superfluous"])
def test_what_a_server_does_not_understand_is_a_line_of_its_log(
    given: str, bare: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    for form, option in (("json", []), ("human", ["--log-format=json"])):
        monkeypatch.setenv("LOG_FORMAT", form)
        ran = bare("serve", *option, *given.split())
        told = json.loads(ran.err)
        assert (told["event"], told["exit_status"]) == ("failed", ran.status)
        assert ran.status == Status.REFUSED
        assert told["message"].endswith("Try 'bakureserve serve --help'.")
