"""How many connections each client has: none alone may take all that the process may open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from bakureserve.server.exchange import Client
from bakureserve.server.middleware.client import Network, client_of, is_within

LOG_SECONDS = 60.0
"""How often at most the log is told that clients came with too many."""


class Closable(Protocol):
    """A connection that can be asked to go."""

    @property
    def idle_since(self) -> float | None:
        """When it was last used, on any clock; None while it is in use."""

    def force_close(self) -> None: ...


class Crowd:
    """Holds each client to `per_client` connections; trusted proxies, who bring many, to none.

    Who comes with one more gets the place of the connection that was idle the longest, and is
    turned away when none is idle. `closed_idle` and `refused` count both.
    """

    def __init__(
        self, per_client: int, proxies: Sequence[Network], steady: Callable[[], float]
    ) -> None:
        self._per_client = per_client
        self._proxies = proxies
        self._steady = steady
        self._inside: dict[str, dict[Closable, None]] = {}
        self._told_at = -LOG_SECONDS
        self.open = 0
        self.closed_idle = 0
        self.refused = 0

    def enter(self, connection: Closable, peer: str) -> str | None:
        """The name to leave by, or None: turn it away."""
        client = client_of(peer, "", ())
        if not client.key or is_within(client.address, self._proxies):
            self.open += 1
            return ""
        inside = self._inside.setdefault(client.key, {})
        if len(inside) >= self._per_client and not self._made_room(client, inside):
            return None
        inside[connection] = None
        self.open += 1
        return client.key

    def leave(self, connection: Closable, name: str) -> None:
        """Note that a connection that entered is gone, if it is not known yet."""
        self.open -= 1
        inside = self._inside.get(name)
        if inside is not None:
            inside.pop(connection, None)
            if not inside:
                del self._inside[name]

    def _made_room(self, client: Client, inside: dict[Closable, None]) -> bool:
        idle = [(since, each) for each in inside if (since := each.idle_since) is not None]
        if idle:
            _, longest = min(idle, key=lambda pair: pair[0])
            del inside[longest]
            longest.force_close()
            self.closed_idle += 1
        else:
            self.refused += 1
        self._tell(client)
        return bool(idle)

    def _tell(self, client: Client) -> None:
        now = self._steady()
        if now - self._told_at >= LOG_SECONDS:
            self._told_at = now
            structlog.get_logger(__name__).warning(
                "too_many_connections",
                client=client.address,
                allowed=self._per_client,
                refused=self.refused,
                closed_idle=self.closed_idle,
            )
