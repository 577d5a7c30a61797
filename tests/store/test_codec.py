from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.store.codec import dumps, from_us, loads, to_us

zones = st.integers(-14 * 60, 14 * 60).map(
    lambda minutes: dt.timezone(dt.timedelta(minutes=minutes))
)
moments = st.datetimes(timezones=zones).filter(lambda moment: 1 < moment.year < 9999)


@given(moment=moments)
def test_a_moment_comes_back_exactly_whatever_its_zone(moment: dt.datetime) -> None:
    back = from_us(to_us(moment))
    assert back == moment
    assert back.tzinfo is dt.UTC


@given(one=moments, other=moments)
def test_stored_times_are_ordered_as_the_moments_are(one: dt.datetime, other: dt.datetime) -> None:
    assert (one < other) == (to_us(one) < to_us(other))


def test_a_time_without_a_zone_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        to_us(dt.datetime.fromisoformat("2026-05-01T09:00"))


def test_text_is_kept_readable() -> None:
    assert dumps({"name": "Sahil Bağı"}) == '{"name":"Sahil Bağı"}'
    assert loads('{"name":"Sahil Bağı"}', dict[str, str]) == {"name": "Sahil Bağı"}
