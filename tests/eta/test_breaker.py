from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.eta.breaker import Admission, Breaker
from tests.kit.clocks import Steady


@pytest.fixture
def breaker(steady: Steady) -> Breaker:
    return Breaker("osrm", failures=3, cooldown=300, clock=steady)


def admitted(breaker: Breaker) -> Admission:
    admission = breaker.admit()
    assert admission is not None
    return admission


def fail(breaker: Breaker, times: int = 3) -> None:
    for _ in range(times):
        admitted(breaker).failed()


def test_three_failures_in_a_row_open_it(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.state == "closed"
    admitted(breaker).failed()
    assert breaker.state == "open"
    assert breaker.admit() is None


def test_a_success_between_starts_the_count_afresh(breaker: Breaker) -> None:
    fail(breaker, 2)
    admitted(breaker).succeeded()
    fail(breaker, 2)
    assert breaker.state == "closed"


def test_a_success_does_not_void_the_failures_of_calls_beside_it(breaker: Breaker) -> None:
    beside = [admitted(breaker) for _ in range(3)]
    admitted(breaker).succeeded()
    for admission in beside:
        admission.failed()
    assert breaker.state == "open"


def test_after_the_cooldown_one_trial_goes_through(breaker: Breaker, steady: Steady) -> None:
    fail(breaker)
    steady.now += 299.9
    assert breaker.admit() is None
    steady.now += 0.1
    assert breaker.state == "half_open"
    trial = admitted(breaker)
    assert [breaker.admit() for _ in range(10)] == [None] * 10
    trial.succeeded()
    assert breaker.state == "closed"
    fail(breaker)
    assert breaker.state == "open"


def test_a_failed_trial_opens_it_for_another_cooldown(breaker: Breaker, steady: Steady) -> None:
    fail(breaker)
    steady.now += 300
    fail(breaker, 1)
    assert breaker.state == "open"
    steady.now += 299
    assert breaker.admit() is None
    steady.now += 1
    admitted(breaker).abandoned()  # and makes room for another
    assert breaker.state == "half_open"
    admitted(breaker).succeeded()
    assert breaker.state == "closed"


def test_abandoned_calls_count_for_nothing(breaker: Breaker) -> None:
    fail(breaker, 2)
    for _ in range(10):
        admitted(breaker).abandoned()
    assert breaker.figures().failures == 2


def test_only_the_first_outcome_of_a_call_counts(breaker: Breaker) -> None:
    """A call that missed its deadline does not make up for it by answering later."""
    for _ in range(3):
        late = admitted(breaker)
        late.failed()
        late.succeeded()
        late.failed()
    assert breaker.figures().opened == 1
    assert breaker.state == "open"


def test_calls_from_before_it_opened_neither_close_nor_hold_it(
    breaker: Breaker, steady: Steady
) -> None:
    before = [admitted(breaker) for _ in range(3)]
    fail(breaker)
    before[0].succeeded()
    assert breaker.state == "open"
    steady.now += 300
    trial = admitted(breaker)
    before[1].failed()
    before[2].succeeded()
    assert breaker.state == "half_open"
    trial.succeeded()
    assert breaker.state == "closed"


def test_a_reset_closes_it_and_calls_under_way_no_longer_count(breaker: Breaker) -> None:
    under_way = [admitted(breaker) for _ in range(3)]
    fail(breaker)
    breaker.reset()
    assert breaker.state == "closed"
    for admission in under_way:
        admission.failed()
    assert breaker.figures().failures == 0


def test_figures_tell_how_it_stands(breaker: Breaker, steady: Steady) -> None:
    fail(breaker)
    breaker.admit()
    steady.now += 100
    told = breaker.figures()
    assert (told.name, told.state, told.failures) == ("osrm", "open", 3)
    assert (told.retry_in, told.opened, told.refused) == (200, 1, 1)


STEPS = st.tuples(st.sampled_from(["ok", "fail", "abandon", "begin"]), st.floats(0, 200))


@given(st.lists(STEPS, max_size=60))
def test_it_never_lets_two_trials_run_nor_anything_through_while_open(
    steps: list[tuple[str, float]],
) -> None:
    steady = Steady()
    breaker = Breaker("osrm", failures=3, cooldown=300, clock=steady)
    under_way: list[tuple[str, Admission]] = []
    for step, wait in steps:
        steady.now += wait
        if step == "begin":
            state = breaker.state
            admission = breaker.admit()
            assert state != "open" or admission is None
            if admission is not None:
                under_way.append((state, admission))
        elif under_way:
            _, admission = under_way.pop(0)
            {"ok": admission.succeeded, "fail": admission.failed}.get(step, admission.abandoned)()
        if breaker.state == "half_open":
            current = [each for was, each in under_way if was == "half_open"]
            assert len([each for each in current if each.epoch == breaker._epoch]) <= 1
        assert breaker.figures().failures <= 3 or breaker.state != "closed"
