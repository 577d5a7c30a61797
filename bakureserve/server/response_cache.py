"""Answers kept as the bytes they were sent as, under names that change with what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar, cast

import msgspec

from bakureserve.caching.lru_cache import LruCache
from bakureserve.server.etags import etag_of
from bakureserve.server.reply import Reply

T = TypeVar("T")

_LARGEST = 16 * 1024 * 1024
"""Bytes kept at most; the least recently used go first."""
_MOST = 16 * 1024
_NAME_BYTES = 624
"""What an answer's name takes, with the client's words in it.

Counted, because otherwise the empty answers to ever other questions would fill the memory.
"""


class ResponseCache:
    """Encoded answers by name. A name must say everything that the answer depends on."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self.cache: LruCache[tuple[object, ...], Reply[Any]] = LruCache(
            "renderings", entries=_MOST, largest_bytes=largest, weigh=_weight
        )

    def reply(self, name: tuple[object, ...], make: Callable[[], T]) -> Reply[T]:
        """The reply called `name`, made and encoded when it is not kept. Carries its ETag."""
        kept = self.cache.get(name)
        if kept is not None:
            return kept
        body = msgspec.json.encode(make())
        reply: Reply[T] = Reply(body, etag=etag_of(body))
        self.cache.put(name, reply)
        return reply


def _weight(reply: Reply[Any]) -> int:
    return len(cast(bytes, reply.body)) + _NAME_BYTES
