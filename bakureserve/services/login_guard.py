"""Patience with guessing: each further failure makes the next attempt wait longer.

Three things are counted, for accounts that exist as for those that do not: failures at one account
by one client, failures of one client at all accounts, and, slowly, failures at one account by
everybody who was not known there. So strangers lock nobody out but strangers: a device that was
logged in of late is counted by itself. The counts are this process's own.
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
FREE_FOR_CLIENT = 30
"""Failures without a wait. A client may be the wireless network of a whole restaurant."""
LONGEST_WAIT = dt.timedelta(minutes=5)
FORGOTTEN_AFTER = dt.timedelta(minutes=15)
"""Counted from the end of the last failure's wait."""
STRANGERS_AT_ONCE = 20
STRANGERS_EVERY = dt.timedelta(minutes=5)
"""Failures at one account that strangers may have together: so many, and one more now and then."""
MOST_REMEMBERED = 50_000
"""Of each kind. Beyond that the one not tried for longest is forgotten."""


class _Tally(NamedTuple):
    """Failures in a row, and when the next attempt is let through."""

    failures: int
    next_at: dt.datetime


class _Tallies:
    """What is remembered of all clients, or of all pairs of an account and a client."""

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


class _Budgets:
    """How much strangers may still get wrong at each account: a leaky bucket for each (GCRA)."""

    def __init__(self, largest: int) -> None:
        self._whole_at: LRUCache[str, dt.datetime] = LRUCache(largest)

    def __len__(self) -> int:
        return len(self._whole_at)

    def next_at(self, account: str, now: dt.datetime) -> dt.datetime:
        """When there is room for one more failure; a moment in the past for at once."""
        return self._whole_at.get(account, now) - STRANGERS_EVERY * (STRANGERS_AT_ONCE - 1)

    def spend(self, account: str, now: dt.datetime) -> None:
        self._whole_at[account] = max(self._whole_at.get(account, now), now) + STRANGERS_EVERY

    def take_back(self, account: str, now: dt.datetime) -> None:
        whole_at = self._whole_at.pop(account, now) - STRANGERS_EVERY
        if whole_at > now:
            self._whole_at[account] = whole_at


@dataclass(frozen=True)
class Attempt:
    """One that was let through, and under which names it counts as failed; '' for none."""

    pair: str
    client: str
    stranger_at: str


class LoginGuard:
    """Lets attempts through, and makes those wait who fail often.

    Five failures at one account by one client or device, or thirty by one client, are free; then
    the waits are 1, 2, 4, … 300 seconds. A quarter of an hour without an attempt, and these are
    forgotten. Strangers at one account have twenty together, and one more every five minutes:
    without `strangers_share` each has their own alone.
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
        self._clients = _Tallies(FREE_FOR_CLIENT, most_remembered)
        self._strangers = _Budgets(most_remembered)
        self._strangers_share = strangers_share

    def __len__(self) -> int:
        return len(self._pairs) + len(self._clients) + len(self._strangers)

    def attempt(
        self, account: str, client: str, *, device: str = "", is_known: bool = False
    ) -> Attempt:
        """Let an attempt through and count it as failed, until it is settled otherwise.

        Counting first keeps a hundred guesses at once from passing before the first has failed.
        An attempt that is refused counts for nothing. `device` names one that has proved that it
        was logged in to this account: it is counted alone. `is_known` says that the account was
        entered from this client of late. An empty `client` is a command on this machine, which is
        no stranger and no client. Raises TooMany.
        """
        pair = f"{account} {device or client}"
        is_stranger = self._strangers_share and not (device or is_known or not client)
        attempt = Attempt(
            pair=pair,
            client="" if device else client,
            stranger_at=account if is_stranger else "",
        )
        now = self._clock()
        self._require_patience(attempt, now)
        self._pairs.fail(attempt.pair, now)
        if attempt.client:
            self._clients.fail(attempt.client, now)
        if attempt.stranger_at:
            self._strangers.spend(attempt.stranger_at, now)
        return attempt

    def succeeded(self, attempt: Attempt) -> None:
        """The attempt was no guess: this client starts afresh at this account.

        Of the client's other failures, and of strangers', only this attempt is taken back: who has
        one account of their own does not get to guess at others for ever.
        """
        self._take_back(attempt)
        self._pairs.forget(attempt.pair)

    def forget(self, account: str, client: str) -> None:
        """Whoever asks from there has proved otherwise that the account is theirs."""
        self._pairs.forget(f"{account} {client}")

    def void(self, attempt: Attempt) -> None:
        """The attempt was not looked at, and counts for nothing."""
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
