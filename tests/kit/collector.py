"""Full garbage collections between tests and not in them: hooks for pytest.

What thousands of tests have made is looked through whole in each, which stopped a test's event
loop for over a second and had it miss its deadlines.
"""

from __future__ import annotations

import gc

import pytest

TESTS_BETWEEN = 400
_NEVER = 1_000_000

_run = 0


def pytest_collection_finish() -> None:
    """Let no full collection begin by itself from here on."""
    young, middle, _ = gc.get_threshold()
    gc.set_threshold(young, middle, _NEVER)
    _collect()


@pytest.hookimpl(trylast=True)
def pytest_runtest_logfinish() -> None:
    global _run  # noqa: PLW0603 - pytest's hooks have no other place for it
    _run += 1
    if _run % TESTS_BETWEEN == 0:
        _collect()


def _collect() -> None:
    """Collect, and never look again at what is still there."""
    gc.collect()
    gc.freeze()
