"""From JSON text to rows, one at a time, so that a file of any length needs no memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.store.legacy.cursor import Cursor, Value
from bakureserve.store.legacy.files import RESERVATIONS, RESTAURANTS, USERS, FileName, OldFile

_OPENINGS = {"[": "an array", "{": "an object"}
_KINDS = {**_OPENINGS, '"': "text", "t": "true or false", "f": "true or false", "n": "null"}
_CLOSING = {"[": "]", "{": "}"}


class Form(msgspec.Struct, frozen=True):
    """How a file holds its rows: in an array or an object, at the top or under `key`."""

    key: str | None
    opening: str
    shape: str


FORMS: dict[FileName, Form] = {
    RESTAURANTS: Form(None, "[", "[…]"),
    RESERVATIONS: Form("reservations", "[", '{"reservations": […]}'),
    USERS: Form("users", "{", '{"users": {…}}'),
}


class OldRow(msgspec.Struct, frozen=True):
    """One row as the file has it. `key` is its name in an object, `position` counts from 0."""

    position: int
    read: Value
    key: str | None = None

    @property
    def value(self) -> Any:
        return self.read.value


class Rows:
    """The rows of an open file, in order. `unread` names what else stands at its top.

    Iterating raises Invalid: old_file_empty, old_file_not_json, old_file_truncated,
    old_file_not_utf8, old_file_wrong_shape, old_file_too_deep.
    """

    def __init__(self, file: OldFile, form: Form) -> None:
        self.unread: list[str] = []
        self._path = file.path
        self._form = form
        self._cursor = Cursor(file)

    def __iter__(self) -> Iterator[OldRow]:
        for position, (key, read) in enumerate(self._top()):
            yield OldRow(position, read, key)

    def _top(self) -> Iterator[tuple[str | None, Value]]:
        if not self._cursor.peek():
            raise Invalid("old_file_empty", path=str(self._path))
        if self._form.key is None:
            yield from self._members(self._form.opening)
        else:
            yield from self._under(self._form.key)
        self._cursor.expect_end()

    def _under(self, wanted: str) -> Iterator[tuple[str | None, Value]]:
        self._expect("{")
        found = False
        for _ in self._places(_CLOSING["{"]):
            key = self._cursor.key()
            if key != wanted:
                self._cursor.value()
                self.unread.append(key)
            elif found:
                raise self._wrong_shape("its key twice")
            else:
                found = True
                yield from self._members(self._form.opening)
        if not found:
            raise self._wrong_shape("an object without it")

    def _members(self, opening: str) -> Iterator[tuple[str | None, Value]]:
        """What is in the array or object that begins here."""
        self._expect(opening)
        if opening == "{":
            for _ in self._places(_CLOSING[opening]):
                yield self._cursor.member()
            return
        for _ in self._places(_CLOSING[opening]):
            yield None, self._cursor.value()

    def _places(self, closing: str) -> Iterator[None]:
        """The cursor at each member of what has been opened, until that is closed."""
        if self._cursor.peek() == closing:
            self._cursor.step(closing)
            return
        yield
        while self._cursor.step("," + closing) == ",":
            yield

    def _expect(self, opening: str) -> None:
        found = self._cursor.peek()
        if found != opening and (found in _KINDS or found in "-0123456789"):
            raise self._wrong_shape(_KINDS.get(found, "a number"))
        self._cursor.step(opening)

    def _wrong_shape(self, found: str) -> Invalid:
        return Invalid(
            "old_file_wrong_shape", path=str(self._path), expected=self._form.shape, found=found
        )
