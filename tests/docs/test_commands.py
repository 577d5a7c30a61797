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
    def test_each_gives_a_reason(self, page: Page) -> None:
        assert [block.line for block in page.marked if not is_a_clause(block.not_run or "")] == []

    def test_each_stands_before_commands(self, page: Page) -> None:
        marks = page.text.count("<!-- not run:")
        assert marks == sum(1 for block in page.marked if block.commands)

    def test_no_command_hides_in_a_block_that_is_none_of_commands(self, page: Page) -> None:
        assert [block.line for block in page.blocks if not block.commands and hides(block)] == []
        assert re.findall(r"^ {4,}(?:\$ |sudo |bakureserve ).*", page.prose, re.MULTILINE) == []


def is_a_clause(reason: str) -> bool:
    return len(reason.split()) >= 4


def hides(block: Block) -> bool:
    return any(re.match(r"\s*(?:\$ |sudo |bakureserve )", line) for line in block.lines)


SCRIPT = """
<!-- not run: it needs a printer that no test has -->
```sh
# a comment
lpr page.txt   # ends with 3
cat <<'END'
$HOME
END
for each in a b; do
    echo $each
done
```

```console
$ echo one \\
  two
one two
$ true
```
"""


class TestReading:
    @pytest.fixture
    def page(self, tmp_path: Path) -> Page:
        (tmp_path / "page.md").write_text(SCRIPT)
        return Page(tmp_path / "page.md")

    def test_a_command_is_as_many_lines_as_the_shell_needs(self, page: Page) -> None:
        lpr, cat, loop = page.blocks[0].commands
        assert (lpr.status, lpr.shown) == (3, None)
        assert cat.text.splitlines() == ["cat <<'END'", "$HOME", "END"]
        assert (loop.text[:3], loop.text[-4:]) == ("for", "done")

    def test_what_follows_a_prompt_is_shown_of_its_command(self, page: Page) -> None:
        echo, true = page.blocks[1].commands
        assert (echo.text, echo.shown) == ("echo one \\\n  two", ("one two",))
        assert (true.text, true.shown) == ("true", ())

    def test_a_mark_is_about_the_block_behind_it(self, page: Page) -> None:
        assert page.blocks[0].not_run == "it needs a printer that no test has"
        assert [each.text for each in page.to_run] == ["echo one \\\n  two", "true"]


class TestLikeness:
    A, B = "01a20ae1-1811-7993-a1af-0b48d49e50cd", "01a20ae1-1823-7706-ad4a-cf7dfeef58d5"

    def test_what_is_measured_may_differ_and_nothing_else(self) -> None:
        alike = Alike()
        assert not alike.difference(["osrm\tok\t7.3\tfree mb 12"], ["osrm\tok\t9.9\tfree mb 34"])
        assert alike.difference(["osrm\tok\t7.3\t"], ["osrm\terror\t7.3\t"])
        assert alike.difference(["59 restaurants"], ["58 restaurants"])
        assert alike.difference(["one"], ["one", "two"])

    def test_an_id_stands_for_the_same_thing_wherever_it_comes(self) -> None:
        alike = Alike()
        assert not alike.difference([self.A], [self.B])
        assert alike.translated(f"cancel {self.A}") == f"cancel {self.B}"
        assert alike.difference([self.A], [self.A])

    def test_a_page_may_end_a_long_output_with_dots(self) -> None:
        assert not Alike().difference(["one", "…"], ["one", "two", "three"])
        assert Alike().difference(["one", "…"], ["two", "three"])
