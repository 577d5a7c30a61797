"""Rows out of a JSON file of any length, read piece by piece.

The standard library's scanner reads a value whole and tells where it stops; when the text at hand
ends first, more is read and the value is read again. What JSON allows and the store cannot keep is
taken out here and told, so that it is the fault of one row and not of the file: a number beyond
64 bits becomes text, half a surrogate pair a replacement character, and of a key that an object
repeats the last value counts, as it did in the old server.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json import JSONDecodeError
from typing import Any

import msgspec

from bakureserve.domain.errors import Invalid
from bakureserve.store.legacy.files import RESERVATIONS, RESTAURANTS, USERS, FileName, OldFile

DEEPEST = 32
"""Objects and arrays inside each other. The old server wrote seven."""

REPLACEMENT = "\ufffd"

_PIECE = 1 << 18
_SPACE = re.compile(r"[ \t\n\r]*")
_HALF_PAIR = re.compile("[\ud800-\udfff]")
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_CONSTANT = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)', re.DOTALL)
_BEGUN = re.compile(r"|-|t|tr|tru|f|fa|fal|fals|n|nu|nul|\.|[eE][+-]?")
_BEGUN_ESCAPE = re.compile("u[0-9a-fA-F]{0,4}")
"""What a text can end with, beyond what the scanner takes, and yet go on as JSON."""
_LONGEST_BEGUN = 9
_SAFE_DIGITS = 18
"""A whole number of so many digits is within 64 bits."""


_OPENINGS = {"[": "an array", "{": "an object"}
_KINDS = {**_OPENINGS, '"': "text", "t": "true or false", "f": "true or false", "n": "null"}
_CLOSING = {"[": "]", "{": "}"}


class Value(msgspec.Struct, frozen=True):
    """A value, and what of its text is not in it: by place, as it was written.

    `broken` are texts with half a surrogate pair, `repeated` the earlier values of repeated keys.
    """

    value: Any
    broken: dict[str, str] = {}
    repeated: dict[str, list[Any]] = {}


class Cursor:
    """Every method raises Invalid: old_file_not_json, old_file_truncated, old_file_not_utf8."""

    def __init__(self, file: OldFile) -> None:
        self._file = file
        self._text = ""
        self._at = 0
        self._dropped = 0  # bytes of text before `_text`
        self._repeated: dict[str, list[Any]] = {}
        self._scan = json.JSONDecoder(
            object_pairs_hook=self._object,
            parse_int=_whole_number,
            parse_float=_number,
            parse_constant=_refuse,
        ).raw_decode

    def peek(self) -> str:
        """The next character that is no white space; "" at the end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def step(self, expected: str) -> str:
        """Go past the next character, which is one of `expected`."""
        found = self.peek()
        if not found or found not in expected:
            raise self._fault(self._at)
        self._at += 1
        return found

    def key(self) -> str:
        """Go past a key and its colon."""
        if self.peek() != '"':
            raise self._fault(self._at)
        key, _ = self._read()
        self.step(":")
        return str(key)

    def value(self) -> Value:
        """Go past a value. Raises Invalid (old_file_too_deep) as well."""
        if not self.peek():
            raise self._fault(self._at)
        value, text = self._read()
        if text.count("[") + text.count("{") > DEEPEST and _is_deep(value):
            raise self._too_deep()
        if not _ESCAPED_SURROGATE.search(text):
            return Value(value, {}, self._repeated)
        broken: dict[str, str] = {}
        return Value(_mended(value, "", broken), broken, _mended(self._repeated, "", {}))

    def member(self) -> tuple[str, Value]:
        """Go past a key and its value."""
        key, read = self.key(), self.value()
        name = _named(key)
        if name != key:
            read.broken["id"] = json.dumps(key)
        return name, read

    def expect_end(self) -> None:
        """Only white space is left."""
        if self.peek():
            raise self._fault(self._at)

    def _read(self) -> tuple[Any, str]:
        """The value that begins here, and its text."""
        while True:
            self._repeated = {}
            try:
                value, end = self._scan(self._text, self._at)
            except JSONDecodeError as error:
                if not (self._may_go_on(error) and self._read_on()):
                    raise self._stopped(error) from None
            except _ConstantError:
                raise self._fault(_place_of_constant(self._text, self._at)) from None
            except RecursionError:
                raise self._too_deep() from None
            else:
                # A number that ends with the text may go on in the next piece.
                if end + _LONGEST_BEGUN <= len(self._text) or not self._read_on():
                    text, self._at = self._text[self._at : end], end
                    return value, text

    def _read_on(self) -> bool:
        """Read more text, at least as much as is waiting; False at the end of the file."""
        more = self._file.read(max(_PIECE, len(self._text) - self._at))
        if more:
            self._dropped += len(self._text[: self._at].encode("utf-8"))
            self._text = self._text[self._at :] + more
            self._at = 0
        return bool(more)

    def _may_go_on(self, error: JSONDecodeError) -> bool:
        if error.msg.startswith("Unterminated string"):
            return True
        rest = self._text[error.pos : error.pos + _LONGEST_BEGUN]
        at_the_end = error.pos + len(rest) == len(self._text)
        begun = _BEGUN_ESCAPE if error.msg.startswith("Invalid \\u") else _BEGUN
        return at_the_end and begun.fullmatch(rest) is not None

    def _stopped(self, error: JSONDecodeError) -> Invalid:
        return self._fault(len(self._text) if self._may_go_on(error) else error.pos)

    def _fault(self, at: int) -> Invalid:
        """The text cannot go on as it does at `at`, or it ends there."""
        if at >= len(self._text):
            return self._file.fault("old_file_truncated", self._file.consumed)
        before = len(self._text[:at].encode("utf-8"))
        return self._file.fault("old_file_not_json", self._file.mark + self._dropped + before)

    def _too_deep(self) -> Invalid:
        return Invalid("old_file_too_deep", path=str(self._file.path), deepest=DEEPEST)

    def _object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            self._note_repeated(pairs)
        return made

    def _note_repeated(self, pairs: list[tuple[str, Any]]) -> None:
        earlier: dict[str, Any] = {}
        for key, value in pairs:
            if key in earlier:
                self._repeated.setdefault(key, []).append(earlier[key])
            earlier[key] = value


class _ConstantError(Exception):
    """NaN or an infinity, which JSON does not have."""


def _refuse(_constant: str) -> None:
    raise _ConstantError


def _place_of_constant(text: str, start: int) -> int:
    places = (match.start(1) for match in _CONSTANT.finditer(text, start) if match[1])
    return next(places, start)


def _whole_number(text: str) -> int | str:
    """The number, or its text if it exceeds 64 bits; a million digits are never converted."""
    if len(text) <= _SAFE_DIGITS:
        return int(text)
    if len(text) > _SAFE_DIGITS + 2:
        return text
    number = int(text)
    return number if -(2**63) <= number < 2**63 else text


def _number(text: str) -> float | str:
    number = float(text)
    return text if number in {float("inf"), float("-inf")} else number


def _is_deep(value: Any, left: int = DEEPEST) -> bool:
    inner = value.values() if isinstance(value, dict) else value
    return left == 0 or any(
        _is_deep(each, left - 1) for each in inner if isinstance(each, dict | list)
    )


def _mended(value: Any, path: str, broken: dict[str, str]) -> Any:
    """The value without halves of surrogate pairs; those texts go to `broken` by their place."""
    if isinstance(value, str):
        mended = _HALF_PAIR.sub(REPLACEMENT, value)
        if mended != value:
            broken[path] = json.dumps(value)
        return mended
    if isinstance(value, list):
        return [_mended(item, f"{path}[{at}]", broken) for at, item in enumerate(value)]
    if isinstance(value, dict):
        return dict(_member(key, item, path, broken) for key, item in value.items())
    return value


def _member(key: str, item: Any, path: str, broken: dict[str, str]) -> tuple[str, Any]:
    name = _named(key)
    place = f"{path}.{name}" if path else name
    if name != key:
        broken[place] = json.dumps(key)
    return name, _mended(item, place, broken)


def _named(key: str) -> str:
    """The key, spelt out where it has half a surrogate pair: no two become one."""
    return json.dumps(key)[1:-1] if _HALF_PAIR.search(key) else key


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
