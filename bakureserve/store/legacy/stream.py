"""From JSON text to rows, one at a time, so that a file of any length needs no memory."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import ijson
import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.store.legacy.files import RESERVATIONS, RESTAURANTS, USERS, FileName, OldFile

DEEPEST = 32
"""Objects and arrays inside each other. The old server wrote seven."""

Event = tuple[str, Any]

_OPENING = {"start_array": list, "start_map": dict}
_CLOSING = frozenset({"end_array", "end_map"})
_KIND = {
    "start_array": "an array",
    "start_map": "an object",
    "string": "text",
    "number": "a number",
    "boolean": "true or false",
    "null": "null",
}


class Form(msgspec.Struct, frozen=True):
    """How a file holds its rows: in an array or an object, at the top or under `key`."""

    key: str | None
    opening: str
    shape: str


FORMS: dict[FileName, Form] = {
    RESTAURANTS: Form(None, "start_array", "[…]"),
    RESERVATIONS: Form("reservations", "start_array", '{"reservations": […]}'),
    USERS: Form("users", "start_map", '{"users": {…}}'),
}


class OldRow(msgspec.Struct, frozen=True):
    """One row as the file has it. `key` is its name in an object, `position` counts from 0."""

    position: int
    value: Any
    key: str | None = None


class Rows:
    """The rows of an open file, in order. `unread` names what else stands at its top.

    Iterating raises Invalid: old_file_not_json, old_file_truncated, old_file_not_utf8,
    old_file_wrong_shape, old_file_too_deep.
    """

    def __init__(self, file: OldFile, form: Form) -> None:
        self.unread: list[str] = []
        self._file = file
        self._form = form

    def __iter__(self) -> Iterator[OldRow]:
        try:
            events = ijson.basic_parse(self._file)
            for position, (key, value) in enumerate(self._top(events)):
                yield OldRow(position, value, key)
        except (ijson.JSONError, ValueError) as error:
            raise self._file.not_json() from error

    def _top(self, events: Iterator[Event]) -> Iterator[tuple[str | None, Any]]:
        opening, _ = next(events)
        if self._form.key is None:
            self._expect(opening, self._form.opening)
            yield from self._members(events)
        else:
            self._expect(opening, "start_map")
            yield from self._under_key(events)
        for _ in events:  # whatever follows the end is an error, and the parser's to find
            pass

    def _under_key(self, events: Iterator[Event]) -> Iterator[tuple[str | None, Any]]:
        found = False
        for event, key in events:
            if event == "end_map":
                break
            opening, value = next(events)
            if key == self._form.key:
                found = True
                self._expect(opening, self._form.opening)
                yield from self._members(events)
            else:
                self._value(opening, value, events)
                self.unread.append(key)
        if not found:
            raise self._wrong_shape("an object without it")

    def _members(self, events: Iterator[Event]) -> Iterator[tuple[str | None, Any]]:
        """What is in the array or object that has just been opened."""
        key = None
        for event, value in events:
            if event in _CLOSING:
                return
            if event == "map_key":
                key = sys.intern(value)
                continue
            yield key, self._value(event, value, events)

    def _value(self, event: str, value: Any, events: Iterator[Event]) -> Any:
        if event in _OPENING:
            return self._container(event, events)
        return _number(value) if event == "number" else value

    def _container(self, opening: str, events: Iterator[Event]) -> Any:
        """What has just been opened, filled up to where it closes.

        A row has some eighty events, so there is one loop and not a call for each of them.
        """
        root = top = _OPENING[opening]()
        around: list[Any] = []
        in_list = opening == "start_array"
        key = ""
        for event, value in events:
            if event == "map_key":
                key = value
                continue
            if event in _CLOSING:
                if not around:
                    break
                top = around.pop()
                in_list = isinstance(top, list)
                continue
            item = _OPENING[event]() if event in _OPENING else value
            if event == "number":
                item = _number(value)
            if in_list:
                top.append(item)
            else:
                top[key] = item
            if event in _OPENING:
                around.append(top)
                self._check_depth(len(around))
                top, in_list = item, event == "start_array"
        return root

    def _check_depth(self, depth: int) -> None:
        if depth >= DEEPEST:
            raise Invalid("old_file_too_deep", path=str(self._file.path), deepest=DEEPEST)

    def _expect(self, found: str, expected: str) -> None:
        if found != expected:
            raise self._wrong_shape(_KIND[found])

    def _wrong_shape(self, found: str) -> Invalid:
        return Invalid(
            "old_file_wrong_shape",
            path=str(self._file.path),
            expected=self._form.shape,
            found=found,
        )


def _number(value: int | Decimal) -> Any:
    """A number that can be written as JSON again; one beyond 64 bits becomes text."""
    if isinstance(value, Decimal):
        number = float(value)
        return number if abs(number) <= sys.float_info.max else str(value)
    return value if -(2**63) <= value < 2**63 else str(value)
