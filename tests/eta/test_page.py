"""`docs/eta.md` draws the flow that the engine takes, and names every setting there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from bakureserve.domain.places.estimate import Choice, Outcome
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices
from bakureserve.settings import TABLE

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


def test_every_setting_of_maps_is_on_the_page_and_no_other() -> None:
    names = [row.name for row in TABLE]
    first, last = names.index("MAPS_API_KEY"), names.index("FALLBACK_CITY_KM")
    of_maps = set(names[first : last + 1])
    assert first_cells(section("Settings")) == of_maps | {"CALIBRATION_KEEP_DAYS"}


@pytest.mark.parametrize("name", sorted(set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE))))
def test_what_looks_like_a_setting_is_one(name: str) -> None:
    assert name in NAMES
