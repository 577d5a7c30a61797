"""The catalogues of sentences, held against each other and against the code that uses them."""

from __future__ import annotations

import ast
import re
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from string import Formatter
from types import ModuleType
from typing import IO, NamedTuple

import babel
import pytest
from babel.messages import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

import bakureserve
from bakureserve.domain import errors, localtime, text
from bakureserve.domain.arrivals import kitchen
from bakureserve.domain.language import LANGUAGES, Language
from bakureserve.domain.places.estimate import MAP_SERVICES
from bakureserve.domain.reservations import lifecycle, seating, sittings
from bakureserve.locale import DOMAIN, FOLDER

PACKAGE = Path(bakureserve.__file__).parent
FAMILIES = {
    name
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, errors.ReserveError)
}
RULES: tuple[ModuleType, ...] = (kitchen, lifecycle, localtime, seating, sittings, text)
OF_MAP_SERVICE = {
    code.format(service)
    for code in (
        *("{}_failing", "{}_left_alone", "{}_no_roads", "{}_silent", "{}_unreachable"),
        "effect_without_{}",
    )
    for service in MAP_SERVICES
}
"""What the health check of a map service may say."""
COMPOSED = re.compile(
    r"(assumed|cause|duplicate_restaurant|letter|mail|stranded|title)_|"
    + "|".join(f"{code}$" for code in OF_MAP_SERVICE)
)
"""Codes that the program puts together; all others stand in it as they are."""
SAME_IN_EVERY_LANGUAGE = {"redis_silent"}


def file_of(language: Language, ending: str) -> Path:
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.{ending}"


@cache
def catalogue(language: Language) -> Catalog:
    with file_of(language, "po").open("rb") as file:
        return read_po(file, locale=language, abort_invalid=True)


@cache
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


class Given(NamedTuple):
    """A literal code that the program gives to an error or to a problem of a field, and where.

    `params` are None where some come from elsewhere.
    """

    code: str
    params: set[str] | None
    place: str


@cache
def given() -> list[Given]:
    found = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            place = f"{file.relative_to(PACKAGE)}:{node.lineno}"
            called = getattr(node.func, "attr", getattr(node.func, "id", ""))
            match called, node.args:
                case "FieldProblem", [_, ast.Constant(value=str(code)), *_]:
                    found.append(Given(code, None, place))
                case name, [ast.Constant(value=str(code)), *_] if name in FAMILIES:
                    names = {keyword.arg for keyword in node.keywords}
                    params = None if None in names else {str(name) for name in names}
                    found.append(Given(code, params, place))
    return found


def test_every_language_has_every_sentence_in_english_order() -> None:
    english = [(code, each.pluralizable) for code, each in messages("en").items()]
    assert len(english) > 400
    for language in LANGUAGES:
        theirs = [(code, each.pluralizable) for code, each in messages(language).items()]
        assert theirs == english, language


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_sentence_is_empty_in_doubt_or_left_in_english(language: Language) -> None:
    english = messages("en")
    same = set()
    for code, message in messages(language).items():
        assert all(form.strip() for form in forms(message)), code
        assert not message.fuzzy, code
        if set(forms(message)) & set(forms(english[code])):
            same.add(code)
    assert same == (english.keys() if language == "en" else SAME_IN_EVERY_LANGUAGE)


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_forms_in_all_languages_have_the_same_parameters(language: Language) -> None:
    """A plural names its number, and nothing else bends."""
    english = messages("en")
    for code, message in messages(language).items():
        told = params_of(english[code])
        for form in forms(message):
            assert fields(form).keys() == told, code
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


def test_every_code_that_is_given_has_a_sentence() -> None:
    known = messages("en").keys()
    assert len(given()) > 200
    assert [each for each in given() if each.code not in known] == []


def test_the_health_check_of_each_map_service_has_its_sentences() -> None:
    assert messages("en").keys() >= OF_MAP_SERVICE


def test_a_sentence_uses_only_what_the_error_tells_it() -> None:
    known = messages("en")
    for each in given():
        if each.params is not None:
            assert params_of(known[each.code]) <= each.params | {"field"}, each.place


def test_a_limit_of_the_booking_rules_is_always_said() -> None:
    """English says in full what the rules tell."""
    files = {str(Path(str(module.__file__)).relative_to(PACKAGE)) for module in RULES}
    rules = [each for each in given() if each.place.split(":")[0] in files]
    assert len(rules) > 20
    for each in rules:
        assert (each.params or set()) <= params_of(messages("en")[each.code]) | {"field"}, each


def test_no_sentence_is_kept_that_nothing_says() -> None:
    source = "".join(file.read_text(encoding="utf-8") for file in PACKAGE.rglob("*.py"))
    unsaid = {code for code in messages("en") if f'"{code}"' not in source}
    assert {code for code in unsaid if not COMPOSED.match(code)} == set()
