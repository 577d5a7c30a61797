"""Throttles password guessing: each failure doubles the wait for the next attempt.

Three things are counted, whether the account exists or not: failures at one account by one client,
failures of one client at all accounts, and failures at one account by all clients that are not
known there. So strangers lock out only strangers: a device that was logged in recently is counted
separately. The counts are this process's own.
"""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass
from typing import NamedTuple

from cachetools import LRUCache

from bakureserve.domain.errors import TooMany
from bakureserve.services.clock import Clock

FREE_AT_ACCOUNT = 5
"""Failures without a wait."""
LONGEST_WAIT = dt.timedelta(minutes=5)
FORGOTTEN_AFTER = dt.timedelta(minutes=15)
"""After the end of the last failure's wait."""
STRANGERS_AT_ONCE = 20
STRANGERS_EVERY = dt.timedelta(minutes=5)
"""Failures that strangers may have at one account together, and how often one more."""
CLIENT_AT_ONCE = 30
CLIENT_EVERY = dt.timedelta(minutes=1)
"""Failures of one client, which may be the wireless network of a whole restaurant, or a city's
telephones, where typing errors are constant: these must never add up to long waits."""
MOST_REMEMBERED = 50_000
"""Entries of each kind. Beyond that the one not tried for longest is forgotten."""


class _Tally(NamedTuple):
    """Failures in a row, and when the next attempt is allowed."""

    failures: int
    next_at: dt.datetime


class _Tallies:
    """The tallies of all pairs of an account and a client."""

    def __init__(self, free: int, largest: int) -> None:
        self._free = free
        self._tallies: LRUCache[str, _Tally] = LRUCache(largest)

    def __len__(self) -> int:
        return len(self._tallies)

    def next_at(self, key: str, now: dt.datetime) -> dt.datetime:
        """When the next attempt is allowed; a past time means at once."""
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


class _Budgets:
    """How many attempts are left at each account, or for each client: leaky buckets (GCRA)."""

    def __init__(self, at_once: int, every: dt.timedelta, largest: int) -> None:
        self._every = every
        self._most_owed = every * (at_once - 1)
        self._whole_at: LRUCache[str, dt.datetime] = LRUCache(largest)

    def __len__(self) -> int:
        return len(self._whole_at)

    def next_at(self, key: str, now: dt.datetime) -> dt.datetime:
        """When there is room for one more attempt; a past time means at once."""
        return self._whole_at.get(key, now) - self._most_owed

    def fail(self, key: str, now: dt.datetime) -> None:
        self._whole_at[key] = max(self._whole_at.get(key, now), now) + self._every

    def take_back(self, key: str, now: dt.datetime) -> None:
        whole_at = self._whole_at.pop(key, now) - self._every
        if whole_at > now:
            self._whole_at[key] = whole_at


@dataclass(frozen=True)
class Attempt:
    """An allowed attempt, and the names under which it counts as failed; '' for none."""

    pair: str
    client: str
    stranger_at: str


class LoginGuard:
    """Allows login attempts, and makes clients that fail often wait.

    Five failures at one account by one client or device are free; then the waits are 1, 2, 4, …
    300 seconds, and a quarter of an hour without an attempt resets them. One client has thirty at
    all accounts together, and one more each minute; strangers at one account share twenty, and one
    more every five minutes, unless `strangers_share` is off.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        strangers_share: bool = True,
        most_remembered: int = MOST_REMEMBERED,
    ) -> None:
        self._clock = clock
        self._pairs = _Tallies(FREE_AT_ACCOUNT, most_remembered)
        self._clients = _Budgets(CLIENT_AT_ONCE, CLIENT_EVERY, most_remembered)
        self._strangers = _Budgets(STRANGERS_AT_ONCE, STRANGERS_EVERY, most_remembered)
        self._strangers_share = strangers_share

    def __len__(self) -> int:
        return len(self._pairs) + len(self._clients) + len(self._strangers)

    def attempt(
        self, account: str, client: str, *, device: str = "", is_known: bool = False
    ) -> Attempt:
        """Allow an attempt and count it as failed until `succeeded` or `void`. Raises TooMany.

        Counting first keeps a hundred concurrent guesses from passing before the first has failed.
        A refused attempt is not counted. `device` has proved that it was logged in to this account,
        and is counted separately. `is_known` says that this client recently logged in to the
        account: its failures at other accounts then do not matter. An empty `client` is a command
        on this machine, neither a stranger nor a client.
        """
        pair = f"{account} {device or client}"
        newcomer = "" if device or is_known else client
        attempt = Attempt(
            pair=pair,
            client=newcomer,
            stranger_at=account if newcomer and self._strangers_share else "",
        )
        now = self._clock()
        self._require_patience(attempt, now)
        self._pairs.fail(attempt.pair, now)
        if attempt.client:
            self._clients.fail(attempt.client, now)
        if attempt.stranger_at:
            self._strangers.fail(attempt.stranger_at, now)
        return attempt

    def succeeded(self, attempt: Attempt) -> None:
        """The attempt was no guess: clear this client's failures at this account.

        Of the client's failures elsewhere, and of strangers', only this attempt is undone: a client
        with an account must not get to guess at others for ever.
        """
        self._take_back(attempt)
        self._pairs.forget(attempt.pair)

    def forget(self, account: str, client: str) -> None:
        """Forget failures: the client has proved otherwise that the account is theirs."""
        self._pairs.forget(f"{account} {client}")

    def void(self, attempt: Attempt) -> None:
        """The attempt was not checked, and is not counted."""
        self._take_back(attempt)
        self._pairs.take_back(attempt.pair, self._clock())

    def _require_patience(self, attempt: Attempt, now: dt.datetime) -> None:
        next_at = self._pairs.next_at(attempt.pair, now)
        if attempt.client:
            next_at = max(next_at, self._clients.next_at(attempt.client, now))
        if attempt.stranger_at:
            next_at = max(next_at, self._strangers.next_at(attempt.stranger_at, now))
        if next_at > now:
            wait = (next_at - now).total_seconds()
            raise TooMany("too_many_attempts", retry_after=wait, seconds=math.ceil(wait))

    def _take_back(self, attempt: Attempt) -> None:
        now = self._clock()
        if attempt.client:
            self._clients.take_back(attempt.client, now)
        if attempt.stranger_at:
            self._strangers.take_back(attempt.stranger_at, now)
