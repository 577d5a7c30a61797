"""The words of the booking rules, held against the rules' own source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from types import ModuleType

import pytest

from bakureserve.domain import localtime, text
from bakureserve.domain.reservations import lifecycle, prep, seating, sittings
from bakureserve.words.booking import AZ, EN, RU

RULES: tuple[ModuleType, ...] = (lifecycle, localtime, prep, seating, sittings, text)
LANGUAGES = {"en": EN, "az": AZ, "ru": RU}
POLICIES = {
    ("prep_starts_now", frozenset[str]()),
    ("prep_starts_before_arrival", frozenset({"recommended_prep_minutes"})),
}


def params_in(sentence: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(sentence) if name)


def errors_in(module: ModuleType) -> Iterator[tuple[str, frozenset[str]]]:
    """The code and the names of the params of every error that the module raises."""
    for node in ast.walk(ast.parse(Path(str(module.__file__)).read_text())):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {"Invalid", "Conflict"}:
            (code,) = node.args
            assert isinstance(code, ast.Constant)
            names = {keyword.arg for keyword in node.keywords if keyword.arg}
            yield str(code.value), frozenset(names - {"field"})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_of_the_rules_has_its_words_and_no_others_are_kept(language: str) -> None:
    raised = {code for module in RULES for code, _ in errors_in(module)}
    assert set(LANGUAGES[language]) == raised | {code for code, _ in POLICIES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_uses_only_what_the_error_tells_it(language: str) -> None:
    told = {entry for module in RULES for entry in errors_in(module)} | POLICIES
    for code, params in told:
        assert params_in(LANGUAGES[language][code]) <= params, code


def test_the_languages_say_the_same() -> None:
    for code, sentence in EN.items():
        assert params_in(AZ[code]) == params_in(sentence) == params_in(RU[code]), code


def test_a_limit_is_always_said() -> None:
    """What the rules tell but English does not say, in full."""
    told = {code: params for module in RULES for code, params in errors_in(module)}
    unsaid = {code: params - params_in(EN[code]) for code, params in told.items()}
    assert {code: params for code, params in unsaid.items() if params} == {}
