"""Passwords: hashed with argon2id, in threads of their own.

A hash is meant to take about 0.1 s of all cores and 64 MiB. So it never runs in the event loop,
only a few run at a time, and their threads give way to the rest of the program. Clients take turns,
so that a client that asks for many does not hold up the others.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
import threading
from base64 import b64encode
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from argon2 import Parameters, PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError
from argon2.profiles import RFC_9106_LOW_MEMORY

from bakureserve.domain.accounts.account import is_affordable
from bakureserve.domain.errors import TooMany

P = ParamSpec("P")
T = TypeVar("T")

PARAMETERS = RFC_9106_LOW_MEMORY
"""For new hashes: the second recommendation of RFC 9106, section 4, which takes 64 MiB."""
WORKERS = 2
MOST_WAITING = 64
_NICENESS = 19


@dataclass(frozen=True)
class Checked:
    """Whether a password was right; `better` is a new hash to store in place of an outdated one."""

    ok: bool
    better: str | None = None


class Passwords:
    """Hashes and checks passwords. Requests queue for their turn, and are refused when too many do.

    `parameters` are for new hashes; a stored hash is checked with its own. `workers` hash at a time
    and `most_waiting` requests may queue. `client` is the key of the client that asks; empty for
    commands on this machine.
    """

    def __init__(
        self,
        parameters: Parameters = PARAMETERS,
        *,
        workers: int = WORKERS,
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self._hasher = PasswordHasher.from_parameters(parameters)
        self._pool = ThreadPoolExecutor(workers, "passwords", initializer=_give_way)
        self._turns = FairTurns(at_once=workers, most_waiting=most_waiting, refusal=_busy)
        self._decoy = _decoy_hash(parameters)

    async def hash(self, password: str, *, client: str = "") -> str:
        """The hash to store, a PHC string: `$argon2id$v=19$m=…,t=…,p=…$salt$hash`.

        Raises TooMany if too many are waiting.
        """
        return await self._in_turn(client, self._hasher.hash, password)

    async def verify(self, stored: str | None, password: str, *, client: str = "") -> Checked:
        """Check a password against a stored hash, or against none for an unknown account.

        An unknown account, and a hash that is unreadable or too expensive to check, take as long as
        a wrong password, so that the time does not reveal whether an account exists. Raises TooMany
        if too many are waiting.
        """
        return await self._in_turn(client, self._check, stored, password)

    def close(self) -> None:
        """Drop the requests that wait. A hash that is being made is finished."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _in_turn(
        self, client: str, job: Callable[P, T], /, *arguments: P.args, **named: P.kwargs
    ) -> T:
        await self._turns.take(client)
        try:
            working = asyncio.wrap_future(self._pool.submit(job, *arguments, **named))
        except RuntimeError:  # closed meanwhile
            self._turns.give_back()
            raise
        # The turn ends with the job, since the caller may be cancelled before that.
        working.add_done_callback(lambda _: self._turns.give_back())
        return await asyncio.shield(working)

    def _check(self, stored: str | None, password: str) -> Checked:
        if stored is None or not is_affordable(stored):
            return self._refuse_slowly(password)
        try:
            self._hasher.verify(stored, password)
        except VerifyMismatchError:
            return Checked(ok=False)
        except (VerificationError, InvalidHashError, UnicodeError):
            return self._refuse_slowly(password)
        outdated = self._hasher.check_needs_rehash(stored)
        return Checked(ok=True, better=self._hasher.hash(password) if outdated else None)

    def _refuse_slowly(self, password: str) -> Checked:
        """Take as long as a check would, on a hash that no known password matches."""
        with suppress(VerificationError, UnicodeError):
            self._hasher.verify(self._decoy, password)
        return Checked(ok=False)


def _busy() -> TooMany:
    return TooMany("logins_busy", retry_after=1)


def _decoy_hash(parameters: Parameters) -> str:
    """A hash that takes as long to check as any other, and that no known password matches.

    It is put together from random bits: hashing would delay every start by the time of a login.
    """
    costs = f"m={parameters.memory_cost},t={parameters.time_cost},p={parameters.parallelism}"
    salt, digest = map(_unpadded, (parameters.salt_len, parameters.hash_len))
    return f"$argon2id$v={parameters.version}${costs}${salt}${digest}"


def _unpadded(size: int) -> str:
    return b64encode(secrets.token_bytes(size)).decode().rstrip("=")


def _give_way() -> None:
    """Let every other thread go first, unless a sandbox forbids it.

    Only Linux has priorities for single threads.
    """
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICENESS)


_Waiters = deque[asyncio.Future[None]]


class FairTurns:
    """Gives `at_once` turns at a time; of the clients that wait, each gets one turn in rotation.

    At most `most_waiting` requests wait, of all clients together. When those places are taken, a
    client with a shorter queue gets the place of the last request in the longest queue, so that one
    client with many requests does not shut out the others.
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
        """End a turn: the next waiting client gets it, and moves behind the others."""
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
        """Refuse the last request of the longest queue, unless the new one's would be as long."""
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
