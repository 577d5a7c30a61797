"""A screen as high as the window: what has no room is counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

HINT = "q quits."
_WIDE = 60


@dataclass(frozen=True)
class Fitting:
    """A screen in so many lines, of which the last counts those that are left out, if any are, and
    says how to quit."""

    screen: RenderableType
    height: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment
        from rich.text import Text

        lines = console.render_lines(self.screen, options.update(height=None), pad=False)
        room = max(self.height - 1, 0)
        for line in lines[:room]:
            yield from line
            yield Segment.line()
        yield from (Segment.line() for _ in range(room - len(lines)))
        left_out = len(lines[room:])
        if not left_out:
            yield Text(HINT, style="dim", end="")
            return
        told = f"{left_out} more line" if left_out == 1 else f"{left_out} more lines"
        if options.max_width >= _WIDE:
            told += ": make the window higher"
        yield Text(f"{told}. {HINT}", style="yellow", end="")
