"""Read a JSON document object by object, where one field's meaning depends on another's.

A `Reader` reads the fields of one object, each as a type with its own error code. For a value that
it rejects it returns a stand-in, so that reading can go on; the caller raises once at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from bakureserve.domain.reading import Search, is_storable, shape_of, worded

LONGEST_NAME = 120
LONGEST_TEXT = 4000

Coordinate = Annotated[float, Meta(ge=-1000, le=1000)]
"""Per cent of a floor plan's canvas; old plans may reach somewhat beyond it."""

# PostgreSQL refuses NUL in text, and UTF-8 has no surrogates: neither could be stored.
_STORABLE = r"[^\x00\ud800-\udfff]"
# A browser would run `javascript:`; a colon before the first slash is a scheme.
_LINK = r"\A(?:https?://|(?! )(?![^/?#]*:))[^\x00-\x1f\ud800-\udfff]*\Z"


def whole(least: int, most: int) -> Any:
    """A whole number of `least` to `most`; neither true nor 4.0 is one."""
    kind = Annotated[int, Meta(ge=least, le=most)]
    return worded(kind, "whole_number_expected", least=least, most=most)


def number(least: float, most: float) -> Any:
    """A finite number of `least` to `most`."""
    kind = Annotated[float, Meta(ge=least, le=most)]
    return worded(kind, "number_expected", least=least, most=most)


def matching(pattern: str, code: str, longest: int = LONGEST_TEXT, **params: Any) -> Any:
    """Text of at most `longest` characters in which the pattern is found."""
    kind = Annotated[str, Meta(pattern=pattern, max_length=longest)]
    return worded(kind, code, longest=longest, **params)


NAME = matching(
    rf"\A{_STORABLE}*[^\s\x00\ud800-\udfff]{_STORABLE}*\Z", "name_expected", LONGEST_NAME
)
TEXT = matching(rf"\A{_STORABLE}*\Z", "text_expected")
LINK = matching(_LINK, "link_expected")
SLUG = matching(r"\A[a-z0-9-]+\Z", "slug_expected", LONGEST_NAME)
# A stricter pattern would refuse addresses in use; a looser one would allow header injection.
MAILBOX = matching(
    r"\A(?:[^@\s\x00-\x1f\ud800-\udfff]+@[^@\s\x00-\x1f\ud800-\udfff]+)?\Z", "mailbox_expected", 254
)
WEB_ADDRESS = matching(r"\A(?:https?://[!-~]+)?\Z", "web_address_expected", 2000)


class Fields:
    """The fields of an object, each as a type of its own, and those that list values of a type."""

    def __init__(self, kinds: Mapping[str, Any], lists: Mapping[str, Any] = {}) -> None:
        self.kinds = kinds
        self.lists = lists
        # msgspec reads a struct in one go and remembers it; each type by itself costs 2 µs a value,
        # of which a restaurant has 350.
        self.at_once = msgspec.defstruct(
            "AtOnce",
            [
                *((name, kind | None, None) for name, kind in kinds.items()),
                *((name, _tuple_of(kind) | None, None) for name, kind in lists.items()),
            ],
        )
        self.numbers = shape_of(self.at_once).numbers


def _tuple_of(kind: Any) -> Any:
    return tuple.__class_getitem__((kind, ...))


class Reader:
    """One JSON object of a document; its problems go to `search`."""

    def __init__(self, document: Mapping[str, Any], search: Search, path: str = "") -> None:
        self.document = document
        self.search = search
        self.path = path

    def at(self, name: str) -> str:
        """The path of a field of this object."""
        return f"{self.path}.{name}" if self.path else name

    def report(self, name: str, code: str, /, **params: Any) -> None:
        """Note a problem with a field."""
        self.search.note(self.at(name), code, **params)

    def has(self, name: str) -> bool:
        """Whether the field is present and not null."""
        return self.document.get(name) is not None

    def read(self, name: str, kind: Any, default: Any = None) -> Any:
        """The field's value, or `default` where it is absent, null or wrong."""
        if not self.has(name):
            return default
        return self.search.converted(self.document[name], kind, self.at(name), default)

    def require(self, name: str, kind: Any) -> Any:
        """Like `read`, but reports an absent field."""
        if not self.has(name):
            self.report(name, "field_missing")
        return self.read(name, kind)

    def read_all(self, fields: Fields, **required: Any) -> dict[str, Any]:
        """The fields that are present and valid; a type's own defaults fill in the others.

        `required` names the fields that must be present, each with its stand-in.
        """
        for name in required:
            if not self.has(name):
                self.report(name, "field_missing")
        values = self._read_at_once(fields)
        if values is None:
            values = {name: self.read(name, kind) for name, kind in fields.kinds.items()}
            values |= {name: self.read_each(name, kind) for name, kind in fields.lists.items()}
        return required | {name: value for name, value in values.items() if value is not None}

    def _read_at_once(self, fields: Fields) -> dict[str, Any] | None:
        """All the fields, if nothing is wrong with any of them."""
        try:
            found = msgspec.convert(self.document, fields.at_once, strict=self.search.strict)
        except msgspec.ValidationError:
            return None
        if not all(is_storable(getattr(found, name)) for name in fields.numbers):
            return None
        return msgspec.structs.asdict(found)

    def read_each(self, name: str, kind: Any) -> tuple[Any, ...]:
        """The valid items of a list; each of the others is reported."""
        items = (
            self.search.converted(item, kind, self.at(f"{name}[{index}]"))
            for index, item in enumerate(self._list(name))
        )
        return tuple(item for item in items if item is not None)

    def object(self, name: str) -> Reader:
        """The object in a field; an absent, null or wrong one reads as empty."""
        value = self.document.get(name) if self.has(name) else {}
        return self._enter(name, value if self._is_object(name, value) else {})

    def objects(self, name: str) -> Iterator[Reader]:
        """The objects in a list, in order."""
        for index, item in enumerate(self._list(name)):
            place = f"{name}[{index}]"
            if self._is_object(place, item):
                yield self._enter(place, item)

    def open_object(self, name: str) -> dict[str, Any]:
        """An object with any content that can be stored."""
        return self._storable(name, dict(self.object(name).document))

    def open_objects(self, name: str) -> tuple[dict[str, Any], ...]:
        """A list of such objects."""
        return tuple(
            self._storable(f"{name}[{index}]", dict(item))
            for index, item in enumerate(self._list(name))
            if self._is_object(f"{name}[{index}]", item)
        )

    def unknown_fields(self, known: Iterable[str]) -> dict[str, Any]:
        """The fields outside `known`, unchanged."""
        return {
            name: value
            for name, value in self.document.items()
            if name not in known and self._storable(name, {name: value})
        }

    def refuse_unknown(self, known: Iterable[str]) -> None:
        """Report the fields outside `known` as mistakes."""
        for name in self.document:
            if name not in known:
                self.report(name, "field_unknown", name=name)

    def _list(self, name: str) -> list[Any]:
        if isinstance(value := self.document.get(name), list):
            return value
        found: list[Any] = self.read(name, list, [])
        return found

    def _enter(self, name: str, value: Any) -> Reader:
        return Reader(value, self.search, self.at(name))

    def _is_object(self, name: str, value: Any) -> bool:
        return (
            isinstance(value, dict) or self.search.converted(value, dict, self.at(name)) is not None
        )

    def _storable(self, name: str, value: dict[str, Any]) -> dict[str, Any]:
        try:
            msgspec.json.encode(value)
        except (TypeError, ValueError, RecursionError):
            self.report(name, "not_storable")
            return {}
        return value
