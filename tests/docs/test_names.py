"""The documentation names no command, option, setting, endpoint or metric that does not exist."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from typer.core import TyperGroup

from bakureserve.cli.app import NOUNS, Nouns
from bakureserve.cli.common import FirstVerb, common_options
from bakureserve.runtime import Runtime
from bakureserve.server.app import ENDPOINTS
from bakureserve.server.app_keys import REGISTRY
from bakureserve.server.serving import application
from bakureserve.settings import TABLE
from bakureserve.settings.checks import WITHOUT_EFFECT
from tests.cli.test_manners import VERBS
from tests.docs.pages import ROOT, Page, all_pages
from tests.server.metrics.test_named import names_of

PAGES = all_pages()
PACKAGE = ROOT / "bakureserve"
FRAME = {"--help", "-h", "--version", "--install-completion", "--show-completion"}
NO_SETTINGS = {"BAKURESERVE_DEBUG", "BAKURESERVE_TOKEN", "NO_COLOR", "OSRM_HOME", "RLIMIT_FSIZE"}
"""Names of the command line's, the tests' and the system's that look like the server's settings."""

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
INVOCATION = re.compile(r"\bbakureserve ([^|<>;&#\n)]*)")
METHOD = r"(?:GET|POST|PUT|PATCH|DELETE)"


@cache
def root() -> Nouns:
    return Nouns()


@cache
def command_of(noun: str) -> Any:
    return root().get_command(None, noun)


def verb_of(words: list[str]) -> tuple[str, Any] | None:
    """The verb that a line of words is of, by its full name, and its command."""
    if not words or words[0] not in NOUNS:
        return None
    command = command_of(words[0])
    if not isinstance(command, TyperGroup):
        return words[0], command
    if len(words) > 1 and words[1] in command.commands:
        return f"{words[0]} {words[1]}", command.commands[words[1]]
    if isinstance(command, FirstVerb):
        first = next(iter(command.commands))
        return f"{words[0]} {first}", command.commands[first]
    return None


def options_of(command: Any) -> set[str]:
    ours = {option for param in command.params for option in param.opts}
    return ours | {option for param in common_options() for option in param.opts} | FRAME


def options_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![\w-])--?[a-z][a-z-]+", text))


def lines_in(page: Page) -> Iterator[str]:
    """What the page says of the program: spans that begin with its name, and lines of blocks."""
    for span in page.spans:
        if span.startswith("bakureserve ") or (verb_of(span.split()) and " " in span):
            yield span.removeprefix("bakureserve ")
    for block in page.blocks:
        for command in block.commands:
            yield from re.findall(INVOCATION, command.text)


@each_page
class TestCommands:
    def test_commands_are_verbs_of_the_program(self, page: Page) -> None:
        named = [span.split() for span in page.spans if re.match(r"bakureserve [a-z]", span)]
        assert [words for words in named if words[1] not in NOUNS] == []
        unknown = [
            words
            for words in named
            if len(words) > 2 and re.fullmatch(r"[a-z-]+", words[2]) and verb_of(words[1:]) is None
        ]
        assert unknown == []

    def test_commands_have_the_options_that_are_named_with_them(self, page: Page) -> None:
        wrong = {}
        for line in lines_in(page):
            verb = verb_of(line.split())
            if verb and (unknown := options_in(line) - options_of(verb[1])):
                wrong[line] = unknown
        assert wrong == {}


def shown_in_blocks() -> dict[str, set[str]]:
    """The options of every verb that a block runs, or says why it is not run."""
    shown: dict[str, set[str]] = defaultdict(set)
    for page in PAGES:
        for block in page.blocks:
            for command in block.commands:
                for line in re.findall(INVOCATION, command.text):
                    if verb := verb_of(line.split()):
                        shown[verb[0]] |= options_in(line)
    return shown


def test_every_verb_is_shown_in_some_block() -> None:
    assert VERBS.keys() - shown_in_blocks().keys() == set()


@each_page
def test_a_verb_that_prose_names_is_shown_in_some_block_with_its_options(page: Page) -> None:
    shown = shown_in_blocks()
    named = [(span, verb_of(span.removeprefix("bakureserve ").split())) for span in page.spans]
    lacking = {
        span
        for span, verb in named
        if verb and " " in span and not options_in(span) <= shown[verb[0]] | FRAME
    }
    assert lacking == set()


def every_option() -> set[str]:
    found = set(FRAME)
    for noun in NOUNS:
        command = command_of(noun)
        verbs = command.commands.values() if isinstance(command, TyperGroup) else [command]
        found |= {option for verb in verbs for option in options_of(verb)}
    return found


@each_page
def test_an_option_in_prose_is_one_of_some_command(page: Page) -> None:
    spans = [span for span in page.spans if span.startswith("--")]
    assert {option for span in spans for option in options_in(span)} - every_option() == set()


@each_page
def test_a_variable_is_a_setting(page: Page) -> None:
    known = {name for row in TABLE for name in row.names} | WITHOUT_EFFECT.keys()
    named = {
        name for span in page.spans for name in re.findall(r"^([A-Z]+(?:_[A-Z]+)+)(?:=|$)", span)
    }
    assert named - known - NO_SETTINGS == set()
    beginnings = {
        name for span in page.spans for name in re.findall(r"^([A-Z]+_(?:[A-Z]+_)*)…$", span)
    }
    assert {
        each for each in beginnings if not any(name.startswith(each) for name in known)
    } == set()


@each_page
def test_a_call_is_an_endpoint(page: Page) -> None:
    paths = defaultdict(set)
    for endpoint in ENDPOINTS:
        paths[endpoint.method].add(_shape(endpoint.path))
    wrong = []
    for span in page.spans:
        if not (call := re.match(rf"({METHOD}) (\S*/\S*)", span)):
            continue
        method, path = call[1], _shape(call[2].partition("?")[0])
        if path.startswith("…"):
            found = any(known.endswith(path[1:]) for known in paths[method])
        else:
            found = path in paths[method]
        if not found:
            wrong.append(span)
    assert wrong == []


def _shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


async def test_a_metric_is_exposed(runtime: Runtime) -> None:
    families = list(application(runtime)[REGISTRY].collect())
    exposed = names_of(families) | {family.name for family in families}
    named = {
        name
        for page in PAGES
        for name in re.findall(r"`(bakureserve_\w+)", page.text)
        if not page.text.partition(name)[2].startswith("…")
    }
    assert named - exposed == set()


@pytest.mark.parametrize("page", [*PAGES, Page(ROOT / "AGENTS.md")], ids=lambda page: page.name)
def test_a_module_or_folder_is_there(page: Page) -> None:
    assert [span for span in page.spans if names_a_file(span) and not is_there(span)] == []


def names_a_file(span: str) -> bool:
    first, slash, _ = span.partition("/")
    is_path = bool(slash) and first.isidentifier()
    return is_path and any((folder / first).is_dir() for folder in (PACKAGE, ROOT))


def is_there(span: str) -> bool:
    """Whether this is a path, `.py` or not; with `.name` behind it, whether the module has that."""
    wanted = re.sub(r"<\w+>", "*", span)
    for folder in (PACKAGE, ROOT):
        if any(folder.glob(wanted)) or any(folder.glob(f"{wanted}.py")):
            return True
        module, _, name = wanted.rpartition(".")
        file = folder / f"{module}.py"
        if module and file.is_file() and re.search(rf"(?:def|class) {name}\b", file.read_text()):
            return True
    return False


def test_a_module_that_is_not_there_is_found() -> None:
    assert is_there("store/audit.record")
    assert not is_there("store/audit.no_such_function")
    assert not is_there("store/no_such_module")


@each_page
def test_a_target_of_make_is_one(page: Page) -> None:
    spans = [span for span in page.spans if re.fullmatch(r"make [a-z]+( \S+)*", span)]
    for span in spans:
        asked = ["make", "-n", *span.split()[1:]]
        told = subprocess.run(asked, cwd=ROOT, capture_output=True, check=False, env=os.environ)
        assert told.returncode == 0, (span, told.stderr)
