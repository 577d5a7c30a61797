from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.gcra import Quota, take

QUOTAS = st.builds(Quota, st.integers(1, 500), st.floats(1, 3600))
CALLS = st.lists(st.tuples(st.floats(0, 100), st.integers(0, 7)), max_size=80)


def test_exactly_the_quota_fits_at_once_and_one_more_after_an_interval() -> None:
    quota = Quota(300, 60.0)
    arrival = 1_000_000.0
    for left in reversed(range(300)):
        verdict = take(quota, arrival, 1, 1_000_000.0)
        assert (verdict.allowed, verdict.remaining) == (True, left)
        arrival = verdict.arrival
    refused = take(quota, arrival, 1, 1_000_000.0)
    assert not refused.allowed
    assert take(quota, refused.arrival, 1, 1_000_000.0 + refused.retry_after).allowed


@given(QUOTAS, CALLS)
def test_no_span_allows_more_than_the_quota_and_its_steady_return(
    quota: Quota, calls: list[tuple[float, int]]
) -> None:
    now = arrival = 0.0
    allowed: list[tuple[float, int]] = []
    for pause, weight in calls:
        now += pause
        verdict = take(quota, arrival, weight, now)
        arrival = verdict.arrival
        if verdict.allowed:
            allowed.append((now, min(weight, quota.requests)))
    for first in range(len(allowed)):
        used = 0
        for when, weight in allowed[first:]:
            used += weight
            span = when - allowed[first][0]
            assert used <= quota.requests + span * quota.requests / quota.window + 0.001


@given(QUOTAS, st.floats(0, 7200), st.integers(0, 600), st.floats(0, 3600))
def test_a_refused_call_costs_nothing_and_is_allowed_when_it_was_told_to_return(
    quota: Quota, arrival: float, weight: int, now: float
) -> None:
    verdict = take(quota, arrival, weight, now)
    assert 0 <= verdict.remaining <= quota.requests
    assert verdict.reset_after >= 0
    if not verdict.allowed:
        assert verdict.arrival == max(arrival, now)
        later = now + verdict.retry_after
        assert take(quota, verdict.arrival, weight, later).allowed


def test_a_call_heavier_than_the_quota_takes_all_of_it() -> None:
    verdict = take(Quota(5, 10.0), 0.0, 99, 0.0)
    assert (verdict.allowed, verdict.remaining, verdict.reset_after) == (True, 0, 10.0)
