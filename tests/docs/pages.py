"""The pages as the tests read them: their commands with what is shown of them, spans and links."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]
SHELL = {"sh", "bash", "shell"}
CONSOLE = {"console"}

_FENCE = re.compile(r"^\s*(`{3,}|~{3,})\s*([\w+-]*)")
_NOT_RUN = re.compile(r"^\s*<!-- not run: ?(.*?)-->\s*$")
_ENDS_WITH = re.compile(r"\s+# ends with (\d+)\b.*$")
_HERE = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


@dataclass(frozen=True)
class Command:
    """One command as it is written, and what the page says comes of it.

    `shown` are the lines that it prints, None where the page shows no output of commands. Its exit
    status is 0, or what the comment `# ends with N` behind it says.
    """

    line: int
    text: str
    shown: tuple[str, ...] | None
    status: int = 0


@dataclass(frozen=True)
class Block:
    """A fenced block. `not_run` is the reason in the mark before it, None without a mark."""

    line: int
    language: str
    lines: tuple[str, ...]
    not_run: str | None

    @cached_property
    def commands(self) -> tuple[Command, ...]:
        if self.language in SHELL:
            return tuple(_script(self.lines, self.line + 1))
        if self.language in CONSOLE:
            return tuple(_console(self.lines, self.line + 1))
        return ()


@dataclass(frozen=True)
class Page:
    """A page of the documentation; `name` is its path in the repository."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        return tuple(_blocks(self.text.splitlines()))

    @cached_property
    def prose(self) -> str:
        """The text without its fenced blocks, whose lines are blank so that numbers stay."""
        lines = self.text.splitlines()
        for block in self.blocks:
            for number in range(block.line - 1, block.line + len(block.lines) + 1):
                lines[number] = ""
        return "\n".join(lines)

    @cached_property
    def spans(self) -> tuple[str, ...]:
        """What stands in backticks, on one line whatever the source's."""
        found = re.findall(r"(?<!`)(`{1,2})(?!`)(.+?)(?<!`)\1(?!`)", self.prose, re.DOTALL)
        return tuple(" ".join(text.split()) for _, text in found)

    @cached_property
    def links(self) -> tuple[str, ...]:
        """Where its links lead, as written."""
        prose = re.sub(r"`[^`]*`", "", self.prose)
        return tuple(re.findall(r"\]\(([^)\s]+)\)", prose))

    @cached_property
    def anchors(self) -> frozenset[str]:
        """The anchors of its headings, as GitHub makes them."""
        headings = re.findall(r"^#{1,6} +(.+?) *#*$", self.prose, re.MULTILINE)
        return frozenset(_numbered(map(_anchor, headings)))

    @property
    def to_run(self) -> Iterator[Command]:
        return (each for block in self.blocks if block.not_run is None for each in block.commands)

    @property
    def marked(self) -> Iterator[Block]:
        return (block for block in self.blocks if block.not_run is not None)


def all_pages() -> list[Page]:
    """The README and everything under `docs/`."""
    return [Page(ROOT / "README.md"), *map(Page, sorted((ROOT / "docs").rglob("*.md")))]


def _blocks(lines: Sequence[str]) -> Iterator[Block]:
    at = 0
    while at < len(lines):
        opened = _FENCE.match(lines[at])
        if opened is None:
            at += 1
            continue
        end = at + 1
        while end < len(lines) and not lines[end].strip().startswith(opened[1]):
            end += 1
        mark = _NOT_RUN.match(lines[at - 1]) if at else None
        reason = mark[1].strip() if mark else None
        yield Block(at + 1, opened[2], tuple(lines[at + 1 : end]), reason)
        at = end + 1


def _console(lines: Sequence[str], first: int) -> Iterator[Command]:
    """Commands behind `$ `, each with the lines that follow it."""
    prompts = [at for at, line in enumerate(lines) if line.startswith("$ ")]
    for at, end in zip(prompts, [*prompts[1:], len(lines)], strict=True):
        typed, shown = [lines[at][2:]], list(lines[at + 1 : end])
        while shown and (typed[-1].endswith("\\") or shown[0].startswith("> ")):
            typed.append(shown.pop(0).removeprefix("> "))
        yield _command(first + at, "\n".join(typed), tuple(shown))


def _script(lines: Sequence[str], first: int) -> Iterator[Command]:
    """Commands without a prompt: each is as many lines as bash needs to understand it."""
    typed: list[str] = []
    for number, line in enumerate(lines, first):
        if not typed and (not line.strip() or line.lstrip().startswith("#")):
            continue
        typed.append(line)
        if _is_whole(typed):
            yield _command(number - len(typed) + 1, "\n".join(typed), None)
            typed = []
    if typed:
        raise ValueError(f"Line {first}: a command without an end: {typed}")


def _is_whole(typed: Sequence[str]) -> bool:
    if typed[-1].endswith("\\"):
        return False
    text = "\n".join(typed)
    if len(typed) == 1 and not re.search(r"['\"({]|<<|\b(?:for|while|if|case)\b", text):
        return True
    here = _HERE.search(typed[0])
    if here:
        return typed[-1].strip() == here[2]
    told = subprocess.run(["bash", "-n", "-c", text], capture_output=True, check=False)
    return told.returncode == 0


def _command(line: int, text: str, shown: tuple[str, ...] | None) -> Command:
    ends = _ENDS_WITH.search(text)
    return Command(line, text, shown, int(ends[1]) if ends else 0)


def _anchor(heading: str) -> str:
    plain = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
    return re.sub(r"[^\w\- ]", "", plain.lower()).strip().replace(" ", "-")


def _numbered(anchors: Iterator[str]) -> Iterator[str]:
    seen: dict[str, int] = {}
    for anchor in anchors:
        yield f"{anchor}-{seen[anchor]}" if anchor in seen else anchor
        seen[anchor] = seen.get(anchor, 0) + 1
