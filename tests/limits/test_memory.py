from __future__ import annotations

import string
from collections import defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from bakureserve.limits.limiter import NANOSECONDS, MemoryBuckets, Quota
from tests.kit.examples import examples
from tests.limits.fairness import Judged, require_fair

QUOTA = Quota(3, 60.0)


def test_pruning_drops_what_is_whole_again_and_no_more_than_it_may() -> None:
    buckets = MemoryBuckets(QUOTA)
    for number in range(10):
        buckets.take(f"idle{number}", 1, 0)
    buckets.take("busy", 3, 20 * NANOSECONDS)
    later = 25 * NANOSECONDS
    assert [buckets.prune(later, 4) for _ in range(4)] == [4, 4, 2, 0]
    assert len(buckets) == 1
    assert not buckets.take("busy", 1, later).allowed
    assert (buckets.pruned, buckets.evicted) == (10, 0)


def test_a_flood_of_newcomers_washes_out_itself_and_not_who_is_at_the_limit() -> None:
    buckets = MemoryBuckets(QUOTA, largest=100)
    buckets.take("greedy", 3, 0)
    for number in range(10_000):
        assert buckets.take(f"new{number}", 1, number).allowed
    assert len(buckets) == 100
    assert not buckets.take("greedy", 1, 10_000).allowed
    assert buckets.evicted == 10_001 - 100


def test_a_full_table_makes_room_from_idle_buckets_first() -> None:
    buckets = MemoryBuckets(QUOTA, largest=2)
    buckets.take("idle", 1, 0)
    buckets.take("busy", 3, 30 * NANOSECONDS)
    buckets.take("new", 1, 30 * NANOSECONDS)
    assert (buckets.pruned, buckets.evicted) == (1, 0)
    assert not buckets.take("busy", 1, 30 * NANOSECONDS).allowed


def test_clients_are_shown_with_what_they_used_until_their_quota_is_whole() -> None:
    buckets = MemoryBuckets(QUOTA)
    for client, weight in (("one", 1), ("three", 3), ("two", 2)):
        assert buckets.take(client, weight, 0).allowed
    assert [(each.client, each.used) for each in buckets.busiest(2, 0)] == [
        ("three", 3),
        ("two", 2),
    ]
    assert buckets.peek("two", 10 * NANOSECONDS) == ("two", 2, 30.0)
    assert buckets.peek("two", 40 * NANOSECONDS) is buckets.peek("nobody", 0) is None
    assert [each.client for each in buckets.busiest(9, 45 * NANOSECONDS)] == ["three"]


def test_resetting_gives_one_or_all_a_fresh_quota() -> None:
    buckets = MemoryBuckets(QUOTA)
    for client in ("a", "b", "c"):
        buckets.take(client, 3, 0)
    assert buckets.reset("a")
    assert not buckets.reset("a")
    assert buckets.take("a", 3, 0).allowed
    assert [buckets.clear(2), buckets.clear(2), buckets.clear(2)] == [2, 1, 0]
    assert buckets.take("b", 3, 0).allowed


CLIENTS = st.sampled_from(string.ascii_lowercase[:8])


class AnyTraffic(RuleBasedStateMachine):
    """Calls, jumps of time, prunings, resets, and a table that is often full.

    A client whom the table forgot has a fresh quota from then on, and only then: its calls are
    judged from there. Whom it may forget is checked as well.
    """

    @initialize(
        quota=st.builds(Quota, st.integers(1, 7), st.sampled_from((0.5, 7.0, 60.0, 86_400.0))),
        largest=st.integers(1, 9),
        now=st.integers(0, 10**15),
    )
    def open(self, quota: Quota, largest: int, now: int) -> None:
        self.quota, self.largest, self.now = quota, largest, now
        self.buckets = MemoryBuckets(quota, largest)
        self.calls: dict[str, list[Judged]] = defaultdict(list)

    def used(self, client: str) -> int:
        bucket = self.buckets.peek(client, self.now)
        return round(bucket.reset_after * NANOSECONDS * self.quota.requests) if bucket else 0

    @rule(client=CLIENTS, weight=st.integers(1, 9))
    def call(self, client: str, weight: int) -> None:
        before = {each: self.used(each) for each in self.calls}
        was_full = len(self.buckets) == self.largest
        verdict = self.buckets.take(client, weight, self.now)
        self.calls[client].append(Judged(self.now, weight, verdict.allowed))
        require_fair(self.quota, self.calls[client])
        after = {each: self.used(each) for each in self.calls}
        forgotten = [each for each in self.calls if after[each] < before.get(each, 0)]
        if verdict.allowed and not after[client]:
            forgotten.append(client)
            before[client] = verdict.reset_after * NANOSECONDS * self.quota.requests
        assert len(forgotten) <= was_full
        for each in forgotten:
            self.require_least_used(before[each], after)
            self.calls[each] = []

    def require_least_used(self, used: float, others: dict[str, int]) -> None:
        least = min((each for each in others.values() if each), default=0)
        assert used <= least + self.quota.whole / 32

    @rule(seconds=st.sampled_from((0.0, 0.001, 0.9, 8.0, 61.0, 90_000.0)))
    def time_passes(self, seconds: float) -> None:
        self.now += int(seconds * NANOSECONDS)

    @rule(share=st.floats(0, 1))
    def part_of_a_window_passes(self, share: float) -> None:
        self.now += int(self.quota.call * share)

    @rule(client=CLIENTS, missing=st.integers(0, 10))
    def a_quota_is_all_but_whole(self, client: str, missing: int) -> None:
        self.now += max(self.used(client) // self.quota.requests - missing, 0)

    @rule(at_most=st.integers(0, 5))
    def prune(self, at_most: int) -> None:
        before = {each: self.used(each) for each in self.calls}
        assert self.buckets.prune(self.now, at_most) <= at_most
        assert {each: self.used(each) for each in self.calls} == before

    @rule(client=CLIENTS)
    def reset(self, client: str) -> None:
        self.buckets.reset(client)
        self.calls[client] = []

    @rule()
    def reset_all(self) -> None:
        while self.buckets.clear(3):
            pass
        self.calls.clear()

    @invariant()
    def is_bounded(self) -> None:
        if hasattr(self, "buckets"):
            assert len(self.buckets) <= self.largest


AnyTraffic.TestCase.settings = settings(max_examples=examples(75), stateful_step_count=40)
test_any_traffic_is_judged_by_the_calls_of_every_interval = AnyTraffic.TestCase
