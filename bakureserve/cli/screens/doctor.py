"""The findings of `doctor`: faults, then notes, then all that is well in one line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bakureserve.cli.doctor_checks import Finding
from bakureserve.cli.output import counted
from bakureserve.cli.screens.layout import Panel, facts, text
from bakureserve.cli.screens.marks import mark_of, marked

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text


def draw(found: Sequence[Finding]) -> RenderableType:
    """The findings, each with its remedy."""
    worst = _worst(found)
    return Panel(
        facts(_lines(found)), title=marked(worst, verdict(found)), style=mark_of(worst).style
    )


def verdict(found: Sequence[Finding]) -> str:
    """How many faults and notes there are."""
    faults, notes = (len(_of(level, found)) for level in ("fault", "note"))
    return f"{counted(faults, 'fault')}, {counted(notes, 'note')}"


def _worst(found: Sequence[Finding]) -> str:
    levels = {each.level for each in found}
    return next((level for level in ("fault", "note") if level in levels), "ok")


def _of(level: str, found: Sequence[Finding]) -> list[Finding]:
    return [each for each in found if each.level == level]


def _lines(found: Sequence[Finding]) -> Iterator[tuple[Text, RenderableType]]:
    for level in ("fault", "note"):
        for each in _of(level, found):
            yield marked(level, each.subject), _with_remedy(each)
    if well := _well(found):
        yield marked("ok", "well"), text(", ".join(well))


def _with_remedy(finding: Finding) -> RenderableType:
    from rich.console import Group

    if not finding.remedy:
        return text(finding.what)
    remedy = facts([(text("→", "cyan"), text(finding.remedy, "cyan"))])
    return Group(text(finding.what), remedy)


def _well(found: Sequence[Finding]) -> list[str]:
    """The subjects without faults or notes, each once."""
    ailing = {each.subject for each in found if each.level != "ok"}
    return [each for each in dict.fromkeys(one.subject for one in found) if each not in ailing]
