"""`docs/eta.md` draws the flow that the engine takes, and names every setting there is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from bakureserve.domain.places.estimate import Choice, Outcome
from bakureserve.settings import TABLE
from tests.eta.conftest import Town

PAGE = (Path(__file__).parents[2] / "docs" / "eta.md").read_text(encoding="utf-8")
DIAGRAM = PAGE.partition("```mermaid\n")[2].partition("```")[0]


def section(title: str) -> str:
    """The part of the page under a heading."""
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def first_cells(text: str) -> set[str]:
    """Every word in backquotes in the first column of the text's tables."""
    rows = [line.split("|")[1] for line in text.splitlines() if line.startswith("| `")]
    return {word for cell in rows for word in re.findall(r"`(\w+)`", cell)}


async def test_the_diagram_asks_exactly_the_legs_that_are_asked(town: Town) -> None:
    estimate = await town.estimate()
    together = DIAGRAM.partition("subgraph together")[2].partition("end\n")[0]
    drawn = re.findall(r"^\s+(\w+)\[", together, re.MULTILINE)
    assert drawn == [leg.name for leg in estimate.diagnosis.legs]


def test_the_diagram_leads_to_exactly_the_choices_there_are_and_each_ends_in_the_sum() -> None:
    choices = set(get_args(Choice))
    assert set(re.findall(r"base -->\|[^|]+\| (\w+)", DIAGRAM)) == choices
    (joined,) = re.findall(r"^\s+([\w &]+) --> sum$", DIAGRAM, re.MULTILINE)
    assert set(joined.split(" & ")) == choices


def test_the_tables_tell_of_every_outcome_and_choice() -> None:
    assert first_cells(section("The flow")) == set(get_args(Outcome))
    assert first_cells(section("The base")) == set(get_args(Choice))


def test_every_setting_of_maps_is_on_the_page_and_no_other() -> None:
    names = [row.name for row in TABLE]
    first, last = names.index("MAPS_API_KEY"), names.index("FALLBACK_CITY_KM")
    of_maps = set(names[first : last + 1])
    assert first_cells(section("Settings")) == of_maps | {"CALIBRATION_KEEP_DAYS"}


def test_what_looks_like_a_setting_is_one() -> None:
    assert set(re.findall(r"`([A-Z][A-Z_]+)`", PAGE)) <= {row.name for row in TABLE}
