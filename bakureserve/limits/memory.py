"""The rate limiter of one process: a bounded table of buckets in memory."""

from __future__ import annotations

from collections import OrderedDict

from bakureserve.domain.gcra import Quota, Verdict, take

LARGEST_TABLE = 200_000
SWEPT_A_CALL = 2


class MemoryLimiter:
    """One bucket a client, ordered by last use; every call costs the same, however many there are.

    Each call also drops up to two buckets from the idle end whose quota is whole again: they say
    no more than no bucket. A table that is full of busy clients forgets the one that has not
    called for longest, who thereby gets a fresh quota; nobody new is refused for want of room.
    """

    def __init__(self, quota: Quota, largest: int = LARGEST_TABLE) -> None:
        self.quota = quota
        self._largest = largest
        self._arrivals: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        return len(self._arrivals)

    def take(self, client: str, weight: int, now: float) -> Verdict:
        """Judge and count a call of `weight` by `client`; `now` in seconds of a steady clock."""
        self._sweep(now)
        verdict = take(self.quota, self._arrivals.get(client, now), weight, now)
        self._arrivals[client] = verdict.arrival
        self._arrivals.move_to_end(client)
        if len(self._arrivals) > self._largest:
            self._arrivals.popitem(last=False)
        return verdict

    def clear(self) -> None:
        """Give every client a fresh quota."""
        self._arrivals.clear()

    def _sweep(self, now: float) -> None:
        for _ in range(SWEPT_A_CALL):
            longest_unused = next(iter(self._arrivals), None)
            if longest_unused is None or self._arrivals[longest_unused] > now:
                return
            del self._arrivals[longest_unused]
