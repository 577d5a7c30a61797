from __future__ import annotations

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]


def test_no_property_test_sets_a_number_of_examples_that_a_long_run_does_not_raise() -> None:
    fixed = re.compile(r"max_examples=\d")
    assert [file for file in TESTS.rglob("*.py") if fixed.search(file.read_text())] == []
