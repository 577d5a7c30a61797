"""What a handler answers, and how it becomes bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Generic, TypeVar

import msgspec
from aiohttp import web

from bakureserve.server.etags import is_fresh

T = TypeVar("T")

JSON = "application/json"
AT_A_TIME = 250
"""Items of a list that are made and encoded in one turn of the event loop: a few milliseconds."""


class Reply(msgspec.Struct, Generic[T], frozen=True):
    """An answer with more than a body, whose JSON is a T.

    `body` is encoded unless it is bytes already; None has no body.

    An `etag` (quoted) lets a reader who has it be answered 304. `status` None is the endpoint's.
    """

    body: T | bytes | None = None
    status: int | None = None
    headers: Mapping[str, str] = {}
    etag: str | None = None
    content_type: str = JSON


def respond(
    answer: object, request: web.Request, status: int, *, personal: bool = False
) -> web.StreamResponse:
    """The response for what a handler returned: a Reply, a struct, bytes of JSON, or None (204).

    A `personal` one is kept by no cache, whatever the handler forgot to say.
    """
    if not isinstance(answer, Reply):
        if isinstance(answer, web.StreamResponse):
            return answer
        answer = Reply(answer)
    reply = answer
    headers = dict(reply.headers)
    if personal:
        headers.setdefault("Cache-Control", "no-store")
    if reply.etag is not None:
        headers["ETag"] = reply.etag
        if is_fresh(request.headers.get("If-None-Match"), reply.etag):
            return web.Response(status=304, headers=headers)
    if reply.body is None:
        return web.Response(status=reply.status or 204, headers=headers)
    headers["Content-Type"] = reply.content_type
    body = reply.body if isinstance(reply.body, bytes) else msgspec.json.encode(reply.body)
    return web.Response(body=body, status=reply.status or status, headers=headers)


async def encoded_list(items: Iterable[object]) -> bytes:
    """The items as a JSON array, made part by part, so that a long one holds nobody else up."""
    left = iter(items)
    parts: list[bytes] = []
    while part := list(islice(left, AT_A_TIME)):
        if parts:
            await asyncio.sleep(0)
        parts.append(msgspec.json.encode(part)[1:-1])
    return b"[" + b",".join(parts) + b"]"
