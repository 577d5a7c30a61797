"""What exists is documented; settings and commands have such tests beside their own."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from bakureserve.server.app import ENDPOINTS
from bakureserve.server.endpoint import Endpoint

ROOT = Path(__file__).parent.parent
API = (ROOT / "docs" / "api.md").read_text()
DECISIONS = (ROOT / "docs" / "decisions.md").read_text()


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_every_endpoint_is_documented(endpoint: Endpoint) -> None:
    assert f"`{endpoint.method} {endpoint.path}`" in API


@pytest.mark.parametrize("page", sorted((ROOT / "docs").glob("*.md")), ids=lambda page: page.name)
def test_every_page_is_linked_from_the_readme(page: Path) -> None:
    assert f"docs/{page.name}" in (ROOT / "README.md").read_text()


def test_every_decision_has_a_number_of_its_own() -> None:
    numbers = Counter(re.findall(r"^(\d+)\. ", DECISIONS, re.MULTILINE))
    assert numbers
    assert [number for number, times in numbers.items() if times > 1] == []
