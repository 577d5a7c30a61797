"""Receiving a request's JSON body: its size, pace, media type and syntax."""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec
from aiohttp import HttpVersion11, web
from aiohttp.http_exceptions import HttpProcessingError

from bakureserve.domain.errors import BadRequest

SLOWEST_SECONDS = 30.0
"""How long a body may take to arrive, so that no trickle holds a connection and memory."""

NO_BODY: Final = msgspec.UNSET


async def read_json(request: web.Request) -> Any:
    """The decoded body, or NO_BODY when it is empty, in which case its media type does not matter.

    Repeated keys of an object count as the last one. Raises BadRequest, or aiohttp's 408, 413
    and 415.
    """
    raw = await _read(request)
    if not raw:
        return NO_BODY
    _require_json(request)
    return _decode(raw)


async def ask_for_body(request: web.Request) -> None:
    """Tell a client that waits with its body to go on (RFC 9110, section 10.1.1).

    Whatever else a client expects is ignored, as a server may: aiohttp would refuse it in plain
    text and name its version.
    """
    if request.headers["Expect"].lower() == "100-continue" and request.version >= HttpVersion11:
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0  # of the answer itself nothing is sent yet


async def _read(request: web.Request) -> bytes:
    try:
        if request.content.is_eof():  # as nearly always: it came in one piece with the head
            return await request.read()
        if request.transport is None:  # hung up already, which aiohttp takes for a mistake of ours
            raise BadRequest("body_incomplete")
        async with asyncio.timeout(SLOWEST_SECONDS):
            return await request.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, HttpProcessingError, ConnectionError):
        raise BadRequest("body_incomplete") from None


def _require_json(request: web.Request) -> None:
    kind = request.content_type
    is_json = kind == "application/json" or (
        kind.startswith("application/") and kind.endswith("+json")
    )
    if not is_json or (request.charset or "utf-8").lower() not in {"utf-8", "utf8"}:
        raise web.HTTPUnsupportedMediaType


def _decode(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError):
        raise BadRequest("body_not_json") from None
    except RecursionError:
        raise BadRequest("body_too_deep") from None
