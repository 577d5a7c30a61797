"""One old restaurant → ours. A field that breaks a rule is mended or left out, and listed.

The rules are `restaurant_from_document`'s: it names each problem by path and code, here the place
is mended, and the document is read once more. What stood there is kept in the restaurant's
`set_aside`.
"""

from __future__ import annotations

import copy
import re
import uuid
from collections.abc import Callable
from typing import Any

import msgspec

from bakureserve.domain.document import LONGEST_NAME
from bakureserve.domain.errors import FieldProblem, Invalid
from bakureserve.domain.places.geo import AZERBAIJAN, Coordinates, swapped
from bakureserve.domain.reading import read_loosely
from bakureserve.domain.restaurants.document import NAMESPACE, restaurant_from_document
from bakureserve.domain.restaurants.restaurant import USUAL_ZONE, Restaurant
from bakureserve.domain.text import canonical_id, squeeze
from bakureserve.store.codec import dumps
from bakureserve.store.legacy.json_rows import Value
from bakureserve.store.legacy.report import Reason
from bakureserve.store.legacy.row_reader import Rejected, beside, faults_of

SET_ASIDE = "set_aside"

_ATTEMPTS = 5
_SEATS, _MOST_SEATS = 2, 100
"""The seats of a table without a usable capacity, and the most that one may have."""
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")

Step = str | int
Mend = Callable[[Any, Step], Any]


class Mapped(msgspec.Struct, frozen=True):
    """A restaurant, how it differs from the old row, and what was assumed where that says nothing.

    What is assumed does not make the row another one: the old files have no such field.
    """

    restaurant: Restaurant
    reasons: tuple[Reason, ...]
    assumed: tuple[Reason, ...]


def mapped(read: Value) -> Mapped:
    """The restaurant that a row describes. Raises Rejected."""
    if not isinstance(read.value, dict):
        raise Rejected("old_row_not_object")
    document = copy.deepcopy(read.value)
    reasons = faults_of(read)
    for name, kept in beside(read).items():
        _set_aside(document, name, kept)
    reasons += _spelt_plainly(document)
    for _ in range(_ATTEMPTS):
        try:
            restaurant, assumptions = restaurant_from_document(document)
        except Invalid as error:
            reasons += _mended(document, error)
            continue
        if misplaced := _placed(document, restaurant):
            reasons.append(misplaced)
        else:
            assumed = tuple(Reason(each.code, each.params) for each in assumptions)
            return Mapped(restaurant, tuple(reasons), assumed)
    raise Rejected("old_restaurant_unusable", field=reasons[-1].params["field"])


def _mended(document: dict[str, Any], error: Invalid) -> list[Reason]:
    """Mend what the error names, in place. From the end, so that list places stay what they are.

    One field can break two rules: the next attempt tells whether its first mend was enough.
    """
    reasons: list[Reason] = []
    left_out: list[str] = []
    seen: set[str] = set()
    for problem in reversed(error.problems):
        path = _path_of(problem)
        if path in seen or path.startswith(tuple(left_out)):
            continue
        seen.add(path)
        parent, name = _place(document, path)
        if path.endswith(".capacity"):
            reasons.append(_capacity(document, path, parent, name))
            continue
        mend: Mend = _MENDS.get(problem.code, _nothing)
        mended = mend(parent, name)
        if mended is None and problem.code == "field_missing":
            path = _whole_part(path)
            left_out.append(path)
        reasons.append(_exchange(document, path, mended))
    return reasons[::-1]


def _placed(document: dict[str, Any], restaurant: Restaurant) -> Reason | None:
    """Put a place right whose coordinates are swapped; leave out one that is not in the country.

    None where it is right, or where the time zone says that the restaurant is abroad. No place is
    better than a wrong one, from which guests would be days away.
    """
    if restaurant.latitude is None or restaurant.longitude is None:
        return None
    if restaurant.timezone != USUAL_ZONE:
        return None
    point = Coordinates(restaurant.latitude, restaurant.longitude)
    if AZERBAIJAN.holds(point):
        return None
    turned = AZERBAIJAN.holds(swapped(point))
    for name, right in (("latitude", point.longitude), ("longitude", point.latitude)):
        _exchange(document, name, right if turned else None)
    return Reason("old_coordinates_swapped" if turned else "old_coordinates_abroad")


def _spelt_plainly(document: dict[str, Any]) -> list[Reason]:
    """Write an id that is a UUID in small letters, as ids are kept and asked for."""
    id_ = document.get("id")
    if not isinstance(id_, str) or canonical_id(id_) == id_:
        return []
    return [_exchange(document, "id", canonical_id(id_))]


def _exchange(document: dict[str, Any], path: str, mended: Any) -> Reason:
    """Put `mended` in the place, or None: leave the place out; keeping what stood there."""
    parent, name = _place(document, path)
    old = _at(parent, name)
    if old is not None:
        _set_aside(document, path, old)
    if mended is not None:
        parent[name] = mended
        return Reason("old_value_converted", {"field": path})
    if old is not None or isinstance(parent, list):
        del parent[name]
    return Reason("old_value_unusable", {"field": path})


def _set_aside(document: dict[str, Any], path: str, old: Any) -> None:
    aside = document.get(SET_ASIDE, {})
    if not isinstance(aside, dict):  # the file's own, of another meaning
        aside = {SET_ASIDE: aside}
    document[SET_ASIDE] = {path: old, **aside}


def _capacity(document: dict[str, Any], path: str, parent: Any, name: Step) -> Reason:
    """A table must seat a party, or those that are booked at it would lose it."""
    old = _at(parent, name)
    written = None if old is None or isinstance(old, bool) else _whole_number(parent, name)
    fits = written is not None and 1 <= written <= _MOST_SEATS
    converted = _exchange(document, path, written if fits else _SEATS)
    if fits:
        return converted
    return Reason("old_capacity_assumed", {"field": path, "capacity": _SEATS})


def _path_of(problem: FieldProblem) -> str:
    """Where to mend: of half a pair of coordinates, the half that is there."""
    if problem.code == "coordinate_missing":
        return str(problem.params["other"])
    return problem.field


def _whole_part(path: str) -> str:
    """The table or area that cannot do without the field; a restaurant cannot go by parts."""
    part, _, name = path.rpartition(".")
    if not part:
        raise Rejected("old_restaurant_unusable", field=name)
    return part


def _nothing(_parent: Any, _name: Step) -> None:
    return None


def _short_name(parent: Any, name: Step) -> str | None:
    value = parent[name]
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    return squeeze(str(value))[:LONGEST_NAME].rstrip() or None


def _whole_number(parent: Any, name: Step) -> int | None:
    try:
        number, turned = read_loosely(parent[name], int)
    except Invalid:
        return None
    return number if turned else None


def _other_name(parent: Any, name: Step) -> str | None:
    """The name of something that has only an id, and the other way round."""
    value = parent.get({"name": "id", "id": "name"}.get(str(name), ""))
    return value if isinstance(value, str) else None


def _another_id(parent: Any, name: Step) -> str:
    """The same for the same content, so that a second run finds what the first one made."""
    return f"{parent[name]}-{uuid.uuid5(NAMESPACE, dumps(parent)).hex[:8]}"


_MENDS: dict[str, Mend] = {
    "duplicate_area": _another_id,
    "duplicate_table": _another_id,
    "field_missing": _other_name,
    "name_expected": _short_name,
    "whole_number_expected": _whole_number,
}


def _place(document: dict[str, Any], path: str) -> tuple[Any, Step]:
    """The object or list that holds the place, and the place's name or index in it."""
    *way, name = (int(index) if index else word for index, word in _STEP.findall(path))
    parent: Any = document
    for step in way:
        parent = _at(parent, step)
    if not isinstance(parent, dict | list):
        raise Rejected("old_restaurant_unusable", field=path)
    return parent, name


def _at(parent: Any, step: Step) -> Any:
    if isinstance(parent, dict):
        return parent.get(step)
    return parent[step] if isinstance(parent, list) and isinstance(step, int) else None
