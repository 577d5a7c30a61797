"""`docs/eta.md` draws the flow that the engine takes, and names every knob there is."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from bakureserve.domain.places.estimate import Choice, Outcome
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices
from bakureserve.settings import TABLE
from bakureserve.settings.subjects.estimates import Estimates
from bakureserve.settings.subjects.roads import Roads

PAGE = (Path(__file__).parents[2] / "docs" / "eta.md").read_text(encoding="utf-8")
DIAGRAM = PAGE.partition("```mermaid\n")[2].partition("```")[0]
NAMES = {row.name for row in TABLE}


def section(title: str) -> str:
    """The part of the page under a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Every word in backquotes in the first column of the text's tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in rows for word in re.findall(r"`(\w+)`", cell)}


async def test_the_diagram_asks_exactly_the_legs_that_are_asked(
    maps: MapServices, home: Coordinates, door: Coordinates
) -> None:
    estimate = await maps.engine.estimate(home, door)
    together = DIAGRAM.partition("subgraph together")[2].partition("end\n")[0]

    drawn = re.findall(r"^\s+(\w+)\[", together, re.MULTILINE)
    assert drawn == [leg.name for leg in estimate.diagnosis.legs]


def test_the_diagram_leads_to_exactly_the_choices_there_are() -> None:
    assert set(re.findall(r"base -->\|[^|]+\| (\w+)", DIAGRAM)) == set(get_args(Choice))


def test_every_choice_ends_in_the_sum() -> None:
    (joined,) = re.findall(r"^\s+([\w &]+) --> sum$", DIAGRAM, re.MULTILINE)
    assert set(joined.split(" & ")) == set(get_args(Choice))


def test_the_tables_tell_of_every_outcome_and_choice() -> None:
    assert first_cells(section("The flow")) == set(get_args(Outcome))
    assert first_cells(section("The base")) == set(get_args(Choice))


def test_every_knob_is_told_and_none_that_is_not_there() -> None:
    fields_told = {
        field.metadata["names"][0] for kind in (Roads, Estimates) for field in fields(kind)
    }
    assert first_cells(section("Knobs")) == fields_told | {"CALIBRATION_KEEP_DAYS"}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE))))
def test_what_looks_like_a_setting_is_one(name: str) -> None:
    assert name in NAMES
