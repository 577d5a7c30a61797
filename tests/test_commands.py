"""Recommended commands find the same data."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import bakureserve
from bakureserve.cli.app import NOUNS
from bakureserve.settings import Settings, pasteable

SOURCES = sorted(Path(bakureserve.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize(
    ("text", "settings", "told"),
    [
        (
            "Run `bakureserve check`, then bakureserve restore BACKUP.",
            {"data_dir": Path("/b")},
            "Run `bakureserve --data-dir /b check`, then bakureserve --data-dir /b restore BACKUP.",
        ),
        ("bakureserve help migration", {"data_dir": Path("/b")}, "bakureserve help migration"),
        ("pip install 'bakureserve[x]'", {"data_dir": Path("/b")}, "pip install 'bakureserve[x]'"),
        (
            "bakureserve check",
            {"data_dir": Path("/srv/of guests")},
            "bakureserve --data-dir '/srv/of guests' check",
        ),
        (
            "bakureserve check",
            {"data_dir": Path("/b"), "database_url": "sqlite:////x.db"},
            "bakureserve --data-dir /b --database-url sqlite:////x.db check",
        ),
        ("bakureserve check", {}, "bakureserve check"),
    ],
)
def test_a_command_names_the_data_if_it_looks_at_some_in_an_unusual_place(
    text: str, settings: dict[str, Any], told: str
) -> None:
    assert pasteable(text, Settings(**settings)) == told


def recommended() -> Iterator[tuple[str, str]]:
    """Every noun that a text of the program has after its name, with where it stands."""
    for file in SOURCES:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for noun in re.findall(r"\bbakureserve ([a-z][a-z-]*)", node.value):
                    yield noun, f"{file.name}:{node.lineno}"


def test_whatever_stands_after_the_program_s_name_is_a_command() -> None:
    assert [each for each in recommended() if each[0] not in NOUNS] == []
