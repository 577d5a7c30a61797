"""How many connections there may be: by the descriptors of the process, and for each client.

Every file and connection takes a descriptor, and a connection that finds none is dropped by the
event loop without a word. So a share is kept for the database, backups and `/health`, and no client
may take all that is left.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from heapq import nsmallest
from itertools import chain
from typing import Protocol

import structlog

from bakureserve.server.addresses import Network, client_of, is_within
from bakureserve.server.logs import LogThrottle
from bakureserve.server.pipeline import Client
from bakureserve.settings import Settings

PROXIED = ""
"""The name under which connections of trusted proxies enter."""
HEALTH_ONLY = "health"
"""The name of connections that came when all was full: they may ask how the server is doing."""
CLOSED_AT_ONCE = 32
"""Idle connections closed at once when all is full, so that not every newcomer starts a search."""


class Closable(Protocol):
    """A connection that can be asked to go."""

    @property
    def idle_since(self) -> float | None:
        """When it was last used, on any clock; None while it is in use."""

    def force_close(self) -> None: ...


class ConnectionLimits:
    """Holds each client to `per_client` connections, and all together to `total`.

    Trusted proxies, which carry many clients, have no limit of their own. A connection beyond a
    limit takes the place of the one that has been idle longest. If none is idle, one beyond the
    client's limit is refused; one beyond the total may still ask for the server's health, while
    there are places for that. `closed_idle`, `refused` and `full` count these cases.
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
        self._client_log, self._full_log = LogThrottle(steady), LogThrottle(steady)
        self.open = 0
        self.closed_idle = 0
        self.refused = 0
        self.full = 0

    def enter(self, connection: Closable, peer: str) -> str | None:
        """Admit a connection. Returns the name to leave under, or None if it must be closed."""
        client = client_of(peer, "", ())
        is_proxied = not client.key or is_within(client.address, self._proxies)
        name = PROXIED if is_proxied else client.key
        inside = self._inside.get(name, {})
        if (
            not is_proxied
            and len(inside) >= self._per_client
            and not self._make_room(client, inside)
        ):
            return None
        if self._held >= self.total and not self._make_room_for_all():
            return self._enter_for_health(connection)
        self._put(connection, name)
        self._held += 1
        return name

    def leave(self, connection: Closable, name: str) -> None:
        """Note that a connection that entered is gone."""
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

    def _make_room(self, client: Client, inside: Iterable[Closable]) -> bool:
        closed = self._close_idle([(client.key, each) for each in inside], 1)
        self.refused += not closed
        if self._client_log.is_due():
            structlog.get_logger(__name__).warning(
                "too_many_connections",
                client=client.address,
                allowed=self._per_client,
                refused=self.refused,
                closed_idle=self.closed_idle,
            )
        return closed

    def _make_room_for_all(self) -> bool:
        guests = (
            ((name, each) for each in inside)
            for name, inside in self._inside.items()
            if name != HEALTH_ONLY
        )
        closed = self._close_idle(chain.from_iterable(guests), CLOSED_AT_ONCE)
        self.full += not closed
        if self._full_log.is_due():
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
        """Close up to `most` that were idle the longest. Returns whether any were idle."""
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


OWN = 128
"""For what the server opens itself: database, map services, letters, backups, control."""
FOR_HEALTH = 32
"""Connections beyond the rest, which may ask how the server is doing and nothing else."""
MOST = 1024 * 1024
"""Never ask for more: some systems name no hard limit and refuse to raise to it."""
_HINTS = {
    errno.EMFILE: "allow this process more: LimitNOFILE in its unit, or ulimit -Hn",
    errno.ENFILE: "find what holds so many on this machine, or raise fs.file-max",
}
_FEWEST_CONNECTIONS = 16
_LONGEST_BACKLOG, _SHORTEST_BACKLOG = 1024, 16


@dataclass(frozen=True, kw_only=True)
class Shares:
    """How many of each there may be at once. `connections` are all that come over the network,
    `backlog` those that wait to be accepted: as many may come between two looks at the total."""

    descriptors: int
    backlog: int
    connections: int
    connections_of_client: int
    streams: int
    streams_of_client: int


def raise_descriptor_limit() -> None:
    """Allow this process as many descriptors as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # forbidden: the shares follow from what there is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def descriptor_limit() -> int:
    """How many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft


def shares_of(descriptors: int, settings: Settings) -> Shares:
    """What the settings ask for, as far as there are descriptors for it.

    A quarter of the connections is left for requests when all streams are open, and no client has
    more than a quarter of all.
    """
    backlog = min(max(descriptors // 8, _SHORTEST_BACKLOG), _LONGEST_BACKLOG)
    connections = max(descriptors - OWN - FOR_HEALTH - backlog, _FEWEST_CONNECTIONS)
    of_client = connections // 4
    return Shares(
        descriptors=descriptors,
        backlog=backlog,
        connections=connections,
        connections_of_client=min(settings.max_connections_per_client, of_client),
        streams=min(settings.live_max_streams, connections - of_client),
        streams_of_client=min(settings.live_max_streams_per_client, of_client),
    )


class Shortage:
    """Notices when this process or the whole machine has run out of descriptors, and when they are
    back. `steady` is a clock in seconds; call `look` every second.

    The event loop does not report connections that it cannot accept: they wait.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._told = LogThrottle(steady)
        self._is_short = False

    def look(self) -> None:
        log = structlog.get_logger(__name__)
        lacking = _lacking()
        if lacking and self._told.is_due():
            log.error("descriptors_exhausted", reason=os.strerror(lacking), hint=_HINTS[lacking])
        if self._is_short and not lacking:
            log.info("descriptors_free_again")
        self._is_short = lacking != 0


def _lacking() -> int:
    """The number of the error with which no file can be opened; 0 where one can."""
    try:
        os.close(os.open(os.devnull, os.O_RDONLY | os.O_CLOEXEC))
    except OSError as error:
        return error.errno if error.errno in _HINTS else 0
    return 0
