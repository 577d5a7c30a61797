"""Recommended commands find the data of whoever is told to run them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import bakureserve
from bakureserve.cli.app import NOUNS
from bakureserve.settings import Settings, pasteable

SOURCES = sorted(Path(bakureserve.__file__).parent.rglob("*.py"))


def told_on(folder: str, text: str, database_url: str = "") -> str:
    return pasteable(text, Settings(data_dir=Path(folder), database_url=database_url))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "Run `bakureserve check`, then bakureserve restore BACKUP.",
            (
                "Run `bakureserve --data-dir /srv/b check`, then bakureserve --data-dir /srv/b "
                "restore BACKUP."
            ),
        ),
        ("bakureserve help migration", "bakureserve help migration"),
        ("pip install 'bakureserve[redis]'", "pip install 'bakureserve[redis]'"),
    ],
)
def test_a_command_gets_the_folder_if_it_looks_at_one(text: str, told: str) -> None:
    assert told_on("/srv/b", text) == told


def test_a_folder_is_told_as_a_shell_takes_it() -> None:
    told = told_on("/srv/of guests", "bakureserve check")
    assert told == "bakureserve --data-dir '/srv/of guests' check"


def test_a_database_elsewhere_is_told_as_well() -> None:
    told = told_on("/srv/b", "bakureserve check", "sqlite:////mnt/x.db")
    assert told == "bakureserve --data-dir /srv/b --database-url sqlite:////mnt/x.db check"


def test_of_the_usual_folder_nothing_need_be_said() -> None:
    assert pasteable("bakureserve check", Settings()) == "bakureserve check"


def recommended() -> Iterator[tuple[str, str]]:
    """Every noun that a text of the program has after its name, with where it stands."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for noun in re.findall(r"\bbakureserve ([a-z][a-z-]*)", node.value):
                    yield noun, f"{file.name}:{node.lineno}"


def test_whatever_stands_after_the_program_s_name_is_a_command() -> None:
    assert [each for each in recommended() if each[0] not in NOUNS] == []
