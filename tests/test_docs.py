"""What exists is documented; settings and commands have such tests beside their own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from bakureserve.server.app import ENDPOINTS

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "bakureserve"
API = (ROOT / "docs" / "api.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
DECISIONS = (ROOT / "docs" / "decisions.md").read_text()


def test_every_endpoint_is_documented() -> None:
    called = {f"`{each.method} {each.path}`" for each in ENDPOINTS}
    assert {each for each in called if each not in API} == set()


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if page not in readme} == set()


def test_a_noun_has_its_name_on_every_floor() -> None:
    said = ARCHITECTURE.partition("the same name on every floor:")[2].partition(".")[0]
    nouns = re.findall(r"`(\w+)`", said)
    assert nouns
    lacking = {
        f"{floor}/{noun}"
        for floor in ("domain", "services", "store", "server/api")
        for noun in nouns
        if not any(
            (PACKAGE / floor / name).is_file() for name in (f"{noun}.py", f"{noun}/__init__.py")
        )
    }
    assert lacking == {"store/places"}


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = Counter(re.findall(r"^(\d+)\. ", DECISIONS, re.MULTILINE))
    assert numbers
    assert [number for number, times in numbers.items() if times > 1] == []
