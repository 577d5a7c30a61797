"""Pages of a list: their size, an opaque cursor, and the Link header that leads to the next one."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from aiohttp import web
from msgspec import Meta

from bakureserve.domain.errors import Invalid

PageSize = Annotated[int, Meta(ge=1, le=1000)]
Cursor = Annotated[str, Meta(max_length=200)]

P = TypeVar("P", bound=msgspec.Struct)
T = TypeVar("T")


def page_of(
    request: web.Request,
    found: Sequence[T],
    limit: int | None,
    place: Callable[[T], msgspec.Struct],
) -> tuple[Sequence[T], dict[str, str]]:
    """The page, and the headers that lead to the next, if there is one.

    `found` holds one item more than `limit` where there is a next page; see `one_more`. `place` is
    what the next page's cursor is made of, from the last item of this one.
    """
    page = found[:limit]
    if len(page) == len(found):
        return page, {}
    return page, {"Link": link_to_next(request, place(page[-1]))}


def one_more(limit: int | None) -> int | None:
    """How many items to look for: one more than asked for tells whether there is a next page."""
    return None if limit is None else limit + 1


def cursor_of(place: msgspec.Struct) -> str:
    """A place in a list as text for a URL."""
    return urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def place_from(cursor: str, kind: type[P]) -> P | None:
    """The place a cursor stands for; None for an empty one. Raises Invalid."""
    if not cursor:
        return None
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        return msgspec.json.decode(raw, type=kind)
    except (binascii.Error, ValueError):
        raise Invalid("cursor_malformed", field="cursor") from None


def link_to_next(request: web.Request, place: msgspec.Struct) -> str:
    """The Link header's value (RFC 8288): this request's own address, at another place."""
    following = request.rel_url.update_query(cursor=cursor_of(place))
    return f'<{following}>; rel="next"'
