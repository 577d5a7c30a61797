"""The faults that are tried, by the names that `docs/faults.md` lists them under."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

FAULTS: list[str] = []


def fault(name: str, *, long: bool = False) -> pytest.MarkDecorator:
    """Marks the test of a fault. A `long` one runs under `make faults` alone."""
    FAULTS.append(name)
    return pytest.mark.long_fault if long else pytest.mark.faults


def each_fault(
    kind: str, cases: Iterable[str], *, short: Iterable[str] = ()
) -> pytest.MarkDecorator:
    """Marks a test with the argument `case`, for faults `kind-case`; all but `short` are long."""
    params = []
    for case in cases:
        mark = fault(f"{kind}-{case}", long=case not in short)
        params.append(pytest.param(case, id=f"{kind}-{case}", marks=mark))
    return pytest.mark.parametrize("case", params)
