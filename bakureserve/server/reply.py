"""What a handler returns, its ETag, and the cache of encoded answers."""

from __future__ import annotations

import asyncio
import gzip
import re
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
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

    A tag that a compressing proxy has marked, or this server, counts as the same.
    """
    if if_none_match is None or if_none_match == etag:
        return if_none_match is not None
    tags = {_unmarked(tag.strip()) for tag in if_none_match.split(",")}
    return "*" in tags or _unmarked(etag) in tags


def _unmarked(tag: str) -> str:
    return _MARK.sub('"', tag.removeprefix("W/"))


@lru_cache(256)
def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a reader who sent this header takes an answer that is compressed with gzip."""
    wanted = {}
    for each in accept_encoding.lower().split(","):
        coding, _, weight = each.replace(" ", "").partition(";")
        wanted[coding] = re.fullmatch(r"q=0(\.0*)?", weight) is None
    return wanted.get("gzip", wanted.get("*", False))


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
    """Encoded answers by name. A name must include everything that the answer depends on.

    `packed` ones are in gzip, compressed once, where that is worth it. This is only for what is the
    same for everyone: where a secret stands beside what a stranger chose, the length of both
    together tells the secret letter by letter (the BREACH attack).
    """

    def __init__(self, largest: int = _LARGEST) -> None:
        self.cache: LruCache[tuple[object, ...], Reply[Any]] = LruCache(
            _CACHE_NAME, entries=_MOST, largest_bytes=largest, weigh=_weight
        )

    def reply(
        self, name: tuple[object, ...], make: Callable[[], T], *, packed: bool = False
    ) -> Reply[T]:
        """The reply called `name`, made and encoded unless it is kept. Carries its ETag."""
        kept = self.kept(name, packed=packed)
        return kept or self.keep(name, msgspec.json.encode(make()), packed=packed)

    def kept(self, name: tuple[object, ...], *, packed: bool = False) -> Reply[Any] | None:
        """The reply called `name`, if it is kept."""
        return self.cache.get((packed, *name))

    def keep(self, name: tuple[object, ...], body: bytes, *, packed: bool = False) -> Reply[Any]:
        """A reply of this JSON, kept as `name`. Carries its ETag."""
        reply: Reply[Any] = Reply(body, etag=etag_of(body))
        if is_worth_compressing(body):
            reply = _compressed(body) if packed else Reply(body, etag=reply.etag, headers=VARIES)
        self.cache.put((packed, *name), reply)
        return reply


VARIES = {"Vary": "Accept-Encoding"}
_LEVEL = 1
"""As nginx has it: a third of a millisecond for the list of 60 restaurants, which takes a quarter
of its bytes then."""


def is_worth_compressing(body: bytes) -> bool:
    """Not what fits into a packet, and not what would hold up the event loop for milliseconds."""
    return 1024 <= len(body) <= 256 * 1024


def _compressed(body: bytes) -> Reply[Any]:
    return Reply(
        gzip.compress(body, _LEVEL, mtime=0),
        etag=f'{etag_of(body)[:-1]}-gzip"',
        headers=VARIES | {"Content-Encoding": "gzip"},
    )


def _weight(reply: Reply[Any]) -> int:
    return len(cast(bytes, reply.body)) + _NAME_BYTES
