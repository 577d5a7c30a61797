"""What a handler returns, its ETag, and the cache of encoded answers."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from itertools import islice
from typing import Any, Generic, TypeVar, cast

import msgspec

from bakureserve.caching.cache import LruCache

T = TypeVar("T")

JSON = "application/json"
_MARK = re.compile(r'(?:--?|;)(?:gzip|br|zstd|deflate)"$')
"""How proxies that compress an answer mark its tag: `-gzip` by Apache, `--gzip` by Jetty."""


def etag_of(body: bytes) -> str:
    """A strong tag of exactly these bytes, quotes included."""
    return f'"{blake2b(body, digest_size=12).hexdigest()}"'


def is_fresh(if_none_match: str | None, etag: str) -> bool:
    """Whether the reader has the copy tagged `etag`, so that 304 is the answer.

    A tag that a compressing proxy has marked counts as the same.
    """
    if if_none_match is None or if_none_match == etag:
        return if_none_match is not None
    tags = {_MARK.sub('"', tag.strip().removeprefix("W/")) for tag in if_none_match.split(",")}
    return "*" in tags or etag.removeprefix("W/") in tags


AT_A_TIME = 250
"""Items made and encoded in one turn of the event loop, which takes a few milliseconds."""


class Reply(msgspec.Struct, Generic[T], frozen=True):
    """An answer with more than a body, whose JSON is a T.

    `body` is encoded unless it is bytes already; None has no body. An `etag`
    (quoted) lets a reader who has it be answered 304. `status` None is the endpoint's.
    """

    body: T | bytes | None = None
    status: int | None = None
    headers: Mapping[str, str] = {}
    etag: str | None = None
    content_type: str = JSON


async def encoded_list(items: Iterable[object]) -> bytes:
    """The items as a JSON array, made in parts, so that a long list holds up no other call."""
    left = iter(items)
    parts: list[bytes] = []
    while part := list(islice(left, AT_A_TIME)):
        if parts:
            await asyncio.sleep(0)
        parts.append(msgspec.json.encode(part)[1:-1])
    return b"[" + b",".join(parts) + b"]"


_LARGEST = 16 * 1024 * 1024
"""Bytes kept at most; the least recently used answers go first."""
_MOST = 16 * 1024
_NAME_BYTES = 624
"""Bytes for an answer's name, which holds the client's words.

Counted, because otherwise empty answers to ever new questions would fill the memory.
"""


_CACHE_NAME = "renderings"
"""What metrics and the admin API call the cache: dashboards and scripts know it by this word."""


class ResponseCache:
    """Encoded answers by name. A name must include everything that the answer depends on."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self.cache: LruCache[tuple[object, ...], Reply[Any]] = LruCache(
            _CACHE_NAME, entries=_MOST, largest_bytes=largest, weigh=_weight
        )

    def reply(self, name: tuple[object, ...], make: Callable[[], T]) -> Reply[T]:
        """The reply called `name`, made and encoded unless it is kept. Carries its ETag."""
        return self.kept(name) or self.keep(name, msgspec.json.encode(make()))

    def kept(self, name: tuple[object, ...]) -> Reply[Any] | None:
        """The reply called `name`, if it is kept."""
        return self.cache.get(name)

    def keep(self, name: tuple[object, ...], body: bytes) -> Reply[Any]:
        """A reply of this JSON, kept as `name`. Carries its ETag."""
        reply: Reply[Any] = Reply(body, etag=etag_of(body))
        self.cache.put(name, reply)
        return reply


def _weight(reply: Reply[Any]) -> int:
    return len(cast(bytes, reply.body)) + _NAME_BYTES
