"""Turns at something slow, shared fairly between clients."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import Callable

from bakureserve.domain.errors import TooMany

_Waiters = deque[asyncio.Future[None]]


class FairTurns:
    """`at_once` have a turn at a time; those who wait are served client by client, a turn each.

    At most `most_waiting` wait, all clients together. When those places are taken, a client with a
    shorter queue gets the place of the last in the longest, so that one client's crowd turns no
    other client away.
    """

    def __init__(self, *, at_once: int, most_waiting: int, refusal: Callable[[], TooMany]) -> None:
        self._free = at_once
        self._most_waiting = most_waiting
        self._refusal = refusal
        self._queues: OrderedDict[str, _Waiters] = OrderedDict()

    @property
    def waiting(self) -> int:
        return sum(map(len, self._queues.values()))

    async def take(self, client: str) -> None:
        """Wait for a turn, which `give_back` ends. Raises what `refusal` makes."""
        if self._free:
            self._free -= 1
            return
        waiter = self._queue_up(client)
        try:
            await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled() and waiter.exception() is None:
                self.give_back()
            else:
                self._forget(client, waiter)
            raise

    def give_back(self) -> None:
        """End a turn: the client who waits next gets it, and goes behind the others."""
        if not self._queues:
            self._free += 1
            return
        client, queue = self._queues.popitem(last=False)
        waiter = queue.popleft()
        if queue:
            self._queues[client] = queue
        waiter.set_result(None)

    def _queue_up(self, client: str) -> asyncio.Future[None]:
        if self.waiting >= self._most_waiting:
            self._displace(len(self._queues.get(client, ())))
        waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queues.setdefault(client, deque()).append(waiter)
        return waiter

    def _displace(self, own: int) -> None:
        """Refuse the last of the longest queue, unless the newcomer's would be as long."""
        longest = max(self._queues, key=lambda client: len(self._queues[client]))
        queue = self._queues[longest]
        if len(queue) <= own + 1:
            raise self._refusal()
        queue.pop().set_exception(self._refusal())

    def _forget(self, client: str, waiter: asyncio.Future[None]) -> None:
        queue = self._queues.get(client)
        if queue is None or waiter not in queue:
            return
        queue.remove(waiter)
        if not queue:
            del self._queues[client]
