"""What the program says to people, by code and language. A leaf: the edges and letters read it.

Sentences are gettext catalogues, `<language>/LC_MESSAGES/bakureserve.po`: a msgid is a code, a
msgstr its sentence with parameters in braces. One written `{minutes:n}` is the number by which the
plural form is chosen.
"""

from __future__ import annotations

import gettext
import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from bakureserve.domain.language import LANGUAGES, Language

DOMAIN = "bakureserve"
FOLDER = Path(__file__).parent
UNKNOWN = "unknown_problem"
_COUNTED = re.compile(r"{(\w+):n}")
_SEVERAL = 5
"""A number that takes the form for many in each of our languages."""
HEADERS_REMEMBERED = 256
"""`Accept-Language` headers whose language is remembered: there are few, and many send the same."""


class _Sentence(NamedTuple):
    """A sentence without its values. `counted` names the number it bends to; empty if none does."""

    template: str
    counted: str


class _Params(dict[str, str]):
    """Values for a template; a name without one stands for itself, in braces."""

    def __missing__(self, name: str) -> str:
        return f"{{{name}}}"


def say(code: str, params: Mapping[str, Any], language: Language) -> str:
    """The sentence for `code`. Never raises: an unknown code gets a sentence without details."""
    template, counted = _sentence(code, language)
    if counted:
        number = _number(params.get(counted))
        template = _catalogue(language).ngettext(code, template, number).replace(":n}", "}")
    return template.format_map(_Params({name: _readable(params[name]) for name in params}))


def codes() -> frozenset[str]:
    """Every code that has a sentence."""
    # gettext has no public list of its messages; Babel and Django read this attribute too.
    entries = _catalogue("en")._catalog  # type: ignore[attr-defined]
    return frozenset(entry[0] if isinstance(entry, tuple) else entry for entry in entries) - {""}


@cache
def _catalogue(language: Language) -> gettext.NullTranslations:
    """The sentences of a language, read when it is first spoken; English ones where it has none."""
    found = gettext.translation(DOMAIN, FOLDER, [language])
    if language != "en":
        found.add_fallback(_catalogue("en"))
    return found


@cache
def _sentence(code: str, language: Language) -> _Sentence:
    catalogue = _catalogue(language)
    template = catalogue.ngettext(code, "", _SEVERAL) or catalogue.gettext(code)
    if template == code:
        return _sentence(UNKNOWN, language)
    counted = _COUNTED.search(template)
    return _Sentence(template, counted[1] if counted else "")


def _number(value: Any) -> int:
    digits = str(value)
    return int(digits) if digits.isdecimal() else _SEVERAL


def _readable(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value)) or "–"
    return str(value)


def negotiate(accept_language: str) -> Language:
    """`named_language`, and English where none is named."""
    return named_language(accept_language) or "en"


@lru_cache(HEADERS_REMEMBERED)
def named_language(accept_language: str) -> Language | None:
    """The language of ours that an `Accept-Language` header likes best; None if it names none.

    Regions are ignored (`az-Latn-AZ` is Azerbaijani); among equals the first named wins.
    """
    best: Language | None = None
    best_weight = 0.0
    for tag, weight in _preferences(accept_language):
        if weight > best_weight and tag in LANGUAGES:
            best, best_weight = tag, weight
    return best


def _preferences(accept_language: str) -> Iterable[tuple[Any, float]]:
    for item in accept_language.split(","):
        tag, _, parameter = item.partition(";")
        yield tag.strip().lower().partition("-")[0], _weight(parameter)


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name.strip().lower() == "q" and 0 <= weight <= 1 else 0.0
