"""Every command of the documentation is run as it stands there, or says why it is not."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.docs.likeness import Alike
from tests.docs.pages import Block, Command, Page, all_pages
from tests.docs.world import World, is_served, opened
from tests.docs.worlds import SCENES, Scene, go_to
from tests.kit.roads.osrm import Osrm

PAGES = all_pages()
LEAST_SHARE_RUN = 0.85
SETS_UP_A_BOX = "docs/deployment/"
"""Where these pages are: they install, open ports and start services, so most of their commands are
marked. `tests/deployment` runs the programs with the files that they put in place."""
PATIENCE = 100.0
"""For so many seconds a server may be busier than on the page: `status` looks back on a minute."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl")


def named(page: Page) -> str:
    return page.name


@pytest.mark.timeout(900)  # a page is up to sixty commands, and the machine may be busy
@pytest.mark.parametrize("page", [each for each in PAGES if any(each.to_run)], ids=named)
def test_every_command_does_what_the_page_shows(
    page: Page,
    shim: str,
    osrm: Osrm,
    tmp_path: Path,
    record_property: Callable[[str, object], None],
) -> None:
    scene = SCENES.get(page.name, Scene())
    with opened(tmp_path / "world", shim, {"OSRM_BASE_URL": osrm.url, **scene.environ}) as world:
        go_to(world, scene.now)
        for happen in scene.before:
            happen(world)
        wrong = Reader(page, scene, world).follow()

    assert wrong == [], "\n\n".join(wrong)
    record_property("commands run", len(list(page.to_run)))


class Reader:
    """Somebody who types what the page says, block by block."""

    def __init__(self, page: Page, scene: Scene, world: World) -> None:
        self._page = page
        self._scene = scene
        self._world = world
        self._alike = Alike()

    def follow(self) -> list[str]:
        """What was not as the page says."""
        wrong = [
            f"{self._page.name}:{command.line}: {command.text}\n{fault}"
            for command in self._page.to_run
            if (fault := self._fault(command))
        ]
        return wrong + self._world.stop_servers()

    def _fault(self, command: Command) -> str:
        text = self._alike.translated(command.text)
        for word, meant in self._scene.placeholders.items():
            text = re.sub(rf"\b{word}\b", meant, text)
        for beginning, happen in self._scene.meanwhile.items():
            if text.startswith(beginning):
                happen(self._world)
        for beginning, lines in self._scene.typed.items():
            if text.startswith(beginning):
                return self._fault_of_typing(command, text, lines)
        return self._fault_once_quiet(command, text)

    def _fault_of_typing(self, command: Command, text: str, lines: Sequence[str]) -> str:
        status = self._world.type_at(text, lines)
        return "" if status == command.status else f"ended with {status}, not {command.status}"

    def _fault_once_quiet(self, command: Command, text: str) -> str:
        deadline = time.monotonic() + PATIENCE
        fault = self._fault_of_run(command, text)
        while fault and looks_only(text) and time.monotonic() < deadline:
            fault = self._fault_of_run(command, text)
        return fault

    def _fault_of_run(self, command: Command, text: str) -> str:
        status, printed = self._world.run(text)
        if status != command.status:
            return "\n".join((f"ended with {status}, not {command.status}:", *printed))
        if command.shown is None or (not command.shown and is_served(text)):
            return ""
        return self._alike.difference(command.shown, printed)


def looks_only(command: str) -> bool:
    """Whether it tells how a server is doing just then: a machine that is busy with other tests
    may be doing worse than the page's, for a while."""
    looking = r"(?:sudo -u \w+ )?bakureserve (?:--data-dir \S+ )?(?:health|status|doctor)\b"
    return re.match(looking, command) is not None


def test_most_commands_are_run(record_property: Callable[[str, object], None]) -> None:
    run, marked = counted([each for each in PAGES if not each.name.startswith(SETS_UP_A_BOX)])
    of_boxes = counted([each for each in PAGES if each.name.startswith(SETS_UP_A_BOX)])

    assert run / (run + marked) > LEAST_SHARE_RUN, f"{run} are run, {marked} are not"
    record_property("commands of the documentation", f"{run} run, {marked} marked as not run")
    record_property("commands that set up a box", "{} run, {} marked as not run".format(*of_boxes))


def counted(pages: Sequence[Page]) -> tuple[int, int]:
    """How many commands are run, and how many are marked."""
    run = sum(len(list(page.to_run)) for page in pages)
    marked = sum(len(block.commands) for page in pages for block in page.marked)
    return run, marked


@pytest.mark.parametrize("page", PAGES, ids=named)
class TestMarks:
    def test_each_mark_gives_a_reason(self, page: Page) -> None:
        assert [block.line for block in page.marked if not is_a_clause(block.not_run or "")] == []

    def test_each_mark_stands_before_commands(self, page: Page) -> None:
        marks = page.text.count("<!-- not run:")
        assert marks == sum(1 for block in page.marked if block.commands)

    def test_no_command_hides_in_a_block_that_is_none_of_commands(self, page: Page) -> None:
        assert [block.line for block in page.blocks if not block.commands and hides(block)] == []
        assert re.findall(r"^ {4,}(?:\$ |sudo |bakureserve ).*", page.prose, re.MULTILINE) == []


def is_a_clause(reason: str) -> bool:
    return len(reason.split()) >= 4


def hides(block: Block) -> bool:
    return any(re.match(r"\s*(?:\$ |sudo |bakureserve )", line) for line in block.lines)
