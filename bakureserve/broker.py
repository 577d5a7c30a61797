"""Hands out messages by topic to many readers, and waits for none of them.

A broker does not look into its messages. The one here works in this process's memory.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Hashable
from typing import Generic, Protocol, TypeVar

M = TypeVar("M")

WAITING_AT_MOST = 256
"""Messages that may wait for one reader. A reader further behind is dropped."""


class TopicReader(Generic[M]):
    """The messages that wait for one reader, in the order of their publishing.

    A reader that falls too far behind is `lost`: `on_loss` is called, and it gets nothing more.
    """

    __slots__ = ("_bound", "_waiting", "_wake", "lost", "on_loss")

    def __init__(self, *, bound: int) -> None:
        self._waiting: deque[M] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._bound = bound
        self.lost = False
        self.on_loss: Callable[[], object] | None = None

    def put(self, message: M) -> None:
        """Add a message. If too many wait, the reader is lost for good."""
        if self.lost:
            return
        if len(self._waiting) >= self._bound:
            self._lose()
            return
        self._waiting.append(message)
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)

    async def get(self) -> M:
        """The next message, as soon as there is one. Only one task may wait for it."""
        while not self._waiting:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        return self._waiting.popleft()

    def _lose(self) -> None:
        self.lost = True
        self._waiting.clear()
        if self.on_loss is not None:
            self.on_loss()


class Broker(Protocol[M]):
    """Where messages are published and followed. A topic is any value that can be a key.

    `on_readers` is called with True when the first reader comes, and with False when the last has
    left.
    """

    on_readers: Callable[[bool], object]

    def follow(self, topic: Hashable) -> TopicReader[M]:
        """A reader of all that is published on the topic from now on, until `leave`."""

    def leave(self, topic: Hashable, reader: TopicReader[M]) -> None:
        """Send this reader nothing more. It may already have left or been lost."""

    def is_followed(self, topic: Hashable) -> bool:
        """Whether the topic has readers; if not, its messages need not be made."""

    def has_readers(self) -> bool:
        """Whether there are any readers at all."""

    def publish(self, topic: Hashable, message: M) -> None:
        """Hand the message to every reader of the topic. Never waits."""


class MemoryBroker(Generic[M]):
    """A broker for the readers of this process.

    `handed_out` counts messages times readers, `lost` the readers that fell too far behind.
    """

    def __init__(self, *, waiting_at_most: int = WAITING_AT_MOST) -> None:
        self._bound = waiting_at_most
        # Dicts instead of sets: readers are served in the order in which they began to follow.
        self._readers: dict[Hashable, dict[TopicReader[M], None]] = {}
        self.on_readers: Callable[[bool], object] = lambda has_readers: None
        self.handed_out = 0
        self.lost = 0

    def follow(self, topic: Hashable) -> TopicReader[M]:
        if not self._readers:
            self.on_readers(True)
        reader: TopicReader[M] = TopicReader(bound=self._bound)
        self._readers.setdefault(topic, {})[reader] = None
        return reader

    def leave(self, topic: Hashable, reader: TopicReader[M]) -> None:
        readers = self._readers.get(topic)
        if readers is None:
            return
        readers.pop(reader, None)
        if not readers:
            del self._readers[topic]
            if not self._readers:
                self.on_readers(False)

    def is_followed(self, topic: Hashable) -> bool:
        return topic in self._readers

    def has_readers(self) -> bool:
        return bool(self._readers)

    def publish(self, topic: Hashable, message: M) -> None:
        readers = self._readers.get(topic, {})
        for reader in tuple(readers):
            reader.put(message)
            if reader.lost:
                self.lost += 1
                self.leave(topic, reader)
            else:
                self.handed_out += 1
