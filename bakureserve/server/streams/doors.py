"""How many streams are open, and how many each client may have; everybody out at the end."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from aiohttp import WSCloseCode, web

from bakureserve.domain.errors import TooMany, Unavailable

COME_BACK_SECONDS = 10
"""When somebody who found no room may try again."""


class Doors:
    """Lets readers in while there is room. The numbers are of this process.

    A reader is a client's from the start, and an account's once it is known whose.

    `opened` counts every stream so far, `delivered` the messages sent, and `closed` the streams
    that were ended by us, by close code.
    """

    def __init__(self, *, total: int, per_client: int, per_account: int) -> None:
        self._total = total
        self._per_client = per_client
        self._per_account = per_account
        self._inside: Counter[str] = Counter()
        self._accounts: Counter[str] = Counter()
        self._sockets: set[web.WebSocketResponse] = set()
        self._closing = False
        self.opened = 0
        self.delivered = 0
        self.closed: Counter[int] = Counter()

    @property
    def inside(self) -> int:
        """Streams that are open right now, those that have not said yet who they are included."""
        return self._inside.total()

    def count_delivery(self) -> None:
        """Note that a message was sent."""
        self.delivered += 1

    @contextmanager
    def admit(self, client: str) -> Iterator[None]:
        """Hold a place for one of the client's streams. Raises TooMany, Unavailable."""
        if self._closing or self.inside >= self._total:
            raise Unavailable("streams_full", retry_after=COME_BACK_SECONDS)
        with _one_of(self._inside, client, self._per_client):
            yield

    @contextmanager
    def admit_account(self, subject: str) -> Iterator[None]:
        """Hold a place for one of the account's streams. Raises TooMany."""
        with _one_of(self._accounts, subject, self._per_account):
            yield

    @contextmanager
    def holding(self, socket: web.WebSocketResponse) -> Iterator[None]:
        """Know of a WebSocket for as long as it is open."""
        self.opened += 1
        self._sockets.add(socket)
        try:
            yield
        finally:
            self._sockets.discard(socket)

    async def close(self) -> None:
        """Let nobody in any more, and tell everybody inside that the server goes away."""
        self._closing = True
        goodbyes = [
            socket.close(code=WSCloseCode.GOING_AWAY, message=b"server_stopping")
            for socket in tuple(self._sockets)
        ]
        self.closed[WSCloseCode.GOING_AWAY] += len(goodbyes)
        await asyncio.gather(*goodbyes, return_exceptions=True)


@contextmanager
def _one_of(inside: Counter[str], name: str, most: int) -> Iterator[None]:
    """Count one more under the name for as long as it lasts. Raises TooMany beyond the most."""
    if inside[name] >= most:
        raise TooMany(
            "streams_of_client",
            retry_after=COME_BACK_SECONDS,
            allowed=most,
            seconds=COME_BACK_SECONDS,
        )
    inside[name] += 1
    try:
        yield
    finally:
        inside[name] -= 1
        if not inside[name]:
            del inside[name]
