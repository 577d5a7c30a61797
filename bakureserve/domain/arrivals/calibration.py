"""How accurate predictions were: predicted and actual durations of trips."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence

import msgspec

from bakureserve.domain.places.estimate import RouteSource

LONGEST_TRIP = dt.timedelta(hours=6)
"""An arrival later than this after a prediction was no direct drive."""


class Prediction(msgspec.Struct, frozen=True, kw_only=True):
    """The predicted duration of a trip, from the guest's location to the restaurant.

    Distances are in metres, by road and as the crow flies. `hour` is the hour of day by the
    restaurant's clock; `district` is the restaurant's, since the guest's would be personal.
    """

    seconds: int
    provider: RouteSource
    route_metres: int
    straight_metres: int
    hour: int
    district: str


class Judged(Prediction, frozen=True, kw_only=True):
    """A prediction, and what the trip took from then on. `trip` is the same for all predictions of
    one trip and does not identify the guest."""

    trip: int
    actual_seconds: int

    @property
    def error(self) -> int:
        """Predicted minus actual seconds; positive when the guest came sooner than predicted."""
        return self.seconds - self.actual_seconds


class StoredSpeeds(msgspec.Struct, frozen=True, kw_only=True):
    """Speeds in km/h that were fitted to `trips` trips, and replace those of the settings."""

    city_kmh: float
    highway_kmh: float
    trips: int
    fitted_at: dt.datetime


class Accuracy(msgspec.Struct, frozen=True, kw_only=True):
    """How far predictions of one kind were off, in seconds.

    `mean_error` is their bias (positive: guests came sooner than predicted); the others are of
    absolute errors, of which nine in ten are within `p90`.
    """

    by: str
    group: str
    trips: int
    predictions: int
    mean_error: float
    mean_absolute_error: float
    p50: int
    p90: int
    p95: int


def accuracy(judged: Iterable[Judged]) -> list[Accuracy]:
    """The accuracy of all together, and by provider, hour and district, each in order."""
    kinds: dict[tuple[int, str], list[Judged]] = defaultdict(list)
    for each in judged:
        for place, group in enumerate(("", each.provider, f"{each.hour:02}", each.district)):
            kinds[place, group].append(each)
    names = ("all", "provider", "hour", "district")
    return [_of(names[place], group, kinds[place, group]) for place, group in sorted(kinds)]


def percentile(ascending: Sequence[int], percent: float) -> int:
    """The smallest value that `percent` of them do not exceed (the nearest-rank method)."""
    rank = -(-len(ascending) * percent // 100)  # rounded up
    return ascending[max(int(rank), 1) - 1]


def _of(by: str, group: str, judged: Sequence[Judged]) -> Accuracy:
    errors = [each.error for each in judged]
    off = sorted(map(abs, errors))
    return Accuracy(
        by=by,
        group=group,
        trips=len({each.trip for each in judged}),
        predictions=len(judged),
        mean_error=round(sum(errors) / len(errors), 1),
        mean_absolute_error=round(sum(off) / len(off), 1),
        p50=percentile(off, 50),
        p90=percentile(off, 90),
        p95=percentile(off, 95),
    )
