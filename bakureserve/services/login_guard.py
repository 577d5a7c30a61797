"""Patience with guessing: each further failure makes the next attempt wait longer.

Counted for the account that is tried, whether it exists or not, and for the client that tries. An
account's wait keeps its owner out as well, for five minutes at the most: that is the price of
stopping guesses that come from many clients. The counts are this process's own.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import NamedTuple

from cachetools import LRUCache

from bakureserve.domain.errors import TooMany
from bakureserve.services.clock import Clock

FREE_FOR_ACCOUNT = 5
FREE_FOR_CLIENT = 30
"""Failures without a wait. A client may be the wireless network of a whole restaurant."""
LONGEST_WAIT = dt.timedelta(minutes=5)
FORGOTTEN_AFTER = dt.timedelta(minutes=15)
"""Counted from the end of the last failure's wait."""
MOST_REMEMBERED = 50_000
"""Accounts, and as many clients. Beyond that the one not tried for longest is forgotten."""


class _Tally(NamedTuple):
    """Failures in a row, and when the next attempt is let through."""

    failures: int
    next_at: dt.datetime


class _Tallies:
    """What is remembered of everybody on one side: all accounts, or all clients."""

    def __init__(self, free: int, largest: int) -> None:
        self._free = free
        self._tallies: LRUCache[str, _Tally] = LRUCache(largest)

    def __len__(self) -> int:
        return len(self._tallies)

    def next_at(self, key: str, now: dt.datetime) -> dt.datetime:
        """When the next attempt is let through; a moment in the past for at once."""
        tally = self._tallies.get(key)
        return tally.next_at if tally else now

    def fail(self, key: str, now: dt.datetime) -> None:
        failures = self._failures(key, now) + 1
        self._tallies[key] = _Tally(failures, now + self._wait_after(failures))

    def take_back(self, key: str, now: dt.datetime) -> None:
        """Undo the last failure, and its wait."""
        failures = self._failures(key, now) - 1
        if failures > 0:
            self._tallies[key] = _Tally(failures, now)
        else:
            self.forget(key)

    def forget(self, key: str) -> None:
        self._tallies.pop(key, None)

    def _failures(self, key: str, now: dt.datetime) -> int:
        tally = self._tallies.get(key)
        return tally.failures if tally and now < tally.next_at + FORGOTTEN_AFTER else 0

    def _wait_after(self, failures: int) -> dt.timedelta:
        if failures < self._free:
            return dt.timedelta()
        doublings = min(failures - self._free, 16)
        return min(dt.timedelta(seconds=2**doublings), LONGEST_WAIT)


class LoginGuard:
    """Lets attempts through, and makes those wait who fail often.

    Five failures at one account, or thirty by one client, are free; then the waits are 1, 2, 4, …
    300 seconds. A quarter of an hour without an attempt, and everything is forgotten.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        free_for_account: int = FREE_FOR_ACCOUNT,
        free_for_client: int = FREE_FOR_CLIENT,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._clock = clock
        self._accounts = _Tallies(free_for_account, most_remembered)
        self._clients = _Tallies(free_for_client, most_remembered)

    def __len__(self) -> int:
        return len(self._accounts) + len(self._clients)

    def attempt(self, account: str, client: str) -> None:
        """Let an attempt through and count it as failed, until `succeeded` says otherwise.

        Counting first keeps a hundred guesses at once from passing before the first has failed.
        An attempt that is refused counts for nothing. An empty `client` (a command on this
        machine) is not counted. Raises TooMany.
        """
        now = self._clock()
        next_at = max(self._accounts.next_at(account, now), self._clients.next_at(client, now))
        if next_at > now:
            wait = (next_at - now).total_seconds()
            raise TooMany("too_many_attempts", retry_after=wait, seconds=math.ceil(wait))
        self._accounts.fail(account, now)
        if client:
            self._clients.fail(client, now)

    def succeeded(self, account: str, client: str) -> None:
        """The attempt was no guess: the account starts afresh.

        Of the client's failures only this attempt is taken back: who has one account of their own
        does not get to guess at others for ever.
        """
        self._accounts.forget(account)
        if client:
            self._clients.take_back(client, self._clock())
