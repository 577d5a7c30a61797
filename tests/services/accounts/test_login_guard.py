from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.errors import TooMany
from bakureserve.services.accounts.login_guard import LoginGuard
from tests.kit.houses import SetClock

WAITS = [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
"""Seconds to wait after each failure in a row at one account by one client."""
QUARTER = 15 * 60.0


@pytest.fixture
def guard(clock: SetClock) -> LoginGuard:
    return LoginGuard(clock)


def wait_of(guard: LoginGuard, account: str = "aysel", client: str = "home", **how: Any) -> float:
    """Try and fail; 0 if the attempt was let through, or else the seconds to wait."""
    try:
        guard.attempt(account, client, **how)
    except TooMany as refusal:
        return refusal.retry_after
    return 0.0


def fail(
    guard: LoginGuard, times: int, account: str = "aysel", client: str = "home", **how: Any
) -> None:
    """Fail as often as that, without having to wait."""
    for _ in range(times):
        assert wait_of(guard, account, client, **how) == 0


def succeed(guard: LoginGuard, account: str = "aysel", client: str = "home") -> None:
    guard.succeeded(guard.attempt(account, client))


def pass_seconds(clock: SetClock, seconds: float) -> None:
    clock.pass_minutes(seconds / 60)


def test_waits_grow_from_one_second_to_five_minutes(guard: LoginGuard, clock: SetClock) -> None:
    for wait in WAITS:
        fail(guard, 1)
        if wait:
            assert wait_of(guard) == wait
            pass_seconds(clock, wait)


def test_waiting_a_little_less_is_not_enough_and_asking_meanwhile_does_not_lengthen_it(
    guard: LoginGuard, clock: SetClock
) -> None:
    fail(guard, 4)
    succeed(guard)  # which gives the account its free failures back
    fail(guard, 5)
    for wait in (1, 2):
        for _ in range(20):
            assert wait_of(guard) == wait
        pass_seconds(clock, wait)
        fail(guard, 1)
    pass_seconds(clock, 3.25)
    with pytest.raises(TooMany, match="too_many_attempts") as caught:
        guard.attempt("aysel", "home")
    assert caught.value.retry_after == 0.75
    assert caught.value.params["seconds"] == 1
    assert wait_of(guard, "rauf") == wait_of(guard, client="elsewhere") == 0


def test_guesses_from_many_addresses_gain_nothing(guard: LoginGuard, clock: SetClock) -> None:
    for number in range(20):
        fail(guard, 1, client=f"address {number}")
    assert wait_of(guard, client="another") == 300
    let_through = 0
    for number in range(24 * 60):
        clock.pass_minutes(1)
        let_through += wait_of(guard, client=f"further {number}") == 0
    assert let_through == 24 * 60 // 5


def test_strangers_do_not_lock_out_who_was_there_of_late(guard: LoginGuard) -> None:
    for number in range(20):
        fail(guard, 1, client=f"address {number}")
    assert wait_of(guard, client="home", is_known=True) == 0
    assert wait_of(guard, client="home", device="phone") == 0


def test_a_device_that_is_known_waits_for_its_own_failures_alone(guard: LoginGuard) -> None:
    for number in range(40):
        wait_of(guard, f"account {number}", client="cafe")
    assert wait_of(guard, client="cafe") > 0
    fail(guard, 5, client="cafe", device="phone")
    assert wait_of(guard, client="cafe", device="phone") == 1
    assert wait_of(guard, client="home", device="phone") == 1
    assert wait_of(guard, client="cafe", device="tablet") == 0


def test_who_has_proved_otherwise_that_the_account_is_theirs_begins_afresh(
    guard: LoginGuard,
) -> None:
    fail(guard, 5, client="hotel")
    guard.forget("rauf", "hotel")
    assert wait_of(guard, client="hotel") > 0
    guard.forget("aysel", "hotel")
    fail(guard, 5, client="hotel")


def test_an_attempt_that_was_not_looked_at_counts_for_nothing(guard: LoginGuard) -> None:
    fail(guard, 4)
    for _ in range(50):
        guard.void(guard.attempt("aysel", "home"))
    fail(guard, 1)
    assert wait_of(guard) == 1
    for number in range(14):
        fail(guard, 1, client=f"address {number}")
    assert wait_of(guard, client="another") == 0


def test_guesses_at_many_accounts_by_one_client_wait(guard: LoginGuard, clock: SetClock) -> None:
    for number in range(30):
        fail(guard, 1, f"account {number}", "client")
    assert wait_of(guard, "another", "client") == 60
    assert wait_of(guard, "another", "other client") == 0
    assert wait_of(guard, "another", "client", is_known=True) == 0
    for number in range(100):  # what is right is no failure, and this machine no client
        succeed(guard, f"account {number}", "network")
        succeed(guard, client=f"address {number}")
        fail(guard, 1, f"account {number}", "")
    assert wait_of(guard, "new", "network") == 0
    alone = LoginGuard(clock, strangers_share=False)
    for number in range(100):
        fail(alone, 1, client=f"address {number}")


def test_a_city_behind_one_address_fails_once_a_minute_for_ever(
    guard: LoginGuard, clock: SetClock
) -> None:
    for number in range(200):
        fail(guard, 1, f"account {number}", "city")
        clock.pass_minutes(1)
    assert wait_of(guard, "another", "city") == 0


def test_the_longer_of_both_waits_is_told(guard: LoginGuard, clock: SetClock) -> None:
    fail(guard, 5, client="client")
    for wait in (1, 2, 4, 8, 16, 32, 64):
        pass_seconds(clock, wait)
        fail(guard, 1, client="client")
    for number in range(20):
        fail(guard, 1, f"account {number}", "client")
    assert wait_of(guard, "aysel", "client") == 128
    assert 0 < wait_of(guard, "account 0", "client") <= 60


def test_logging_in_to_an_own_account_does_not_excuse_guesses_at_others(guard: LoginGuard) -> None:
    for number in range(29):
        fail(guard, 1, f"account {number}", "client")
        succeed(guard, "own", "client")
    fail(guard, 1, "account 29", "client")
    assert wait_of(guard, "own", "client") == 60


def test_a_success_takes_the_wait_of_its_own_attempt_back(
    guard: LoginGuard, clock: SetClock
) -> None:
    for number in range(30):
        fail(guard, 1, f"account {number}", "network")
    pass_seconds(clock, 60)
    succeed(guard, "own", "network")
    assert wait_of(guard, "another", "network") == 0
    assert wait_of(guard, "another", "network") == 60


@pytest.mark.parametrize(("quiet", "wait"), [(QUARTER, 0), (QUARTER - 1, 2)])
def test_failures_are_forgotten_a_quarter_of_an_hour_after_the_last_wait(
    guard: LoginGuard, clock: SetClock, quiet: float, wait: float
) -> None:
    fail(guard, 5)
    pass_seconds(clock, 1 + quiet)
    fail(guard, 1)
    assert wait_of(guard) == wait


@given(st.lists(st.floats(0, 2000, allow_nan=False), max_size=60))
def test_who_guesses_waits_at_least_the_delay_of_each_failure_in_a_row(
    pauses: list[float],
) -> None:
    clock = SetClock()
    guard = LoginGuard(clock)
    streak, last = 0, clock.now
    for pause in pauses:
        pass_seconds(clock, pause)
        if wait_of(guard) > 0:
            continue
        since = (clock.now - last).total_seconds()
        delay = 0 if streak < 5 else min(2 ** (streak - 5), 300)
        assert since >= delay
        streak = 1 if since >= delay + QUARTER else streak + 1
        last = clock.now


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.booleans())))
def test_no_more_is_remembered_than_there_is_room_for(
    attempts: list[tuple[int, int, bool]],
) -> None:
    guard = LoginGuard(SetClock(), most_remembered=8)
    for account, client, is_right in attempts:
        with suppress(TooMany):
            attempt = guard.attempt(str(account), str(client))
            if is_right:
                guard.succeeded(attempt)
        assert len(guard) <= 32


def test_a_full_table_forgets_who_was_not_tried_for_longest(clock: SetClock) -> None:
    guard = LoginGuard(clock, most_remembered=2)
    fail(guard, 5, "aysel")
    fail(guard, 5, "rauf")
    wait_of(guard, "aysel")
    fail(guard, 1, "leyla")
    assert wait_of(guard, "aysel") > 0
    assert wait_of(guard, "rauf") == 0
