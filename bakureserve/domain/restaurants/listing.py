"""Several restaurants in one JSON text, for import and export.

Three forms are accepted: an array of documents, one document alone, and an object with the array as
`venues` (like the sample file). Paths of problems begin at the top of the text:
``[3].areas[0].name``, ``areas[0].name``, ``venues[3].areas[0].name``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from bakureserve.domain.errors import FieldProblem, Invalid
from bakureserve.domain.restaurants.document import (
    Assumption,
    document_from_restaurant,
    restaurant_from_document,
)
from bakureserve.domain.restaurants.restaurant import Restaurant

Placed = tuple[str, Restaurant]
"""A restaurant and the path of its document."""


class RestaurantList(msgspec.Struct, frozen=True):
    """The restaurants of a text, in its order, and what had to be assumed about them."""

    restaurants: tuple[Restaurant, ...]
    assumptions: tuple[Assumption, ...]


def restaurants_from_json(parsed: object) -> RestaurantList:
    """The restaurants that a parsed text describes; each id and each slug occurs once.

    Raises `Invalid("venue_list")` with all `problems` of the whole text.
    """
    placed: list[Placed] = []
    assumptions: list[Assumption] = []
    problems: list[FieldProblem] = []
    for path, document in _documents(parsed, problems):
        try:
            restaurant, assumed = restaurant_from_document(document)
        except Invalid as refused:
            problems.extend(_under(path, problem) for problem in refused.problems)
        else:
            placed.append((path, restaurant))
            assumptions.extend(_under(path, assumption) for assumption in assumed)
    problems += [*_repeated(placed, "id"), *_repeated(placed, "slug")]
    if problems:
        raise Invalid("venue_list", problems=problems, count=len(problems))
    return RestaurantList(tuple(restaurant for _, restaurant in placed), tuple(assumptions))


def json_from_restaurants(restaurants: Iterable[Restaurant]) -> list[dict[str, Any]]:
    """The inverse of `restaurants_from_json`, as an array of whole documents."""
    return [document_from_restaurant(restaurant) for restaurant in restaurants]


def _documents(parsed: object, problems: list[FieldProblem]) -> Iterator[tuple[str, object]]:
    name = ""
    if isinstance(parsed, Mapping) and "venues" in parsed:
        name, parsed = "venues", parsed["venues"]
        if not isinstance(parsed, list):
            problems.append(FieldProblem(name, "field_not_a_list"))
            return
    if isinstance(parsed, list):
        yield from ((f"{name}[{index}]", document) for index, document in enumerate(parsed))
    else:
        yield "", parsed


def _under(path: str, said: Any) -> Any:
    """A problem or an assumption, with its path in the whole text."""
    field = ".".join(part for part in (path, said.field) if part)
    return msgspec.structs.replace(said, field=field)


def _repeated(placed: Iterable[Placed], name: str) -> Iterator[FieldProblem]:
    first: dict[str, str] = {}
    for path, restaurant in placed:
        value = getattr(restaurant, name)
        if value in first:
            params = {"value": value, "other": first[value]}
            yield FieldProblem(f"{path}.{name}", f"duplicate_restaurant_{name}", params)
        first.setdefault(value, path)
