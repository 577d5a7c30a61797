from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from bakureserve.domain.language import LANGUAGES
from bakureserve.server.static import PAGES
from tests.server.conftest import Client

OURS = ("admin", "book", "shared")
PAGE_NAMES = ("admin", "book")
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
}
FILES = sorted(
    str(file.relative_to(PAGES)) for folder in OURS for file in (PAGES / folder).iterdir()
)
SCRIPTS = [name for name in FILES if name.endswith(".js")]

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
EXTERNAL = re.compile(r"""(?:https?:|["'(]\s*)//""")
MARKUP_FROM_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|createContextualFragment|document\.write"
    r"|DOMParser|\beval\(|new Function|setAttribute\(\"style"
)


class Page(HTMLParser):
    """The elements of a page, each with its attributes, and the text of its scripts and styles."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.inline = ""
        self._inside = ""
        self.feed((PAGES / name / "index.html").read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._inside = tag
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside in {"script", "style"}:
            self.inline += data

    def values(self, *attributes: str) -> list[str]:
        return [each[name] for _, each in self.elements for name in attributes if name in each]


@pytest.fixture(params=PAGE_NAMES)
def name(request: pytest.FixtureRequest) -> str:
    """Each page in turn."""
    return str(request.param)


@pytest.fixture
def page(name: str) -> Page:
    return Page(name)


def source(name: str) -> str:
    return (PAGES / name).read_text("utf-8")


def scripts_of(name: str) -> Iterable[str]:
    """The text of every script the page runs, but for what it says."""
    return (
        source(each) for each in SCRIPTS if each.startswith((name, "shared")) and not is_words(each)
    )


def is_words(name: str) -> bool:
    return Path(name).name == "words.js"


def words(folder: str) -> dict[str, dict[str, str]]:
    """What a folder's pages say: its form is kept to JSON. A key that stands twice is refused."""

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs), "a key stands there twice"
        return dict(pairs)

    _, _, table = source(f"{folder}/words.js").partition("export const WORDS = ")
    said: dict[str, dict[str, str]] = json.loads(table.rstrip("; \n"), object_pairs_hook=once)
    return said


def test_a_list_of_reservations_does_not_fail_for_a_restaurant_that_was_removed() -> None:
    """A restaurant is asked for by itself only where there is no list without it."""
    for file in ("book/mine.js", "admin/main.js"):
        assert "restaurantOf(each)" in source(file)
        assert not re.search(r"\brestaurant\(", source(file))


async def test_every_file_is_served_with_its_type_under_the_strict_policy(client: Client) -> None:
    for file in FILES:
        answer = await client.get(f"/{file}")
        assert (answer.status, answer.headers["Content-Type"]) == (200, TYPES[Path(file).suffix])
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_the_booking_page_understands_the_links_of_the_old_pages() -> None:
    """`/book/?rid=…`, where ours say `restaurant`."""
    asked = re.findall(r'asked\.get\("(\w+)"\) \?\? asked\.get\("(\w+)"\)', source("book/main.js"))
    assert asked == [("restaurant", "rid")]


async def test_each_page_answers_at_its_slash(client: Client, name: str) -> None:
    answer = await client.get(f"/{name}/")
    assert (answer.status, await answer.text()) == (200, source(f"{name}/index.html"))


def test_everything_a_page_refers_to_exists(page: Page) -> None:
    for address in page.values("src", "href"):
        path = address.removesuffix("/") if (PAGES / address.strip("/")).is_dir() else address
        assert address.startswith("#") or (PAGES / path.lstrip("/")).exists(), address


def test_every_module_a_script_imports_exists() -> None:
    for file in SCRIPTS:
        for imported in re.findall(r'from "([^"]+)"', source(file)):
            path = posixpath.normpath(posixpath.join(posixpath.dirname(file), imported))
            assert imported.startswith(".")
            assert path in FILES


def test_nothing_is_fetched_from_anywhere_else() -> None:
    for file in FILES:
        assert not EXTERNAL.search(source(file).replace(SVG_NAMESPACE, ""))


def test_no_script_makes_markup_or_code_out_of_text() -> None:
    for file in SCRIPTS:
        assert not MARKUP_FROM_TEXT.search(source(file))


def test_a_page_has_neither_inline_scripts_nor_styles_nor_handlers(page: Page) -> None:
    assert not page.inline.strip()
    attributes = {name for _, each in page.elements for name in each}
    assert not {name for name in attributes if name == "style" or name.startswith("on")}


def test_ids_are_unique_and_whatever_points_at_one_finds_it(page: Page, name: str) -> None:
    ids = page.values("id")
    assert len(set(ids)) == len(ids)
    pointers = page.values("for", "aria-labelledby", "aria-describedby")
    asked = [found for text in scripts_of(name) for found in re.findall(r'byId\("(.+?)"\)', text)]
    assert {one for pointer in pointers for one in pointer.split()} | set(asked) <= set(ids)


def test_every_control_has_a_label(page: Page) -> None:
    labelled = set(page.values("for"))
    for tag, attributes in page.elements:
        if tag in {"input", "select"}:
            assert attributes["id"] in labelled or "data-t-label" in attributes


def test_the_pages_offer_the_languages_of_the_server() -> None:
    script = (PAGES / "shared" / "i18n.js").read_text(encoding="utf-8")
    (offered,) = re.findall(r"LANGUAGES = (\[.*\])", script)
    assert set(json.loads(offered)) == set(LANGUAGES)


def test_everything_is_said_in_all_three_languages_with_the_same_values() -> None:
    for folder in OURS:
        for key, sentences in words(folder).items():
            assert set(sentences) == set(LANGUAGES), key
            assert all(sentence.strip() for sentence in sentences.values()), key
            values = {language: set(re.findall(r"\{\w+\}", s)) for language, s in sentences.items()}
            assert values["az"] == values["en"] == values["ru"], key


def test_a_page_has_words_for_all_it_wants_to_say(page: Page, name: str) -> None:
    wanted = set(page.values("data-t", "data-t-placeholder", "data-t-label"))
    for text in scripts_of(name):
        wanted |= set(re.findall(r'\bt\("([^"]+)"', text))
    assert wanted <= words(name).keys() | words("shared").keys()


def test_a_page_has_no_words_it_never_says(page: Page, name: str) -> None:
    said = set(page.values("data-t", "data-t-placeholder", "data-t-label"))
    for text in scripts_of(name):
        said |= set(re.findall(r"[\w-]+", text))
    assert words(name).keys() <= said


def test_pages_do_not_redefine_what_all_pages_say(name: str) -> None:
    assert not words(name).keys() & words("shared").keys()
