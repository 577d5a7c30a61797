"""Every link of the documentation leads to something in the repository."""

from __future__ import annotations

import pytest

from tests.docs.pages import ROOT, Page, all_pages

WRITTEN = [*all_pages(), *(Page(ROOT / name) for name in ("AGENTS.md", "CHANGELOG.md"))]
ELSEWHERE = ("https://", "http://", "mailto:")


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page: Page) -> None:
    links = [link for link in page.links if not link.startswith(ELSEWHERE)]
    assert [link for link in links if not leads_somewhere(page, link)] == []


def leads_somewhere(page: Page, link: str) -> bool:
    path, _, anchor = link.partition("#")
    target = (page.path.parent / path).resolve() if path else page.path
    if not target.is_relative_to(ROOT) or not target.exists():
        return False
    return not anchor or (target.suffix == ".md" and anchor in Page(target).anchors)


def test_a_dead_link_is_found() -> None:
    page = Page(ROOT / "README.md")
    assert leads_somewhere(page, "docs/cli.md#status-and-top")
    assert not leads_somewhere(page, "docs/cli.md#no-such-heading")
    assert not leads_somewhere(page, "docs/no-such-page.md")
