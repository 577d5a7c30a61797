"""When the guest will be there, from estimates that come seldom and jitter.

Each signal says how many seconds of driving are left, and so implies an arrival. The simplest
forecast is the last of these. This one keeps an arrival with its spread, and each signal corrects
it:

- **Jitter is averaged out** by a Kalman filter of one dimension (R. E. Kalman, "A New Approach to
  Linear Filtering and Prediction Problems", 1960): the surer the forecast and the vaguer the
  signal, the less it moves.
- **A delay is followed at the second signal.** One that lies outside the gate of what the filter
  would expect is set aside, as trackers do with strays (Y. Bar-Shalom and T. E. Fortmann, "Tracking
  and Data Association", 1988); when the next lies outside on the same side, the forecast moves to
  the nearer of the two, which is their median with the forecast (J. W. Tukey's running median of
  three, "Exploratory Data Analysis", 1977).
- **The driver's pace is learnt**, stretch by stretch: seconds that went by for each second of way.
  A router that is a tenth too hopeful this evening stays so to the end. What was followed as a
  delay is no pace, and a new stretch begins behind it.
- **What is ahead widens it, and silence does**: more may still happen on a long way than on a
  short one, and after `QUIET_AFTER` without a signal the spread grows with every second.

`cautious` is what a kitchen acts by. Food that waits spoils, a guest who waits does not, so it errs
to the late side: the forecast plus `CAUTION` spreads. For a normal error that is the 69th
percentile, which is right when a minute the food waits costs as much as 2.2 minutes the guest waits
(the critical fractile of K. J. Arrow, T. Harris and J. Marschak, "Optimal Inventory Policy", 1951).

The constants were chosen on 300 simulated drives; `python -m bench.trips` judges them by others.
"""

from __future__ import annotations

import datetime as dt
from math import hypot, sqrt
from typing import Any, Literal

import msgspec

Basis = Literal["lead", "word", "road", "line"]
"""What a signal rests on: the guest's first or later announcement, a route, a straight line."""

QUIET_AFTER = dt.timedelta(seconds=150)
"""Five pings missed at the usual interval: the location is stale."""

FLOOR_SECONDS = 20.0
"""No signal is surer than this: lights, parking, the way from the car."""
_SHARE: dict[Basis, float] = {"lead": 0.3, "word": 0.15, "road": 0.03, "line": 0.2}
"""A signal's standard deviation as a share of the way left."""
DRIFT = 0.05
"""How fast the true arrival wanders between signals, in seconds a second."""
GATE = 1.6
"""Spreads beyond which a signal is not taken for jitter."""
AHEAD = 0.15
"""Seconds of spread for each second of way that is left, where anything may still happen."""
WIDENING = 0.5
"""Seconds of spread for each second of silence."""
CAUTION = 0.5

PRIOR_SECONDS = 400.0
"""The router's pace counts as if it had been observed for this long."""
STRETCH_SECONDS = 60.0
"""The pace is measured over stretches at least this long: in less, jitter hides it."""
MEMORY = 0.95
"""The share of its weight that an observed pace keeps from one stretch to the next."""
SLOWEST_PACE, FASTEST_PACE = 2.0, 0.7
"""Slower or faster than this against the router is no driving pace; something else happened."""


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The expected arrival, its standard deviation in seconds, and what it was learnt from.

    `heard_at` is the last signal's time, `remaining` the seconds of way it named. `passed` and
    `covered` are the seconds that went by on stretches of the way and the seconds of way in them,
    the older the lighter; the stretch that is being driven began at `mark_at` with `mark_remaining`
    to go. `stray` is the arrival that the last signal named, if that was set aside.
    """

    arrival: dt.datetime
    spread: float
    heard_at: dt.datetime
    remaining: float
    basis: Basis
    mark_at: dt.datetime
    mark_remaining: float
    passed: float = 0.0
    covered: float = 0.0
    stray: dt.datetime | None = None

    @property
    def pace(self) -> float:
        """Seconds this guest needs for a second of the router's way."""
        return (self.passed + PRIOR_SECONDS) / (self.covered + PRIOR_SECONDS)


def first(at: dt.datetime, remaining: float, basis: Basis) -> Forecast:
    """The forecast after one signal: `remaining` seconds of way, heard at `at`."""
    return Forecast(
        arrival=at + dt.timedelta(seconds=remaining),
        spread=_noise(remaining, basis),
        heard_at=at,
        remaining=remaining,
        basis=basis,
        mark_at=at,
        mark_remaining=remaining,
    )


def heard(before: Forecast | None, at: dt.datetime, remaining: float, basis: Basis) -> Forecast:
    """The forecast after another signal.

    A guest's announcement starts a new forecast, since they know best what they are about to do; so
    does the first route after their first announcement. Two routes outweigh a later announcement.
    """
    if before is None or basis in {"lead", "word"} or before.basis == "lead":
        return first(at, remaining, basis)
    named = at + dt.timedelta(seconds=remaining * before.pace)
    spread = hypot(before.spread, DRIFT * (at - before.heard_at).total_seconds())
    here = msgspec.structs.replace(
        before, spread=spread, heard_at=at, remaining=remaining, basis=basis
    )
    return _corrected(here, named, _noise(remaining, basis))


def spread_at(forecast: Forecast, now: dt.datetime) -> float:
    """The standard deviation in seconds at `now`: what is known badly, what may still happen on the
    way that is left, and the silence since the last signal."""
    ahead = (forecast.arrival - now).total_seconds()
    silence = (now - forecast.heard_at - QUIET_AFTER).total_seconds()
    return hypot(forecast.spread, AHEAD * max(ahead, 0.0), WIDENING * max(silence, 0.0))


def cautious(forecast: Forecast, now: dt.datetime) -> dt.datetime:
    """The arrival to act by: on the late side of the forecast, and never before `now`."""
    margin = dt.timedelta(seconds=CAUTION * spread_at(forecast, now))
    return max(forecast.arrival + margin, now)


def _noise(remaining: float, basis: Basis) -> float:
    return hypot(FLOOR_SECONDS, _SHARE[basis] * remaining)


def _corrected(here: Forecast, named: dt.datetime, noise: float) -> Forecast:
    """The forecast after a signal that named this arrival, with this noise in seconds."""
    surprise = (named - here.arrival).total_seconds()
    if abs(surprise) <= GATE * hypot(here.spread, noise):
        return _believed(here, surprise, noise)
    if here.stray is None or (here.stray > here.arrival) != (surprise > 0):
        return msgspec.structs.replace(here, stray=named)
    nearer = min if surprise > 0 else max
    return _marked(here, arrival=nearer(named, here.stray), spread=noise, stray=named)


def _believed(here: Forecast, surprise: float, noise: float) -> Forecast:
    """The forecast moved by its share of the surprise, and the pace measured when it is due."""
    gain = here.spread**2 / (here.spread**2 + noise**2)
    moved = msgspec.structs.replace(
        here,
        arrival=here.arrival + dt.timedelta(seconds=gain * surprise),
        spread=sqrt(1 - gain) * here.spread,
        stray=None,
    )
    passed = (here.heard_at - here.mark_at).total_seconds()
    if passed < STRETCH_SECONDS:
        return moved
    covered = here.mark_remaining - here.remaining
    if not passed / SLOWEST_PACE <= covered <= passed / FASTEST_PACE:
        return _marked(moved)
    return _marked(
        moved,
        passed=MEMORY * here.passed + passed,
        covered=MEMORY * here.covered + covered,
    )


def _marked(here: Forecast, **changes: Any) -> Forecast:
    """The forecast with these changes, and a new stretch of the way from here on."""
    return msgspec.structs.replace(
        here, mark_at=here.heard_at, mark_remaining=here.remaining, **changes
    )
