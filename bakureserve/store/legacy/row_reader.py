"""Taking the fields out of one old object, and losing none of what cannot be used.

Whatever is changed or left out on the way is kept in `extra` as the file had it, under its own key,
beside the keys that we do not know; and a reason says so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Set
from typing import Any
from zoneinfo import ZoneInfo

from bakureserve.domain.errors import Invalid
from bakureserve.domain.localtime import to_utc
from bakureserve.domain.reading import read_loosely
from bakureserve.domain.text import canonical_id, squeeze
from bakureserve.store.legacy.json_rows import Value
from bakureserve.store.legacy.report import Reason

UTC = ZoneInfo("UTC")
LONGEST_ID = 120


class Rejected(Exception):
    """The row cannot be taken."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.reason = Reason(code, params)


def faults_of(read: Value) -> list[Reason]:
    """What the text of a row has that no value of ours can hold."""
    broken = [Reason("old_text_broken", {"field": field}) for field in read.broken]
    return broken + [Reason("old_key_repeated", {"field": field}) for field in read.repeated]


def beside(read: Value) -> dict[str, Any]:
    """What of the row's text is not in its value, to be kept with it."""
    kept = {"broken_text": read.broken, "repeated_keys": read.repeated}
    return {name: value for name, value in kept.items() if value}


class RowReader:
    """One old object, the reasons found so far, and what is kept aside. `path` leads reasons."""

    def __init__(self, fields: Mapping[str, Any], known: Set[str], path: str = "") -> None:
        self.fields = fields
        self.reasons: list[Reason] = []
        self.extra: dict[str, Any] = {}
        if not fields.keys() <= known:
            self.extra = {name: value for name, value in fields.items() if name not in known}
        self._path = path

    @classmethod
    def of(cls, read: Value, known: Set[str]) -> RowReader:
        """A row's own object, with what its text had beside it. Raises Rejected."""
        if not isinstance(read.value, dict):
            raise Rejected("old_row_not_object")
        row = cls(read.value, known)
        row.reasons += faults_of(read)
        row.extra |= beside(read)
        return row

    def note(self, code: str, **params: Any) -> None:
        """Say how the row differs from what the file has."""
        self.reasons.append(Reason(code, params))

    def set_aside(self, name: str, code: str, **params: Any) -> None:
        """Keep the field as the file has it, and say why it is not used so."""
        if name in self.fields:
            self.extra[name] = self.fields[name]
        self.note(code, field=self._path + name, **params)

    def take(self, name: str, kind: Any, default: Any = None) -> Any:
        """The field as `kind`: as it stands, or read from text; else set aside for `default`."""
        value = self.fields.get(name)
        if value is None:
            return default
        try:
            found, turned = read_loosely(value, kind)
        except Invalid:
            self.set_aside(name, "old_value_unusable")
            return default
        if turned:
            self.set_aside(name, "old_value_converted")
        return found

    def take_text(self, name: str, longest: int, default: str = "") -> str:
        """Text on one line, cut to `longest` characters."""
        text = self._as_text(name)
        if text is None:
            return default
        squeezed = squeeze(text)
        if len(squeezed) > longest:
            self.set_aside(name, "old_text_cut", longest=longest)
            return squeezed[:longest].rstrip()
        if squeezed != text:
            self.set_aside(name, "old_text_squeezed")
        return squeezed

    def take_id(self, name: str) -> str | None:
        """An id as it stands, a number as text; None when there is none that can be used."""
        text = self._as_text(name)
        if not text:
            return None
        if len(text) > LONGEST_ID or not text.strip():
            self.set_aside(name, "old_value_unusable")
            return None
        return text

    def take_uuid(self, name: str) -> str | None:
        """An id as `take_id` finds it, and a UUID in small letters, as ids are kept."""
        found = self.take_id(name)
        if found is None or canonical_id(found) == found:
            return found
        self.set_aside(name, "old_value_converted")
        return canonical_id(found)

    def take_moment(self, name: str) -> dt.datetime | None:
        """A moment in UTC; one without an offset is UTC already."""
        moment = self.take(name, dt.datetime)
        if moment is None:
            return None
        try:
            return to_utc(moment, UTC)
        except Invalid:
            self.set_aside(name, "old_value_unusable")
            return None

    def _as_text(self, name: str) -> str | None:
        value = self.fields.get(name)
        if value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float) and not isinstance(value, bool):
            self.set_aside(name, "old_value_converted")
            return str(value)
        self.set_aside(name, "old_value_unusable")
        return None
