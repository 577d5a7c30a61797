"""Answers kept as the bytes they were sent as, under names that change with what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from cachetools import LRUCache

from bakureserve.server.etags import etag_of
from bakureserve.server.reply import Reply

_LARGEST = 16 * 1024 * 1024
"""Bytes kept at most; the least recently used go first."""
_OVERHEAD = 1024
"""Bytes an answer takes besides its body: its name, with the client's words in it, and its place.

Counted, because otherwise the empty answers to ever other questions would fill the memory.
"""


class Renderings:
    """Encoded answers by name. A name must say everything that the answer depends on."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._kept: LRUCache[tuple[object, ...], Reply] = LRUCache(largest, getsizeof=_size)

    def reply(self, name: tuple[object, ...], make: Callable[[], Any]) -> Reply:
        """The reply called `name`, made and encoded when it is not kept. Carries its ETag."""
        kept = self._kept.get(name)
        if kept is not None:
            return kept
        body = msgspec.json.encode(make())
        reply = Reply(body, etag=etag_of(body))
        if _size(reply) <= self._kept.maxsize:
            self._kept[name] = reply
        return reply


def _size(reply: Reply) -> int:
    return len(reply.body) + _OVERHEAD
