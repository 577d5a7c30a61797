from __future__ import annotations

from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.eta.providers.gomap.quantities import kilometres, number, seconds
from tests.eta.strategies import json_values

NUMBERS: list[tuple[float | None, list[Any]]] = [
    (5, [5]),
    (5.25, [5.25, "5.25", " 5,25 "]),
    (-3, ["-3"]),
    (1250, ["1 250"]),
    (1000, ["1e3"]),
    (None, [True, None, "", "five", "nan", "inf", float("nan"), 10**400, [5]]),
]
LENGTHS: list[tuple[float | None, list[Any]]] = [
    (5.2, ["5.2 km", "5,2 km", "5.2km", "5.2 KM", "5 km 200 m", "~5.2 km"]),
    (5.2, [5200, 5.2, "5200", "5.2"]),
    (5, ["5 км", "5 kilometr", "5 KİLOMETR"]),
    (0.8, ["800 m", "800 metr", "800 м"]),
    (1.25, ["1 250 m", "1\u00a0250\u202fm"]),
    (5.29, ["Ümumi məsafə: 5.29 km.", "MƏSAFƏ: 5.29 KM", "Ümumi məsafə: 5.29", "Distance: 5290"]),
    (130, [130]),  # 25 times what is usual; as metres 40 times less
    (None, ["məsafə: uzaq", "5 miles", "far", "5 furlongs", "km", None, {}]),
]
"""Between points four kilometres apart."""
DURATIONS: list[tuple[float | None, list[Any]]] = [
    (720, ["12 dəq", "12 dəqiqə", "12 deq.", "12 DƏQİQƏ", "12 min", "720 s", 12, 720, "12"]),
    (720, ["00:12", "P0DT0H12M"]),
    (720.5, ["720.5"]),
    (750, ["12 minutes 30 seconds", "12 мин 30 сек", "00:12:30", "12:30"]),
    (3600, ["1 saat", "1 s."]),
    (3630, ["1 s 30 san"]),
    (3723, ["1:02:03"]),
    (3900, ["1 saat 5 dəq", "1 h 5 min", "1 ч 5 мин", "1_05"]),
    (3930, ["PT1H5M30S"]),
    (3960, ["01 s. 06dəq.", "01\u00a0s.\r\n06\u202fdəq.", "1 hrs 6 mins"]),
    (45, ["45 san", "45 SANİYƏ"]),
    (360, ["Ümumi vaxt: 00 s. 06dəq.", "Ümumi vaxt: 360", "0_6", "PT6M"]),
    (390, ["6 dəq 30 s"]),
    (67, [67]),  # 7.7 times less than what is usual; as minutes 7.8 times as much
    (None, ["P", "PT", "vaxt: ", "soon", "12 parsecs", "12:61:xx", None, []]),
]
"""Of a way of five kilometres."""


def test_quantities_are_read_however_they_are_written() -> None:
    for table, read in [
        (NUMBERS, number),
        (LENGTHS, lambda value: kilometres(value, 4.0)),
        (DURATIONS, lambda value: seconds(value, 5.0)),
    ]:
        for meant, written in table:
            for value in written:
                expected = None if meant is None else pytest.approx(meant)
                assert read(value) == expected, value


def test_no_quantity_is_looked_for_in_a_book() -> None:
    for value in ("1" * 1_000_000, "1 " * 500_000 + "km", "a" * 1_000_000 + ": 5 km"):
        assert number(value) is kilometres(value, 4.0) is seconds(value, 5.0) is None


@given(json_values, st.floats(0, 1000))
def test_whatever_was_written_is_a_finite_number_or_nothing(value: Any, usual: float) -> None:
    for read in (number(value), kilometres(value, usual), seconds(value, usual)):
        assert read is None or isfinite(read)
