"""The kitchen's start over real drives; `python -m bench.trips` is the long version."""

from __future__ import annotations

from contextlib import closing
from statistics import median

import pytest

from tests.kit.roads.drives import Habits, Router, drives
from tests.kit.roads.firing import Outcome, outcome
from tests.kit.roads.fixtures import Roads
from tests.kit.roads.osrm import Osrm


@pytest.fixture(scope="module")
def outcomes(roads: Roads, osrm: Osrm) -> list[Outcome]:
    """Sixty drives of at least a quarter of an hour through a town of 10 × 10 km."""
    with closing(Router(osrm)) as router:
        return [
            outcome(drive, router)
            for drive in drives(roads.grid, router, range(60), Habits(), shortest=960)
        ]


def test_the_kitchen_is_told_once_on_every_drive(outcomes: list[Outcome]) -> None:
    assert [each.starts for each in outcomes] == [1] * len(outcomes)


def test_its_start_is_nearer_to_the_right_moment_than_by_the_last_eta(
    outcomes: list[Outcome],
) -> None:
    ours = sorted(abs(each.ours) for each in outcomes)
    last_eta = sorted(abs(each.last_eta) for each in outcomes)

    assert median(ours) < median(last_eta)
    assert ours[len(ours) * 9 // 10] < last_eta[len(ours) * 9 // 10]


def test_without_trouble_nine_starts_in_ten_are_within_four_minutes(
    outcomes: list[Outcome],
) -> None:
    calm = [each for each in outcomes if not (each.drive.jam_seconds or each.drive.detour)]
    sizes = sorted(abs(each.ours) for each in calm)

    assert len(calm) > 15
    assert sizes[len(sizes) * 9 // 10] < 240
