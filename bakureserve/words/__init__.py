"""What the program says to people, by code and language. A leaf: both edges read it.

Each part of the program keeps its sentences in a piece of its own, a module with the dicts `EN`,
`AZ` and `RU` from code to template. A new piece is imported and named in `PIECES`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any, Literal, get_args

from bakureserve.words import (
    accounts,
    arrivals,
    auth,
    booking,
    catalogue,
    causes,
    conflicts,
    eta,
    health,
    http,
    legacy,
    live,
    maps,
    notices,
    operations,
    restaurants,
    standing,
    store,
    undelivered,
    visits,
)

Language = Literal["en", "az", "ru"]

LANGUAGES: tuple[Language, ...] = get_args(Language)
PIECES: tuple[ModuleType, ...] = (
    accounts,
    arrivals,
    auth,
    booking,
    catalogue,
    causes,
    conflicts,
    eta,
    health,
    http,
    legacy,
    live,
    maps,
    notices,
    operations,
    standing,
    store,
    undelivered,
    restaurants,
    visits,
)
UNKNOWN = "unknown_problem"


def _merged(language: Language) -> dict[str, str]:
    return {
        code: words for piece in PIECES for code, words in vars(piece)[language.upper()].items()
    }


WORDS: Mapping[Language, Mapping[str, str]] = {each: _merged(each) for each in LANGUAGES}


class _Value(str):
    """A value in a sentence. `{count:rule|rules}` says it with the word for one or for several."""

    __slots__ = ()

    def __format__(self, forms: str) -> str:
        one, _, several = forms.partition("|")
        return f"{self!s} {one if self == '1' else several}" if forms else str(self)


class _Params(dict[str, _Value]):
    """Values for a template; a name without one stands for itself, in braces."""

    def __missing__(self, name: str) -> _Value:
        return _Value(f"{{{name}}}")


def say(code: str, params: Mapping[str, Any], language: Language) -> str:
    """The sentence for `code`. Never raises: an unknown code gets a sentence without details."""
    words = WORDS[language]
    readable = _Params((name, _Value(_readable(value))) for name, value in params.items())
    return words.get(code, words[UNKNOWN]).format_map(readable)


def _readable(value: Any) -> str:
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(map(str, value)) or "–"
    return str(value)


def negotiate(accept_language: str) -> Language:
    """`named_language`, and English where none is named."""
    return named_language(accept_language) or "en"


def named_language(accept_language: str) -> Language | None:
    """The language of ours that an `Accept-Language` header likes best; None if it names none.

    Regions are ignored (`az-Latn-AZ` is Azerbaijani); among equals the first named wins.
    """
    best: Language | None = None
    best_weight = 0.0
    for tag, weight in _preferences(accept_language):
        if weight > best_weight and tag in WORDS:
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
