"""Long lists, sent in parts as they are read: memory stays flat, and no other call waits."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from aiohttp import web

from bakureserve.server.call import Call
from bakureserve.server.pipeline import begin
from bakureserve.server.reply import JSON


def encoded_items(items: Iterable[object]) -> bytes:
    """The items as they stand between the brackets of a JSON array."""
    return msgspec.json.encode(list(items))[1:-1]


async def send_list(call: Call[Any, Any], pages: AsyncIterator[bytes]) -> web.StreamResponse:
    """Answer with one JSON array of all `pages`, each of `encoded_items`, as fast as it is read.

    An error after the beginning cuts the answer off, which its reader notices: the last chunk is
    missing.
    """
    response = web.StreamResponse(headers={"Content-Type": JSON})
    await begin(response, call.request, call.exchange)
    call.exchange.status = response.status
    if call.request.method == "HEAD":
        return response
    before = b"["
    async for page in pages:
        await response.write(before + page)
        before = b","
    await response.write(b"[]" if before == b"[" else b"]")
    await response.write_eof()
    return response
