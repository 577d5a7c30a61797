from __future__ import annotations

import datetime as dt
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.forecast import (
    QUIET_AFTER,
    Basis,
    Forecast,
    cautious,
    first,
    heard,
    spread_at,
)
from tests.kit.builders import utc

NOW = utc("2027-03-01 15:00")


def after(seconds: float) -> dt.datetime:
    return NOW + dt.timedelta(seconds=seconds)


def seconds_of(forecast: Forecast) -> float:
    """The forecast arrival, in seconds after the first signal."""
    return (forecast.arrival - NOW).total_seconds()


def driven(remaining: list[float], *, every: float = 30, basis: Basis = "road") -> list[Forecast]:
    """The forecasts after each of these signals."""
    forecasts = [first(NOW, remaining[0], basis)]
    for place, seconds in enumerate(remaining[1:], start=1):
        forecasts.append(heard(forecasts[-1], after(place * every), seconds, basis))
    return forecasts


def steady(minutes: int = 30, pings: int = 20) -> list[float]:
    """A drive that goes as the router says."""
    return [minutes * 60 - 30 * ping for ping in range(pings)]


def test_a_drive_as_the_router_says_is_foreseen_from_the_first_signal() -> None:
    assert {seconds_of(each) for each in driven(steady())} == {1800}


def test_a_real_delay_is_followed_within_two_signals() -> None:
    """Also a gain: the guest takes a way that nobody thought of."""
    for delay in [180, 300, 600, -240]:
        before = steady(pings=10)
        late = [1800 - 30 * ping + delay for ping in range(10, 13)]
        *_, at_first, followed, _ = driven(before + late)
        assert seconds_of(at_first) == pytest.approx(1800, abs=30)
        assert seconds_of(followed) == pytest.approx(1800 + delay, abs=60)


def test_of_two_signals_the_delay_that_both_confirm_is_believed() -> None:
    for named, believed in [((300, 700), 300), ((700, 300), 300), ((-300, -600), -300)]:
        before = steady(pings=10)
        late = [1800 - 30 * ping + delay for ping, delay in enumerate(named, start=10)]
        assert seconds_of(driven(before + late)[-1]) == pytest.approx(1800 + believed, abs=20)


def test_standing_in_a_jam_the_arrival_moves_with_the_clock() -> None:
    """As far to go at every signal: the forecast is within two minutes of the truth."""
    standing = steady(pings=10) + [1530] * 10
    for place, forecast in enumerate(driven(standing)[11:], start=11):
        truth = 30 * place + 1530
        assert truth - 120 <= seconds_of(forecast) <= truth + 120


def test_one_stray_signal_moves_nothing() -> None:
    for stray in [400, -400, 2000]:
        signals = steady()
        signals[8] += stray
        forecasts = driven(signals)
        assert seconds_of(forecasts[8]) == pytest.approx(1800, abs=20)
        assert seconds_of(forecasts[-1]) == pytest.approx(1800, abs=60)


def test_jitter_is_ignored() -> None:
    """The forecast moves less from signal to signal than what is heard."""
    for seed in range(5):
        random = Random(seed)
        jittery = [max(60, left + random.gauss(0, 20)) for left in steady(minutes=40, pings=40)]
        named = [30 * place + left for place, left in enumerate(jittery)]
        told = [seconds_of(each) for each in driven(jittery)]
        assert _wandering(told[5:]) < 0.6 * _wandering(named[5:])
        assert told[-1] == pytest.approx(2400, abs=90)


def test_a_slow_evening_is_learnt() -> None:
    """The guest needs 40 seconds for every 30 of the router's, and is there after 40 minutes."""
    signals = [1800 - 30 * ping for ping in range(30)]
    forecasts = driven(signals, every=40)
    assert seconds_of(forecasts[0]) == 1800
    for place in (10, 20, 29):
        by_the_last_eta = 40 * place + signals[place]
        assert by_the_last_eta < seconds_of(forecasts[place]) < 2400
    assert 2400 - seconds_of(forecasts[20]) < 0.65 * (2400 - (800 + signals[20]))
    assert 1.15 < forecasts[29].pace < 4 / 3


def test_a_guests_word_starts_anew_and_two_signals_outweigh_it() -> None:
    before = driven(steady(pings=5))[-1]
    word = heard(before, after(140), 2700, "word")
    assert seconds_of(word) == 2840
    once = heard(word, after(150), 1650, "road")
    twice = heard(once, after(180), 1620, "road")
    assert seconds_of(once) == 2840
    assert seconds_of(twice) == pytest.approx(1800, abs=60)


def test_silence_widens_the_spread_and_hearing_again_narrows_it() -> None:
    *_, last = driven(steady())
    fresh = spread_at(last, last.heard_at)
    quiet = spread_at(last, last.heard_at + QUIET_AFTER + dt.timedelta(minutes=10))
    again = heard(last, last.heard_at + dt.timedelta(minutes=10), 600, "road")
    assert quiet > fresh + 120
    assert spread_at(again, again.heard_at) < quiet


@given(st.floats(0, 7200), st.floats(0, 7200), st.sampled_from(["lead", "word", "road", "line"]))
def test_caution_is_late_and_never_in_the_past(
    remaining: float, passed: float, basis: Basis
) -> None:
    forecast = first(NOW, remaining, basis)
    now = after(passed)
    assert cautious(forecast, now) >= max(now, forecast.arrival)


SIGNALS = st.lists(
    st.tuples(st.floats(0, 3600), st.floats(60, 7200), st.sampled_from(["road", "line"])),
    min_size=1,
    max_size=30,
)


@given(SIGNALS)
def test_whatever_is_heard_the_forecast_stays_within_what_was_heard(
    signals: list[tuple[float, float, Basis]],
) -> None:
    """Never before the soonest arrival that any signal named at the fastest pace, nor later than
    the latest at the slowest."""
    at, forecast = NOW, None
    named: list[dt.datetime] = []
    for pause, remaining, basis in signals:
        at += dt.timedelta(seconds=pause)
        forecast = heard(forecast, at, remaining, basis)
        named += [
            at + dt.timedelta(seconds=0.7 * remaining),
            at + dt.timedelta(seconds=2 * remaining),
        ]
    assert forecast is not None
    second = dt.timedelta(seconds=1)
    assert min(named) - second <= forecast.arrival <= max(named) + second
    assert forecast.spread > 0


def _wandering(values: list[float]) -> float:
    return sum(abs(later - earlier) for earlier, later in pairwise(values))
