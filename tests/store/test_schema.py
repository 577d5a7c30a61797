from __future__ import annotations

import datetime as dt

from bakureserve.domain.restaurants.restaurant import LONGEST_SITTING
from bakureserve.store.schema import LONGEST_SITTING_US, MODELS, Table


def test_the_longest_sitting_is_the_domain_s_own() -> None:
    assert dt.timedelta(microseconds=LONGEST_SITTING_US) == LONGEST_SITTING


def test_no_table_is_left_out_of_the_list() -> None:
    assert set(MODELS) == set(Table.__subclasses__())


def test_parents_come_before_their_children() -> None:
    position = {model: place for place, model in enumerate(MODELS)}
    for model in MODELS:
        for key in model._meta.refs:
            assert position[key.rel_model] < position[model]
