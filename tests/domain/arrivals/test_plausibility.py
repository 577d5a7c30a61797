from __future__ import annotations

import pytest

from bakureserve.domain.arrivals.location import is_in_reach, require_plausible
from bakureserve.domain.errors import Invalid
from bakureserve.domain.places.geo import Coordinates
from tests.kit.builders import utc

BAKU = Coordinates(40.37, 49.84)
NULL_ISLAND = Coordinates(0.0, 0.0)
NOW = utc("2027-03-01 14:30")


def test_no_guest_sets_out_there() -> None:
    for place, code in [
        (NULL_ISLAND, "location_nowhere"),
        (Coordinates(0.001, -0.001), "location_nowhere"),
        (Coordinates(49.84, 40.37), "location_swapped"),
        (Coordinates(46.85, 40.68), "location_swapped"),  # Gəncə
        (Coordinates(41.72, 44.78), "location_too_far"),  # Tbilisi
        (Coordinates(52.52, 13.40), "location_too_far"),
        (Coordinates(-40.37, 49.84), "location_too_far"),
        (Coordinates(10.0, 170.0), "location_too_far"),  # no latitude the other way round
    ]:
        with pytest.raises(Invalid, match=code) as refused:
            require_plausible(place, BAKU)
        assert refused.value.field == "latitude"


def test_a_guest_may_set_out_there() -> None:
    for place in [
        BAKU,
        Coordinates(40.59, 49.67),  # Sumqayıt
        Coordinates(41.73, 46.41),  # Balakən, the far end of the country
    ]:
        require_plausible(place, BAKU)


def test_without_a_door_only_nowhere_is_refused() -> None:
    require_plausible(Coordinates(49.84, 40.37), None)
    with pytest.raises(Invalid, match="location_nowhere"):
        require_plausible(NULL_ISLAND, None)


def test_no_road_is_faster() -> None:
    for kilometres, minutes, reached in [
        (4.9, 0, True),
        (5.1, 0, False),
        (8, 1, True),
        (9, 1, False),
        (100, 30, True),
        (110, 30, False),
    ]:
        there = Coordinates(BAKU.latitude + kilometres / 111.195, BAKU.longitude)
        later = NOW.timestamp() + 60 * minutes
        at = NOW.fromtimestamp(later, NOW.tzinfo)
        assert is_in_reach(BAKU, NOW, there, at) is reached
        assert is_in_reach(BAKU, at, there, NOW) is reached  # by another server's clock
