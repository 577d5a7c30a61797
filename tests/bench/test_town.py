"""The made-up restaurants can be imported, and are the same each time."""

from __future__ import annotations

import io
import json

from bakureserve.domain.restaurants.listing import ListReader
from bench import town

NUMBER = 150


def test_the_same_restaurants_are_made_each_time_and_none_is_refused() -> None:
    made = list(town.documents(NUMBER))
    assert made == list(town.documents(NUMBER))
    assert made != list(town.documents(NUMBER, seed=1))
    reader = ListReader()
    assert all(reader.read(f"[{place}]", each) for place, each in enumerate(made))
    reader.end()


def test_they_are_written_as_one_array() -> None:
    for number in (0, 1, 3):
        file = io.StringIO()
        town.write(number, file)
        assert json.loads(file.getvalue()) == list(town.documents(number))
