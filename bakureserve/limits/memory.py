"""The rate limiter of one process: a bounded table of buckets in memory."""

from __future__ import annotations

from heapq import nlargest
from itertools import islice
from typing import NamedTuple

from bakureserve.limits.gcra import Quota, Verdict, take

LARGEST_TABLE = 200_000
"""Buckets in some 35 MB."""
_SLOTS_A_WINDOW = 64
_RANKED = 1_000


class Bucket(NamedTuple):
    """What is remembered of a client: how much of its quota is used, and until it is whole."""

    client: str
    used: int
    reset_after: float


def bucket_of(client: str, quota: Quota, used: int) -> Bucket | None:
    """The bucket of a client who has used so many parts of 1/N ns; None of one that is whole."""
    if used <= 0:
        return None
    return Bucket(client, -(-used // quota.call), quota.seconds(used))


class MemoryBuckets:
    """One bucket a client; every call costs the same, however many there are.

    Buckets lie in slots by the moment at which their quota is whole again, a slot being a 64th to
    a 32nd of the window. `prune` empties the slots that have passed: such a bucket says no more
    than no bucket. A table that is full forgets a bucket of the earliest slot, whose client gets a
    fresh quota: of all it is the one who has used least, so that a flood of newcomers washes out
    itself and not those who are near their limit. No client is refused for want of room.

    Moments are in whole nanoseconds of a clock that never steps back.
    """

    def __init__(self, quota: Quota, largest: int = LARGEST_TABLE) -> None:
        self.quota = quota
        self.largest = largest
        self.evicted = self.pruned = 0
        self._arrivals: dict[str, int] = {}
        self._slots: dict[int, dict[str, None]] = {}
        self._shift = (quota.whole // _SLOTS_A_WINDOW).bit_length()
        self._earliest = 0

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(self, client: str, weight: int, now: int) -> Verdict:
        """Judge and count a call of `weight` by `client`."""
        kept = self._arrivals.get(client)
        verdict = take(self.quota, 0 if kept is None else kept, weight, now)
        if verdict.allowed:
            self._keep(client, kept, verdict.arrival)
            if len(self._arrivals) > self.largest:
                self._evict(now)
        return verdict

    def note(self, client: str, arrival: int, now: int) -> None:
        """Remember what was decided elsewhere."""
        self._keep(client, self._arrivals.get(client), arrival)
        if len(self._arrivals) > self.largest:
            self._evict(now)

    def prune(self, now: int, at_most: int) -> int:
        """Drop up to `at_most` buckets that are whole again; how many there were."""
        present = (now * self.quota.requests) >> self._shift
        dropped = 0
        while dropped < at_most and self._arrivals and self._first_slot() < present:
            self._drop()
            dropped += 1
        self.pruned += dropped
        return dropped

    def peek(self, client: str, now: int) -> Bucket | None:
        """The client's bucket; None when its quota is whole."""
        used = self._arrivals.get(client, 0) - now * self.quota.requests
        return bucket_of(client, self.quota, used)

    def busiest(self, most: int, now: int) -> list[Bucket]:
        """The `most` clients that have used most of their quota, the busiest first.

        Buckets of the latest slots alone are looked at, so that a full table costs no more: below
        the first `_RANKED` the order is that of the slots.
        """
        late = (each for slot in sorted(self._slots, reverse=True) for each in self._slots[slot])
        found = [self.peek(client, now) for client in islice(late, max(most, _RANKED))]
        return nlargest(most, filter(None, found), key=lambda bucket: bucket.reset_after)

    def reset(self, client: str) -> bool:
        """Give the client a fresh quota; whether it had used any of the old one."""
        arrival = self._arrivals.pop(client, None)
        if arrival is None:
            return False
        self._leave(client, arrival >> self._shift)
        return True

    def clear(self, at_most: int) -> int:
        """Give up to `at_most` clients a fresh quota; how many there were."""
        dropped = 0
        while dropped < at_most and self._arrivals:
            self._drop()
            dropped += 1
        return dropped

    def _keep(self, client: str, kept: int | None, arrival: int) -> None:
        self._arrivals[client] = arrival
        slot = arrival >> self._shift
        if kept is not None:
            left = kept >> self._shift
            if left == slot:
                return
            self._leave(client, left)
        members = self._slots.get(slot)
        if members is None:
            self._slots[slot] = {client: None}
            self._earliest = min(self._earliest, slot)
        else:
            members[client] = None

    def _leave(self, client: str, slot: int) -> None:
        members = self._slots[slot]
        del members[client]
        if not members:
            del self._slots[slot]

    def _evict(self, now: int) -> None:
        if self._drop() > now * self.quota.requests:
            self.evicted += 1
        else:
            self.pruned += 1

    def _drop(self) -> int:
        """Forget a bucket of the earliest slot; its arrival time."""
        slot = self._first_slot()
        members = self._slots[slot]
        client, _ = members.popitem()
        if not members:
            del self._slots[slot]
        return self._arrivals.pop(client)

    def _first_slot(self) -> int:
        if self._earliest not in self._slots:
            self._earliest = min(self._slots)
        return self._earliest
