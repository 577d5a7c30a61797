"""Asking the real application for a table: what is sent, and what an error looks like."""

from __future__ import annotations

from typing import Any

from aiohttp import ClientResponse

from tests.kit.browser import Browser
from tests.kit.cast import bearing
from tests.kit.houses import SAHIL

Json = dict[str, Any]

TOMORROW_AT_SEVEN = "2027-03-02T19:00:00+04:00"


def a_wish(**fields: Any) -> Json:
    """Two covers tomorrow at seven; say what matters."""
    return {
        "restaurant_id": SAHIL.id,
        "party_size": 2,
        "start": TOMORROW_AT_SEVEN,
        "guest_name": "Aysel",
    } | fields


async def ask(
    browser: Browser,
    method: str,
    path: str = "",
    *,
    who: str | None = "guest",
    headers: dict[str, str] | None = None,
    **more: Any,
) -> ClientResponse:
    """One call under /v1/reservations by one of the cast, or without a token."""
    given = bearing(who) | (headers or {})
    return await browser.request(method, f"/v1/reservations{path}", headers=given, **more)


async def get(
    browser: Browser, path: str, *, who: str | None = None, language: str = "en", **query: Any
) -> Any:
    """What a GET under /v1 answers, which must succeed."""
    headers = bearing(who) | {"Accept-Language": language}
    answer = await browser.get(f"/v1{path}", params=query, headers=headers)
    assert answer.status == 200, await answer.text()
    return await answer.json()


async def book(browser: Browser, who: str = "guest", **fields: Any) -> Json:
    answer = await ask(browser, "POST", who=who, json=a_wish(**fields))
    booked: Json = await answer.json(content_type=None)
    assert answer.status == 201, booked
    return booked


async def problem(answer: ClientResponse, status: int, code: str | None = None) -> Json:
    """The answer's problem document, after a look at all that every one of them has."""
    document: Json = await answer.json(content_type=None)
    assert answer.status == status, document
    assert answer.content_type == "application/problem+json"
    assert document["status"] == status
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert document["type"].endswith(document["code"])
    assert code in {None, document["code"]}, document
    _require_words(document["title"], document["code"])
    _require_words(document["detail"], document["code"])
    assert ("errors" in document) == (status == 422)
    for error in document.get("errors", []):
        assert error.keys() == {"field", "message"}
        _require_words(error["message"], document["code"])
    return document


def _require_words(text: str, code: str) -> None:
    """A sentence for people: filled in, and no code."""
    assert text[0].isupper() or not text[0].isalpha(), text
    assert "{" not in text
    assert code not in text
