"""The catalogues of sentences, held against each other and against the code that uses them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import IO

import babel
import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bakureserve
from bakureserve.domain import errors, localtime, text
from bakureserve.domain.arrivals import kitchen
from bakureserve.domain.reservations import lifecycle, seating, sittings
from bakureserve.locale import DOMAIN, FOLDER, LANGUAGES, Language

PACKAGE = Path(bakureserve.__file__).parent
FAMILIES = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ReserveError)
}
RULES: tuple[ModuleType, ...] = (kitchen, lifecycle, localtime, seating, sittings, text)
COMPOSED = re.compile(
    r"(assumed|cause|duplicate_restaurant|gomap|letter|mail|osrm|stranded|title)_"
    r"|effect_without_(osrm|gomap)$"
)
"""Codes that the program puts together; all others stand in it as they are."""
SAME_IN_EVERY_LANGUAGE = {"redis_silent"}


def file_of(language: Language, ending: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


@cache
def catalogue(language: Language) -> Catalog:
    with file_of(language, "po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


def messages(language: Language) -> dict[str, Message]:
    return {code_of(each): each for each in catalogue(language) if each.id}


def code_of(message: Message) -> str:
    return message.id[0] if message.pluralizable else message.id


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if message.pluralizable else (message.string,)


def fields(template: str) -> dict[str, str]:
    """The parameters of a sentence, and what each says after its colon."""
    return {
        name: spec or "" for _, name, spec, _ in Formatter().parse(template) if name is not None
    }


def params_of(message: Message) -> set[str]:
    return set().union(*(fields(form) for form in forms(message)))


def sentences_in(compiled: IO[bytes]) -> dict[object, str]:
    """All but the header, which names the version of Babel that compiled it."""
    entries = vars(GNUTranslations(compiled))["_catalog"]
    return {code: form for code, form in entries.items() if code}


def raised() -> Iterator[tuple[str, set[str] | None, str]]:
    """Every literal code that is given to an error, its parameters as far as they show, and where.

    None stands for parameters that come from elsewhere.
    """
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in FAMILIES:
                match node.args:
                    case [ast.Constant(value=str(code)), *_]:
                        names = {keyword.arg for keyword in node.keywords}
                        shown = None if None in names else {str(name) for name in names}
                        yield code, shown, f"{file.relative_to(PACKAGE)}:{node.lineno}"


def problems() -> Iterator[tuple[str, str]]:
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="FieldProblem"), args=[_, ast.Constant(value=str(code)), *_]
                ):
                    yield code, f"{file.relative_to(PACKAGE)}:{node.lineno}"


def test_every_language_has_every_sentence_in_english_order() -> None:
    english = [(code, each.pluralizable) for code, each in messages("en").items()]
    assert len(english) > 400
    for language in LANGUAGES:
        theirs = [(code, each.pluralizable) for code, each in messages(language).items()]
        assert theirs == english, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_or_in_doubt(language: Language) -> None:
    for code, message in messages(language).items():
        assert all(form.strip() for form in forms(message)), code
        assert not message.fuzzy, code


@pytest.mark.parametrize("language", [each for each in LANGUAGES if each != "en"])
def test_no_sentence_is_left_in_english(language: Language) -> None:
    english = messages("en")
    same = {
        code
        for code, message in messages(language).items()
        if set(forms(message)) & set(forms(english[code]))
    }
    assert same == SAME_IN_EVERY_LANGUAGE


def test_the_languages_say_the_same_with_the_same_parameters() -> None:
    for code, english in messages("en").items():
        for language in LANGUAGES:
            assert params_of(messages(language)[code]) == params_of(english), (language, code)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_forms_of_a_plural_differ_in_nothing_but_words(language: Language) -> None:
    for code, message in messages(language).items():
        if message.pluralizable:
            assert len({tuple(sorted(fields(form))) for form in forms(message)}) == 1, code


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_plural_names_its_number_and_nothing_else_bends(language: Language) -> None:
    for code, message in messages(language).items():
        for form in forms(message):
            specs = [spec for spec in fields(form).values() if spec]
            assert specs == (["n"] if message.pluralizable else []), code


@pytest.mark.parametrize("language", LANGUAGES)
def test_forms_are_chosen_as_the_language_does(language: Language) -> None:
    with file_of(language, "mo").open("rb") as file:
        form_of = GNUTranslations(file).plural  # type: ignore[attr-defined]
    category_of = babel.Locale(language).plural_form
    used = {(category_of(number), form_of(number)) for number in range(1000)}
    assert len(used) == len({category for category, _ in used}) == catalogue(language).num_plurals


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_program_reads_was_compiled_from_what_translators_write(
    language: Language,
) -> None:
    fresh = BytesIO()
    write_mo(fresh, catalogue(language))
    fresh.seek(0)
    with file_of(language, "mo").open("rb") as file:
        read, written = (sentences_in(each) for each in (file, fresh))
    assert read == written, "run: make sentences"


def test_every_code_that_is_raised_has_a_sentence() -> None:
    known = messages("en").keys()
    given = [(code, place) for code, _, place in raised()] + list(problems())
    assert len(given) > 200
    assert {place: code for code, place in given if code not in known} == {}


def test_a_sentence_uses_only_what_the_error_tells_it() -> None:
    known = messages("en")
    untold = {
        place: params_of(known[code]) - told - {"field"}
        for code, told, place in raised()
        if told is not None and code in known
    }
    assert {place: missing for place, missing in untold.items() if missing} == {}


def test_a_limit_of_the_booking_rules_is_always_said() -> None:
    """What the rules tell but English does not say, in full."""
    files = {str(Path(str(module.__file__)).relative_to(PACKAGE)) for module in RULES}
    rules = [(code, told) for code, told, place in raised() if place.split(":")[0] in files]
    assert len(rules) > 20
    unsaid = {
        code: (told or set()) - params_of(messages("en")[code]) - {"field"} for code, told in rules
    }
    assert {code: params for code, params in unsaid.items() if params} == {}


def test_no_sentence_is_kept_that_nothing_says() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    unsaid = {code for code in messages("en") if f'"{code}"' not in source}
    assert {code for code in unsaid if not COMPOSED.match(code)} == set()
