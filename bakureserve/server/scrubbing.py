"""Removes secrets and personal data from log lines and error reports: the last line of defence.

Our own log calls are careful already. This catches what slips into an exception's message or a
library's log: tokens, keys, URLs with passwords, phones, e-mail addresses, coordinates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from bakureserve.settings import TABLE, Settings

REMOVED = "[removed]"

_FIELDS = re.compile(
    r"(?i).*(authorization|body|cookie|coordinates|dsn|guid|latitude|location|longitude|notes"
    r"|password|phone|secret|token)(_hash)?|lat|lon|lng|api_?key"
)
"""Names of fields whose value is always removed."""
_DECIMAL = r"-?\d{1,3}\.\d{3,}"
_PATTERNS = tuple(
    (re.compile(pattern), replacement)
    for pattern, replacement in (
        (r"eyJ[\w-]+\.[\w-]+\.[\w-]*", REMOVED),  # a JWT
        (r"(?i)\b(bearer|basic)\s+[\w.~+/-]+=*", REMOVED),
        (r"(?i)\b(guid|password|secret|\w*token|api_?key)(['\"]?\s*[=:]\s*['\"]?)[^\s&'\",;}]+",
         rf"\1\2{REMOVED}"),
        (r"(?<=://)[^/\s@]+@", f"{REMOVED}@"),  # credentials in a URL
        (r"[\w.+-]+@[\w-]+\.[\w.-]+", REMOVED),
        (r"\+\d[\d ().-]{7,17}\d", REMOVED),  # a phone; next, as dialled in Azerbaijan
        (r"(?<![\w.-])(994|0)[ (-]{0,2}\d{2}[ )-]{0,2}\d{3}([ -]?\d{2}){2}(?![\w-])", REMOVED),
        (rf"{_DECIMAL}(\W{{1,4}}){_DECIMAL}", REMOVED),  # latitude and longitude, in either order
        (rf"(?i)\b(lat|lon|lng|latitude|longitude)\b(\W{{1,4}}){_DECIMAL}", rf"\1\2{REMOVED}"),
    )
)  # fmt: skip

_SUSPECT = re.compile(r"[=:@+.]|(?i:bearer|basic)|(?:\d[ ()-]{0,2}){9}")
"""Matches every text that one of the patterns matches: a quick first test for the many short texts
in a log. Scrubbing them in full took an eighth of the time of a location ping."""
_SHORT = 64
_FIELD_NAMES = 1024
"""Field names whose check is remembered; a log has the same few in every line."""


class Scrubber:
    """Removes what looks like a secret or personal data, and these very `secrets`."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({re.escape(secret) for secret in secrets if secret}, key=len, reverse=True)
        self._known = re.compile("|".join(known)) if known else None
        self._is_sensitive = lru_cache(_FIELD_NAMES)(_is_sensitive)

    def text(self, text: str) -> str:
        if self._known is not None:
            text = self._known.sub(REMOVED, text)
        if len(text) <= _SHORT and not _SUSPECT.search(text):
            return text
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def value(self, value: Any) -> Any:
        """The value with every text in it scrubbed, and the values of sensitive fields removed.

        Anything but text, numbers and collections becomes its scrubbed `str`.
        """
        if isinstance(value, str):
            return self.text(value)
        if value is None or isinstance(value, int | float):
            return value
        if isinstance(value, Mapping):
            return {name: self._field(name, each) for name, each in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [self.value(each) for each in value]
        return self.text(str(value))

    def _field(self, name: object, value: Any) -> Any:
        if isinstance(name, str) and self._is_sensitive(name) and value not in (None, "", {}, []):
            return REMOVED
        return self.value(value)


def _is_sensitive(name: str) -> bool:
    return _FIELDS.fullmatch(name) is not None


def scrubber_for(settings: Settings) -> Scrubber:
    """A scrubber that knows the secrets of these settings."""
    return Scrubber(str(getattr(settings, row.field)) for row in TABLE if row.secret)
