"""Answers kept as the bytes they were sent as, under names that change with what they say."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from cachetools import LRUCache

from bakureserve.server.etags import etag_of
from bakureserve.server.reply import Reply

_LARGEST = 16 * 1024 * 1024
"""Bytes of bodies kept at most; the least recently used go first."""


class Renderings:
    """Encoded answers by name. A name must say everything that the answer depends on."""

    def __init__(self, largest: int = _LARGEST) -> None:
        self._kept: LRUCache[tuple[object, ...], Reply] = LRUCache(
            largest, getsizeof=lambda reply: len(reply.body)
        )

    def reply(self, name: tuple[object, ...], make: Callable[[], Any]) -> Reply:
        """The reply called `name`, made and encoded when it is not kept. Carries its ETag."""
        kept = self._kept.get(name)
        if kept is not None:
            return kept
        body = msgspec.json.encode(make())
        reply = Reply(body, etag=etag_of(body))
        if len(body) <= self._kept.maxsize:
            self._kept[name] = reply
        return reply
