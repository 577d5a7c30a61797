"""How many connections there are, and each client has: none may take all that may be open."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest
from itertools import chain
from typing import Protocol

import structlog

from bakureserve.server.client import Network, client_of, is_within
from bakureserve.server.descriptors import FOR_HEALTH
from bakureserve.server.exchange import Client
from bakureserve.server.trouble import Seldom

PROXIED = ""
"""The name under which those of trusted proxies enter."""
HEALTH_ONLY = "health"
"""The name of those who came when all was full: they are told how the server is, and no more."""
CLOSED_AT_ONCE = 32
"""Idle connections that make room when all is full, so that not every newcomer has all looked
through."""


class Closable(Protocol):
    """A connection that can be asked to go."""

    @property
    def idle_since(self) -> float | None:
        """When it was last used, on any clock; None while it is in use."""

    def force_close(self) -> None: ...


class Crowd:
    """Holds each client to `per_client` connections, trusted proxies, who bring many, to none, and
    all together to `total`.

    Who comes with one more gets the place of the connection that was idle the longest. When none is
    idle, a client who has too many is turned away, and where all are too many there are a few
    places for those who ask how the server is. `closed_idle`, `refused` and `full` count these.
    """

    def __init__(
        self,
        per_client: int,
        proxies: Sequence[Network],
        steady: Callable[[], float],
        *,
        total: int,
    ) -> None:
        self.total = total
        self._per_client = per_client
        self._proxies = proxies
        self._inside: dict[str, dict[Closable, None]] = {}
        self._held = 0
        self._of_client_told, self._full_told = Seldom(steady), Seldom(steady)
        self.open = 0
        self.closed_idle = 0
        self.refused = 0
        self.full = 0

    def enter(self, connection: Closable, peer: str) -> str | None:
        """The name to leave by, or None: turn it away."""
        client = client_of(peer, "", ())
        is_proxied = not client.key or is_within(client.address, self._proxies)
        name = PROXIED if is_proxied else client.key
        inside = self._inside.get(name, {})
        if (
            not is_proxied
            and len(inside) >= self._per_client
            and not self._made_room(client, inside)
        ):
            return None
        if self._held >= self.total and not self._made_room_for_all():
            return self._enter_for_health(connection)
        self._put(connection, name)
        self._held += 1
        return name

    def leave(self, connection: Closable, name: str) -> None:
        """Note that a connection that entered is gone, if it is not known yet."""
        self.open -= 1
        self._take_out(connection, name)

    def _put(self, connection: Closable, name: str) -> None:
        self._inside.setdefault(name, {})[connection] = None
        self.open += 1

    def _take_out(self, connection: Closable, name: str) -> None:
        inside = self._inside.get(name, {})
        if connection not in inside:
            return
        del inside[connection]
        if not inside:
            del self._inside[name]
        if name != HEALTH_ONLY:
            self._held -= 1

    def _made_room(self, client: Client, inside: Iterable[Closable]) -> bool:
        closed = self._close_idle([(client.key, each) for each in inside], 1)
        self.refused += not closed
        if self._of_client_told.is_due():
            structlog.get_logger(__name__).warning(
                "too_many_connections",
                client=client.address,
                allowed=self._per_client,
                refused=self.refused,
                closed_idle=self.closed_idle,
            )
        return closed

    def _made_room_for_all(self) -> bool:
        guests = (
            ((name, each) for each in inside)
            for name, inside in self._inside.items()
            if name != HEALTH_ONLY
        )
        closed = self._close_idle(chain.from_iterable(guests), CLOSED_AT_ONCE)
        self.full += not closed
        if self._full_told.is_due():
            structlog.get_logger(__name__).error(
                "connections_full",
                allowed=self.total,
                refused=self.full,
                closed_idle=self.closed_idle,
            )
        return closed

    def _enter_for_health(self, connection: Closable) -> str | None:
        inside = self._inside.get(HEALTH_ONLY, {})
        if len(inside) >= FOR_HEALTH and not self._close_idle(
            [(HEALTH_ONLY, each) for each in inside], 1
        ):
            return None
        self._put(connection, HEALTH_ONLY)
        return HEALTH_ONLY

    def _close_idle(self, guests: Iterable[tuple[str, Closable]], most: int) -> bool:
        """Whether any were idle. Those that were idle the longest are closed."""
        idle = [
            (since, number, name, each)
            for number, (name, each) in enumerate(guests)
            if (since := each.idle_since) is not None
        ]
        for _, _, name, each in nsmallest(most, idle):
            self._take_out(each, name)
            each.force_close()
            self.closed_idle += 1
        return bool(idle)
