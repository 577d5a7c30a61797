from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.gcra import Quota, take
from bakureserve.limits.memory import MemoryLimiter

QUOTA = Quota(3, 60.0)


def test_clients_do_not_share_a_bucket() -> None:
    limiter = MemoryLimiter(QUOTA)
    assert [limiter.take("a", 1, 0.0).allowed for _ in range(4)] == [True, True, True, False]
    assert limiter.take("b", 1, 0.0).allowed


def test_idle_buckets_are_dropped_as_others_call() -> None:
    limiter = MemoryLimiter(QUOTA)
    for number in range(10):
        limiter.take(f"c{number}", 1, 0.0)
    for _ in range(5):
        limiter.take("late", 1, 1000.0)
    assert len(limiter) == 1


def test_a_full_table_forgets_who_has_not_called_for_longest() -> None:
    limiter = MemoryLimiter(QUOTA, largest=2)
    for client in ("old", "old", "old", "busy", "old", "new"):
        limiter.take(client, 1, 0.0)
    assert len(limiter) == 2
    assert not limiter.take("old", 1, 0.0).allowed
    assert limiter.take("busy", 3, 0.0).allowed


def test_clearing_gives_everybody_a_fresh_quota() -> None:
    limiter = MemoryLimiter(QUOTA)
    limiter.take("a", 3, 0.0)
    limiter.clear()
    assert limiter.take("a", 3, 0.0).allowed


@given(
    st.lists(st.tuples(st.sampled_from("abcd"), st.integers(1, 4), st.floats(0, 50)), max_size=60)
)
def test_the_table_judges_as_if_it_never_forgot_an_idle_bucket(
    calls: list[tuple[str, int, float]],
) -> None:
    limiter = MemoryLimiter(QUOTA)
    arrivals: dict[str, float] = {}
    now = 0.0
    for client, weight, pause in calls:
        now += pause
        expected = take(QUOTA, arrivals.get(client, now), weight, now)
        arrivals[client] = expected.arrival
        assert limiter.take(client, weight, now).allowed == expected.allowed
        assert len(limiter) <= len(arrivals)
