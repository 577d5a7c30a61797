"""GoMap's protocol: a form with the key and a language, answered by JSON in one of many dresses."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import unescape
from typing import Any

import msgspec

from bakureserve.eta.http import MapHttp
from bakureserve.eta.upstream import NoAnswer

LANGUAGES = frozenset({"az", "en", "ru"})

_WRAPPED = re.compile(r"<string\b[^>]*>(.*)</string>", re.DOTALL)
_CDATA = re.compile(r"\s*<!\[CDATA\[(.*)\]\]>\s*", re.DOTALL)
_NO = ("false", "0", "no")


class GomapService:
    """The service at `base_url`, asked with the key `guid`.

    The key goes into the form of a request and nowhere else: what comes back is cleaned of it, and
    no error holds what was sent or said.
    """

    def __init__(self, http: MapHttp, base_url: str, guid: str) -> None:
        self._http = http
        self._base_url = base_url
        self._guid = guid
        self._echo = re.compile(re.escape(guid), re.IGNORECASE)

    async def ask(self, method: str, fields: Mapping[str, str], *, language: str = "en") -> Any:
        """What the service says, as JSON values. Raises NoAnswer."""
        language = language if language in LANGUAGES else "en"
        form = {"guid": self._guid, "lng": language, **fields}
        answer = await self._http.post(f"{self._base_url}/{method}", form)
        if answer.status != 200:
            raise NoAnswer(f"status_{answer.status}")
        text = self._echo.sub("***", answer.body.decode("utf-8-sig", errors="replace"))
        said = _decoded(_unwrapped(text))
        if isinstance(said, dict) and str(said.get("success", True)).lower() in _NO:
            raise NoAnswer("refused")
        return said


def first_of(said: Mapping[str, Any], names: Iterable[str]) -> Any:
    """The first value under one of the names that is not missing, null or blank."""
    values = (said.get(name) for name in names)
    return next((value for value in values if value not in (None, "", [], {})), None)


def _unwrapped(text: str) -> str:
    """JSON out of its XML wrapper, if it is in one."""
    wrapped = _WRAPPED.search(text) if text.lstrip().startswith("<") else None
    if wrapped is None:
        return text
    plain = _CDATA.fullmatch(wrapped[1])
    return plain[1] if plain else unescape(wrapped[1])


def _decoded(text: str) -> Any:
    """JSON values; JSON may also be inside a JSON string, or under the `d` of ASP.NET."""
    for _ in range(3):
        try:
            said = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError):
            raise NoAnswer("garbled") from None
        if isinstance(said, dict) and said.keys() == {"d"}:
            said = said["d"]
        if not isinstance(said, str):
            return said
        text = said
    raise NoAnswer("garbled")
