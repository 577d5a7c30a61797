"""When the guest will be there, from estimates that come seldom and jitter.

Each signal names how many seconds of way are left, and with that a moment of arrival. Naively one
would believe the last. Here the moment is kept with its spread and corrected by each signal:

- **Jitter is averaged out** by a Kalman filter of one dimension (R. E. Kalman, "A New Approach to
  Linear Filtering and Prediction Problems", 1960): the surer the forecast and the vaguer the
  signal, the less it moves.
- **A delay is followed at the second signal.** One that lies outside the gate of what the filter
  would expect is set aside, as trackers do with strays (Y. Bar-Shalom and T. E. Fortmann, "Tracking
  and Data Association", 1988); when the next lies outside on the same side, the forecast moves to
  the nearer of the two, which is their median with the forecast (J. W. Tukey's running median of
  three, "Exploratory Data Analysis", 1977).
- **The driver's pace is learnt**: seconds that passed for each second of way that was covered. A
  router that is a tenth too hopeful for this evening stays so to the end of the way.
- **Silence widens it**: after `QUIET_AFTER` without a signal the spread grows with every second.

`cautious` is what a kitchen acts by. Food that waits spoils, a guest who waits does not, so it errs
to the late side: the forecast plus `CAUTION` spreads. For a normal error that is the 60th
percentile, which is right when a minute the food waits costs one and a half times a minute the
guest waits (the critical fractile of K. J. Arrow, T. Harris and J. Marschak, "Optimal Inventory
Policy", 1951).
"""

from __future__ import annotations

import datetime as dt
from math import hypot, sqrt
from typing import Literal

import msgspec

Basis = Literal["lead", "word", "road", "line"]
"""What a signal rests on: the guest's first or later word, a route, a straight line."""

QUIET_AFTER = dt.timedelta(seconds=150)
"""Five pings missed at the usual interval: the location is stale."""

FLOOR_SECONDS = 20.0
"""No signal is surer than this: lights, parking, the way from the car."""
_SHARE: dict[Basis, float] = {"lead": 0.3, "word": 0.15, "road": 0.05, "line": 0.2}
"""A signal's standard deviation as a share of the way left."""
DRIFT = 0.05
"""How fast the true arrival wanders between signals, in seconds a second."""
GATE = 1.6
"""Spreads beyond which a signal is not taken for jitter."""
WIDENING = 0.5
"""Seconds of spread for each second of silence."""
CAUTION = 0.25

PRIOR_SECONDS = 240.0
"""The router's pace counts as if it had been observed for so long."""
MEMORY = 0.9
"""Weight that what was seen of the pace keeps from one signal to the next."""
SLOWEST_PACE, FASTEST_PACE = 2.0, 0.7


class Forecast(msgspec.Struct, frozen=True, kw_only=True):
    """The expected arrival, its standard deviation in seconds, and what it was learnt from.

    `heard_at` is the last signal's time, `remaining` the seconds of way it named. `passed` and
    `covered` are the seconds between signals and the seconds of way between them, the older the
    lighter. `stray` is the arrival that the last signal named, if that was set aside.
    """

    arrival: dt.datetime
    spread: float
    heard_at: dt.datetime
    remaining: float
    basis: Basis
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
    )


def heard(before: Forecast | None, at: dt.datetime, remaining: float, basis: Basis) -> Forecast:
    """The forecast after another signal.

    A guest's word starts anew, since they know best what they are about to do; so does the first
    route after the first word. Two routes against a later word outweigh it.
    """
    if before is None or basis in {"lead", "word"} or before.basis == "lead":
        return first(at, remaining, basis)
    learnt = _with_pace(before, at, remaining, basis)
    named = at + dt.timedelta(seconds=remaining * learnt.pace)
    spread = hypot(before.spread, DRIFT * (at - before.heard_at).total_seconds())
    return _corrected(learnt, named, spread, _noise(remaining, basis))


def spread_at(forecast: Forecast, now: dt.datetime) -> float:
    """The standard deviation in seconds at `now`, wider the longer nothing was heard."""
    silence = (now - forecast.heard_at - QUIET_AFTER).total_seconds()
    return hypot(forecast.spread, WIDENING * max(silence, 0.0))


def cautious(forecast: Forecast, now: dt.datetime) -> dt.datetime:
    """The arrival to act by: on the late side of the forecast, and never before `now`."""
    margin = dt.timedelta(seconds=CAUTION * spread_at(forecast, now))
    return max(forecast.arrival + margin, now)


def _noise(remaining: float, basis: Basis) -> float:
    return hypot(FLOOR_SECONDS, _SHARE[basis] * remaining)


def _with_pace(before: Forecast, at: dt.datetime, remaining: float, basis: Basis) -> Forecast:
    """The forecast with this signal's time, way and what they tell of the pace."""
    passed = (at - before.heard_at).total_seconds()
    covered = before.remaining - remaining
    comparable = basis == before.basis == "road" and covered > 0
    if comparable:  # standing still is a delay, and no pace
        passed = min(max(passed, FASTEST_PACE * covered), SLOWEST_PACE * covered)
    return msgspec.structs.replace(
        before,
        heard_at=at,
        remaining=remaining,
        basis=basis,
        passed=MEMORY * before.passed + passed if comparable else before.passed,
        covered=MEMORY * before.covered + covered if comparable else before.covered,
    )


def _corrected(learnt: Forecast, named: dt.datetime, spread: float, noise: float) -> Forecast:
    """The forecast moved by an arrival that was `named` with this noise, both in seconds."""
    surprise = (named - learnt.arrival).total_seconds()
    if abs(surprise) <= GATE * hypot(spread, noise):
        gain = spread**2 / (spread**2 + noise**2)
        return msgspec.structs.replace(
            learnt,
            arrival=learnt.arrival + dt.timedelta(seconds=gain * surprise),
            spread=sqrt(1 - gain) * spread,
            stray=None,
        )
    if learnt.stray is None or (learnt.stray > learnt.arrival) != (surprise > 0):
        return msgspec.structs.replace(learnt, spread=spread, stray=named)
    nearer = min if surprise > 0 else max
    return msgspec.structs.replace(
        learnt, arrival=nearer(named, learnt.stray), spread=noise, stray=named
    )
