"""GoMap's protocol: fields with the key and a language, answered by JSON in various wrappings."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from html import unescape
from typing import Any, NoReturn, TypeVar

import msgspec

from bakureserve.eta.http import MapHttp
from bakureserve.eta.upstream import HttpAnswer, NoAnswer

_ANSWERS_IN = frozenset({"az", "en", "ru"})
"""The languages of GoMap, which need not be all of ours; for any other it is asked in English."""

_WRAPPED = re.compile(r"<string\b[^>]*>(.*)</string>", re.DOTALL)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_DECLARED = re.compile(rb"\s*<\?xml[^>]*\bencoding=[\"']([\w-]+)")
_BLANK = re.compile(r"[\s\ufeff]*")
_CHARSETS = frozenset(
    {"utf-16", "utf-16-le", "utf-16-be", "iso8859-1", "iso8859-5", "iso8859-9"}
    | {"cp1251", "cp1252", "cp1254", "koi8-r"}
)
_NO = ("false", "0", "no")

T = TypeVar("T")


def garbled(_text: str) -> NoReturn:
    """Refuse an answer that is not JSON."""
    raise NoAnswer("garbled")


class GomapService:
    """The service at `base_url`, asked with the key `guid`, by a form or (`as_json`) by JSON.

    The key goes into the body of a request and nowhere else: it is removed from answers, and no
    error quotes what was sent or received.
    """

    def __init__(self, http: MapHttp, base_url: str, guid: str, *, as_json: bool = False) -> None:
        self._http = http
        self._base_url = base_url
        self._guid = guid
        self._as_json = as_json
        self._echo = re.compile(re.escape(guid), re.IGNORECASE)

    async def ask(
        self,
        method: str,
        fields: Mapping[str, str],
        *,
        language: str = "en",
        read_text: Callable[[str], Any] = garbled,
    ) -> Any:
        """What the service says, as JSON values; `read_text` reads an answer that is not JSON.

        Raises NoAnswer.
        """
        language = language if language in _ANSWERS_IN else "en"
        fields = {"guid": self._guid, "lng": language, **fields}
        url = f"{self._base_url}/{method}"
        answer = await self._http.post(url, fields, as_json=self._as_json)
        if answer.status != 200:
            raise NoAnswer(f"status_{answer.status}")
        text = self._echo.sub("***", _written(answer))
        said = _decoded(_unwrapped(text), read_text)
        if isinstance(said, dict) and str(first_of(said, ("success",))).lower() in _NO:
            raise NoAnswer("refused")
        return said


def values_of(said: Mapping[str, Any], names: Iterable[str]) -> Iterator[Any]:
    """The values under the names, in any case of letters, that are not missing, null or blank."""
    for name in names:
        for key, value in said.items():
            if key.lower() == name.lower() and value not in (None, "", [], {}):
                yield value


def first_of(said: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first of `values_of`; None when there is none."""
    return next(values_of(said, names), None)


def first_read(
    said: Mapping[str, Any], names: Iterable[str], read: Callable[[Any], T | None]
) -> T | None:
    """The first of `values_of` that `read` understands; None when it understands none."""
    readings = (read(value) for value in values_of(said, names))
    return next((reading for reading in readings if reading is not None), None)


def _written(answer: HttpAnswer) -> str:
    """The text of an answer, in the charset that its header or its XML declaration names."""
    if answer.body.startswith(codecs.BOM_UTF8):
        return answer.body.decode("utf-8-sig", errors="replace")
    declared = _DECLARED.match(answer.body)
    named = answer.charset or (declared[1].decode("ascii") if declared else "")
    return answer.body.decode(_charset(named), errors="replace")


def _charset(named: str) -> str:
    """The named charset if GoMap may use it, else UTF-8."""
    try:
        known = codecs.lookup(named).name
    except LookupError:
        return "utf-8"
    return known if known in _CHARSETS else "utf-8"


def _unwrapped(text: str) -> str:
    """The JSON inside an XML wrapper, or the text itself."""
    wrapped = _WRAPPED.search(text) if text.lstrip().startswith("<") else None
    if wrapped is None:
        return text
    plain = _CDATA.fullmatch(wrapped[1])
    return plain[1] if plain else unescape(wrapped[1])


def _decoded(text: str, read_text: Callable[[str], Any]) -> Any:
    """JSON values; JSON may also be inside a JSON string, or under the `d` of ASP.NET."""
    for _ in range(3):
        try:
            said = _first_value(text)
        except (ValueError, RecursionError):
            break
        if _is_all_d(said):
            (said,) = said.values()
        if not isinstance(said, str):
            return said
        text = said
    return read_text(text)


def _first_value(text: str) -> Any:
    """The first JSON value in the text, which nothing follows but what ASP.NET appends.

    Raises ValueError for any other text.
    """
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        _, end = _value_at(text, 0)
        if not _is_appended(text, end):
            raise
        return msgspec.json.decode(text[:end])


def _is_appended(text: str, at: int) -> bool:
    """Whether only what ASP.NET appends to a method's own output follows: one or more of null, -1,
    and objects with one key `d`. Raises ValueError for what is not JSON."""
    while not _BLANK.fullmatch(text, at):
        value, at = _value_at(text, at)
        if value not in (None, -1) and not _is_all_d(value):
            return False
    return True


def _value_at(text: str, at: int) -> tuple[Any, int]:
    """The JSON value that begins there or after a blank, and where it ends. Raises ValueError."""
    blank = _BLANK.match(text, at)
    return json.JSONDecoder().raw_decode(text, blank.end() if blank else at)


def _is_all_d(value: Any) -> bool:
    """Whether it is ASP.NET's wrapper, an object of one `d`."""
    return isinstance(value, dict) and [key.lower() for key in value] == ["d"]
