from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.limits.limiter import NANOSECONDS, Quota, take
from tests.limits.fairness import Judged, require_fair

QUOTAS = st.builds(Quota, st.integers(1, 500), st.floats(0.001, 3600))
MOMENTS = st.integers(0, 10**16)


def test_exactly_the_quota_fits_at_once_and_one_more_after_an_interval() -> None:
    quota, now = Quota(300, 60.0), 1_000_000 * NANOSECONDS
    arrival = 0
    for left in reversed(range(300)):
        verdict = take(quota, arrival, 1, now)
        assert (verdict.allowed, verdict.remaining) == (True, left)
        arrival = verdict.arrival
    refused = take(quota, arrival, 1, now)
    assert (refused.allowed, refused.remaining, refused.retry_after) == (False, 0, 0.2)
    back = now + NANOSECONDS // 5
    assert not take(quota, refused.arrival, 1, back - 1).allowed
    assert take(quota, refused.arrival, 1, back).allowed


def test_calls_of_an_odd_quota_round_to_none_too_many_or_too_few() -> None:
    quota = Quota(99_991, 60.0)
    arrival = allowed = 0
    for _ in range(quota.requests + 1):
        verdict = take(quota, arrival, 1, 10**15)
        arrival = verdict.arrival
        allowed += verdict.allowed
    assert allowed == quota.requests


@given(
    QUOTAS,
    MOMENTS,
    st.lists(st.tuples(st.integers(0, 10**11) | st.just(0), st.integers(0, 7)), max_size=60),
)
def test_any_interval_allows_the_quota_and_its_steady_return_and_no_call_less(
    quota: Quota, now: int, calls: list[tuple[int, int]]
) -> None:
    arrival = 0
    judged: list[Judged] = []
    for pause, weight in calls:
        now += pause
        verdict = take(quota, arrival, weight, now)
        arrival = verdict.arrival
        judged.append(Judged(now, weight, verdict.allowed))
    require_fair(quota, judged)


@given(QUOTAS, MOMENTS, st.integers(0, 600), MOMENTS)
def test_a_refused_call_costs_nothing_and_is_allowed_when_it_was_told_to_return(
    quota: Quota, ahead: int, weight: int, now: int
) -> None:
    arrival = now * quota.requests + ahead % (quota.whole + 1)
    verdict = take(quota, arrival, weight, now)
    assert 0 <= verdict.remaining <= quota.requests
    assert 0 <= verdict.reset_after <= quota.window + 1e-9
    if not verdict.allowed:
        assert verdict.arrival == arrival
        later = now + int(verdict.retry_after * NANOSECONDS) + 1000
        assert take(quota, verdict.arrival, weight, later).allowed


def test_a_call_heavier_than_the_quota_takes_all_of_it() -> None:
    verdict = take(Quota(5, 10.0), 0, 99, 0)
    assert (verdict.allowed, verdict.remaining, verdict.reset_after) == (True, 0, 10.0)


def test_a_clock_that_steps_back_keeps_no_client_out_for_more_than_a_window() -> None:
    quota = Quota(5, 10.0)
    before = take(quota, 0, 1, 3600 * NANOSECONDS)
    after = take(quota, before.arrival, 1, 0)
    assert (after.allowed, after.retry_after) == (False, 2.0)
    assert take(quota, after.arrival, 1, 2 * NANOSECONDS).allowed
