"""Long lists, sent in parts as they are read: memory stays flat, and no other call waits.

Clients of before pages send no `limit` and need every item. Each page is a read of its own, so that
the store's log waits for no slow reader.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from aiohttp import web

from bakureserve.server.call import Call
from bakureserve.server.pipeline import begin
from bakureserve.server.reply import AT_A_TIME, JSON, Reply

T = TypeVar("T")
P = TypeVar("P")

WholeList = Reply[list[T]] | web.StreamResponse
"""What a handler of such a list returns."""


async def pages_of(
    read: Callable[[P | None], Awaitable[Sequence[T]]], place: Callable[[T], P], after: P | None
) -> AsyncIterator[Sequence[T]]:
    """Every page beyond `after`: `read` finds AT_A_TIME items beyond a place, fewer at the end."""
    while True:
        page = await read(after)
        yield page
        if len(page) < AT_A_TIME:
            return
        after = place(page[-1])


async def whole_list(call: Call[Any, Any], pages: AsyncIterator[Iterable[T]]) -> WholeList[T]:
    """One JSON array of all items, for their reader alone.

    A list of one page is an answer like any other, and so is the failure of the first two reads.
    """
    encoded = (encoded_items(page) async for page in pages)
    first, second = await anext(encoded), await anext(encoded, None)
    if not second:
        return Reply(b"[" + first + b"]")

    async def all_pages() -> AsyncIterator[bytes]:
        yield first + b"," + second
        async for page in encoded:
            yield page

    return await send_list(call, all_pages(), headers={"Cache-Control": "no-store"})


def encoded_items(items: Iterable[object]) -> bytes:
    """The items as they stand between the brackets of a JSON array."""
    return msgspec.json.encode(list(items))[1:-1]


async def send_list(
    call: Call[Any, Any],
    pages: AsyncIterator[bytes],
    headers: Mapping[str, str] = MappingProxyType({}),
) -> web.StreamResponse:
    """Answer with one JSON array of all `pages`, each of `encoded_items`, as fast as it is read.

    An error after the beginning cuts the answer off, which its reader notices: the last chunk is
    missing.
    """
    response = web.StreamResponse(headers={"Content-Type": JSON, **headers})
    await begin(response, call.request, call.exchange)
    if call.request.method == "HEAD":
        return response
    before = b"["
    async for page in pages:
        if page:
            await response.write(before + page)
            before = b","
    await response.write(b"[]" if before == b"[" else b"]")
    await response.write_eof()
    return response
