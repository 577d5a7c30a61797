"""What exists is documented; settings and commands have such tests beside their own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from bakureserve.server.app import ENDPOINTS

ROOT = Path(__file__).parent.parent
API = (ROOT / "docs" / "api.md").read_text()
DECISIONS = (ROOT / "docs" / "decisions.md").read_text()


def test_every_endpoint_is_documented() -> None:
    called = {f"`{each.method} {each.path}`" for each in ENDPOINTS}
    assert {each for each in called if each not in API} == set()


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    pages = {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert {page for page in pages if page not in readme} == set()


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = Counter(re.findall(r"^(\d+)\. ", DECISIONS, re.MULTILINE))
    assert numbers
    assert [number for number, times in numbers.items() if times > 1] == []
