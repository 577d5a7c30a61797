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


class ListReader:
    """Reads the documents of a text one after another, and keeps nothing of those that are right
    but their ids and slugs, each of which may occur once."""

    def __init__(self) -> None:
        self.problems: list[FieldProblem] = []
        self._repeated: dict[str, list[FieldProblem]] = {"id": [], "slug": []}
        self._first: dict[str, dict[str, str]] = {"id": {}, "slug": {}}

    def read(self, path: str, document: object) -> tuple[Restaurant, list[Assumption]] | None:
        """The restaurant at `path`, and what had to be assumed; None where something is wrong."""
        try:
            restaurant, assumed = restaurant_from_document(document)
        except Invalid as refused:
            self.problems += [_under(path, problem) for problem in refused.problems]
            return None
        for name, repeated in self._repeated.items():
            value = getattr(restaurant, name)
            other = self._first[name].setdefault(value, path)
            if other != path:
                params = {"value": value, "other": other}
                place = f"{path}.{name}"
                repeated.append(FieldProblem(place, f"duplicate_restaurant_{name}", params))
        return restaurant, [_under(path, assumption) for assumption in assumed]

    def end(self) -> None:
        """Raises `Invalid("venue_list")` if anything is wrong, with all `problems` of the text."""
        problems = [*self.problems, *self._repeated["id"], *self._repeated["slug"]]
        if problems:
            raise Invalid("venue_list", problems=problems, count=len(problems))


def json_from_restaurants(restaurants: Iterable[Restaurant]) -> list[dict[str, Any]]:
    """The array of whole documents from which these restaurants are read."""
    return [document_from_restaurant(restaurant) for restaurant in restaurants]


def documents(parsed: object, problems: list[FieldProblem]) -> Iterator[tuple[str, object]]:
    """The documents in a parsed text with their paths; what is wrong with its form is noted."""
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
