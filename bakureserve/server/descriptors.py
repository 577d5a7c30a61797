"""How many files and connections this process may have open, and how they are shared out.

Without a share of its own a crowd would take what the database, a backup or a look at `/health`
needs, and the process would fail without a word: a connection that finds no descriptor is dropped
by the event loop.
"""

from __future__ import annotations

import errno
import os
import resource
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import structlog

from bakureserve.server.trouble import Seldom
from bakureserve.settings import Settings

OWN = 128
"""For what the server opens itself: database, map services, letters, backups, control."""
FOR_HEALTH = 32
"""Connections beyond the rest, which are answered how the server is and nothing else."""
MOST = 1024 * 1024
"""More is not asked for: some systems name no hard limit and refuse to raise to it."""
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


def raise_limit() -> None:
    """Allow this process as many descriptors as the system lets it have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):  # forbidden: the shares follow from what there is
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def limit() -> int:
    """How many descriptors this process may have."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else soft


def shared_out(descriptors: int, settings: Settings) -> Shares:
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
    """Notices that no descriptor is to be had, by this process or on the whole machine, and when
    there are some again. `steady` is a clock in seconds; `look` is to be called every second.

    The event loop says nothing of connections that it cannot accept: they wait.
    """

    def __init__(self, steady: Callable[[], float]) -> None:
        self._told = Seldom(steady)
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
