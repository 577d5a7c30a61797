from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

import bakureserve
from bakureserve import words
from bakureserve.domain import errors
from bakureserve.words import LANGUAGES, PIECES, WORDS, negotiate, say

PACKAGE = Path(bakureserve.__file__).parent
FAMILIES = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ReserveError)
}


def params_of(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.__name__.rpartition(".")[2])
def test_a_piece_says_the_same_in_every_language(piece: ModuleType) -> None:
    for language in LANGUAGES:
        spoken = getattr(piece, language.upper())
        assert spoken.keys() == piece.EN.keys()
        for code, template in spoken.items():
            assert params_of(template) == params_of(piece.EN[code]), (language, code)


def test_every_piece_is_merged_and_none_speaks_for_another() -> None:
    files = {file.stem for file in (PACKAGE / "words").glob("*.py")} - {"__init__"}
    assert {piece.__name__.rpartition(".")[2] for piece in PIECES} == files
    assert len(WORDS["en"]) == sum(len(piece.EN) for piece in PIECES)


def raised_codes(part: str) -> Iterator[tuple[str, str]]:
    """Every literal code that a part's source gives to an error, with where it stands."""
    for file in (PACKAGE / part).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and node.args):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else None
            name = node.func.id if isinstance(node.func, ast.Name) else name
            position = 1 if name == "FieldProblem" else 0
            if name not in FAMILIES | {"FieldProblem"} or len(node.args) <= position:
                continue
            code = node.args[position]
            if isinstance(code, ast.Constant) and isinstance(code.value, str):
                yield code.value, f"{file.relative_to(PACKAGE)}:{node.lineno}"


@pytest.mark.parametrize("part", ["caching", "cli", "eta", "server", "services"])
def test_every_code_that_is_raised_has_words(part: str) -> None:
    raised = list(raised_codes(part))
    assert raised
    assert {place: code for code, place in raised if code not in WORDS["en"]} == {}


def test_a_sentence_is_made_of_its_values() -> None:
    assert say("field_too_large", {"largest": 8}, "en") == "Must be at most 8."
    assert say("field_too_large", {"largest": 8}, "az") == "Ən çoxu 8 ola bilər."
    assert say("field_not_a_choice", {"choices": ("a", "b")}, "en") == "Must be one of: a, b."


def test_a_missing_value_shows_its_name_and_braces_in_a_value_are_text() -> None:
    assert say("field_too_large", {}, "en") == "Must be at most {largest}."
    assert say("field_too_large", {"largest": "{x}"}, "en") == "Must be at most {x}."


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "1 row cannot be taken"), (2, "2 rows cannot be taken"), (21, "21 rows cannot")],
)
def test_one_of_anything_is_not_several(count: int, said: str) -> None:
    assert say("old_rows_rejected", {"count": count}, "en").startswith(said)


def test_without_a_number_it_is_several() -> None:
    assert say("old_rows_rejected", {}, "en").startswith("{count} rows cannot be taken")


def test_an_unknown_code_gets_a_sentence_without_details() -> None:
    assert say("no_such_code", {"a": 1}, "ru") == words.http.RU["unknown_problem"]


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("az", "az"),
        ("AZ-Latn-AZ", "az"),
        ("ru-RU, ru;q=0.9, en;q=0.8", "ru"),
        ("en;q=0.5, ru;q=0.7, az;q=0.6", "ru"),
        ("ru;q=0.7, az;q=0.7", "ru"),
        ("fr, de;q=0.9", "en"),
        ("fr, az;q=0.1", "az"),
        ("*", "en"),
        ("ru;q=0", "en"),
        ("ru;q=nonsense, az;q=0.2", "az"),
        ("ru;q=nan", "en"),
        ("ru;q=7", "en"),
        (",;,;;q=", "en"),
    ],
)
def test_the_best_liked_of_our_languages_is_spoken(accepted: str, language: str) -> None:
    assert negotiate(accepted) == language
