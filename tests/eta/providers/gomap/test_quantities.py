from __future__ import annotations

from math import isfinite
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.eta.providers.gomap.quantities import kilometres, number, seconds

json_values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.from_regex(r"-?[0-9]{1,5}([.,][0-9]{1,3})? ?(km|m|saat|dəq|min|:[0-9]{2})?"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5.0),
        (5.25, 5.25),
        ("5.25", 5.25),
        (" 5,25 ", 5.25),
        ("-3", -3.0),
        ("1 250", 1250.0),
        ("1e3", 1000.0),
        (True, None),
        (None, None),
        ("", None),
        ("five", None),
        ("nan", None),
        ("inf", None),
        (float("nan"), None),
        (10**400, None),
        ([5], None),
    ],
)
def test_numbers(value: Any, expected: float | None) -> None:
    assert number(value) == expected


@pytest.mark.parametrize(
    ("value", "km"),
    [
        ("5.2 km", 5.2),
        ("5,2 km", 5.2),
        ("5.2km", 5.2),
        ("5.2 KM", 5.2),
        ("5 км", 5.0),
        ("5 kilometr", 5.0),
        ("800 m", 0.8),
        ("800 metr", 0.8),
        ("800 м", 0.8),
        ("5 km 200 m", 5.2),
        ("~5.2 km", 5.2),
        ("1 250 m", 1.25),
        (5200, 5.2),
        (5.2, 5.2),
        ("5200", 5.2),
        ("5.2", 5.2),
        ("Ümumi məsafə: 5.29 km.", 5.29),
        ("MƏSAFƏ: 5.29 KM", 5.29),
        ("Ümumi məsafə: 5.29", 5.29),
        ("Distance: 5290", 5.29),
        ("1\u00a0250\u202fm", 1.25),
        ("5 KİLOMETR", 5.0),
        ("məsafə: uzaq", None),
        ("5 miles", None),
        ("far", None),
        ("5 furlongs", None),
        ("km", None),
        (None, None),
        ({}, None),
    ],
)
def test_lengths_between_points_four_kilometres_apart(value: Any, km: float | None) -> None:
    assert kilometres(value, 4.0) == (None if km is None else pytest.approx(km))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12 dəq", 720),
        ("12 dəqiqə", 720),
        ("12 deq.", 720),
        ("1 saat 5 dəq", 3900),
        ("1 saat", 3600),
        ("45 san", 45),
        ("12 min", 720),
        ("12 minutes 30 seconds", 750),
        ("1 h 5 min", 3900),
        ("1 ч 5 мин", 3900),
        ("12 мин 30 сек", 750),
        ("00:12:30", 750),
        ("1:02:03", 3723),
        ("12:30", 750),
        ("00:12", 720),
        ("Ümumi vaxt: 00 s. 06dəq.", 360),
        ("01 s. 06dəq.", 3960),
        ("01\u00a0s.\r\n06\u202fdəq.", 3960),
        ("Ümumi vaxt: 360", 360),
        ("1 hrs 6 mins", 3960),
        ("1 s 30 san", 3630),
        ("6 dəq 30 s", 390),
        ("720 s", 720),
        ("1 s.", 3600),
        ("12 DƏQİQƏ", 720),
        ("45 SANİYƏ", 45),
        ("0_6", 360),
        ("1_05", 3900),
        ("PT6M", 360),
        ("PT1H5M30S", 3930),
        ("P0DT0H12M", 720),
        ("P", None),
        ("PT", None),
        ("vaxt: ", None),
        (12, 720),
        (720, 720),
        ("12", 720),
        ("720.5", 720.5),
        ("soon", None),
        ("12 parsecs", None),
        ("12:61:xx", None),
        (None, None),
        ([], None),
    ],
)
def test_durations_of_a_way_of_five_kilometres(value: Any, expected: float | None) -> None:
    assert seconds(value, 5.0) == (None if expected is None else pytest.approx(expected))


def test_no_quantity_is_looked_for_in_a_book() -> None:
    for value in ("1" * 1_000_000, "1 " * 500_000 + "km", "a" * 1_000_000 + ": 5 km"):
        assert number(value) is kilometres(value, 4.0) is seconds(value, 5.0) is None


@given(json_values, st.floats(0, 1000))
def test_whatever_was_written_is_a_finite_number_or_nothing(value: Any, usual: float) -> None:
    for read in (number(value), kilometres(value, usual), seconds(value, usual)):
        assert read is None or isfinite(read)
