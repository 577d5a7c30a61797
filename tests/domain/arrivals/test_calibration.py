from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.arrivals.calibration import Judged, accuracy, percentile


def a_judged(**fields: Any) -> Judged:
    """Ten minutes predicted by OSRM at seven in the evening, and kept; say what matters."""
    given: dict[str, Any] = {
        "seconds": 600,
        "actual_seconds": 600,
        "provider": "osrm",
        "route_metres": 5000,
        "straight_metres": 4000,
        "hour": 19,
        "district": "Nasimi",
        "trip": 1,
    }
    return Judged(**(given | fields))


def test_the_mean_error_tells_which_way_predictions_lean() -> None:
    sooner = a_judged(seconds=700, actual_seconds=600)
    later = a_judged(seconds=600, actual_seconds=900)
    everything = accuracy([sooner, later])[0]
    assert (everything.by, everything.mean_error, everything.mean_absolute_error) == (
        "all",
        -100.0,
        200.0,
    )


def test_each_provider_hour_and_district_is_judged_by_itself() -> None:
    found = accuracy(
        [
            a_judged(seconds=660),
            a_judged(provider="fallback", hour=8, district="Sahil", seconds=900, trip=2),
            a_judged(seconds=660),
        ]
    )
    assert [(each.by, each.group, each.trips, each.predictions, each.p50) for each in found] == [
        ("all", "", 2, 3, 60),
        ("provider", "fallback", 1, 1, 300),
        ("provider", "osrm", 1, 2, 60),
        ("hour", "08", 1, 1, 300),
        ("hour", "19", 1, 2, 60),
        ("district", "Nasimi", 1, 2, 60),
        ("district", "Sahil", 1, 1, 300),
    ]


def test_a_percentile_is_one_of_the_values() -> None:
    """The example of the nearest-rank method everybody uses."""
    for percent, value in [(0, 15), (5, 15), (30, 20), (40, 20), (50, 35), (100, 50)]:
        assert percentile([15, 20, 35, 40, 50], percent) == value


@given(st.lists(st.integers(0, 10_000), min_size=1), st.integers(1, 100))
def test_at_least_that_many_do_not_exceed_a_percentile(values: list[int], percent: int) -> None:
    found = percentile(sorted(values), percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    assert sum(value < found for value in values) * 100 < percent * len(values)
