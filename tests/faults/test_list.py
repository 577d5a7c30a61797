"""The list in the documentation is of the faults that are tried, no more and no fewer."""

from __future__ import annotations

import importlib
import re
from pathlib import Path

from tests.faults.register import FAULTS

HERE = Path(__file__).parent
PAGE = Path(__file__).parents[2] / "docs" / "faults.md"
ROW = re.compile(r"^\| `([a-z0-9-]+)` \|(.*)\|(.*)\|(.*)\|$", re.MULTILINE)


def tried() -> list[str]:
    for module in HERE.glob("test_*.py"):
        importlib.import_module(f"tests.faults.{module.stem}")
    return sorted(FAULTS)


def test_every_fault_in_the_list_is_tried_and_every_one_tried_is_in_the_list() -> None:
    assert sorted(name for name, *_ in ROW.findall(PAGE.read_text())) == tried()


def test_every_fault_tells_what_happens_what_is_seen_and_what_is_kept() -> None:
    for name, *cells in ROW.findall(PAGE.read_text()):
        assert all(cell.strip() for cell in cells), name


def test_none_has_the_name_of_another() -> None:
    assert len(set(tried())) == len(FAULTS)
