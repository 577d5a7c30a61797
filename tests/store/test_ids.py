"""Ids are version 7 UUIDs: ordered by time, and unlike each other."""

from __future__ import annotations

import datetime as dt
import uuid

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.services.clock import system_clock
from bakureserve.store.codec import new_id

MOMENTS = st.datetimes(
    min_value=dt.datetime(1970, 1, 2),  # noqa: DTZ001 - the zone is given below
    max_value=dt.datetime(2999, 1, 1),  # noqa: DTZ001
    timezones=st.just(dt.UTC),
)


@given(MOMENTS)
def test_an_id_is_a_version_7_uuid_that_tells_its_millisecond(moment: dt.datetime) -> None:
    made = uuid.UUID(new_id(moment))
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert made.int >> 80 == int(moment.timestamp() * 1000)


@given(MOMENTS, MOMENTS)
def test_ids_order_as_their_milliseconds_do(one: dt.datetime, other: dt.datetime) -> None:
    first, last = sorted([one, other])
    if last - first >= dt.timedelta(milliseconds=1):
        assert new_id(first) < new_id(last)


def test_a_thousand_of_one_moment_are_all_different() -> None:
    now = system_clock()
    assert len({new_id(now) for _ in range(1000)}) == 1000
