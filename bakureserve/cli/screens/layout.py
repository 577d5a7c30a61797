"""Panels and tables that keep every word: long text wraps.

On a narrow screen a table leaves out whole columns, those meant for wider ones. Nothing is cut, and
no data is read as markup or moves the cursor.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from bakureserve.cli.output import one_line

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
    from rich.table import Table
    from rich.text import Text

T = TypeVar("T")

GAP = 2
"""Characters between two columns."""
FRAME = 4
"""Characters of a line that a panel takes for its sides."""
_CORNERS = 6
"""Characters of its top line that a panel keeps from its title."""

HINT = "q quits."
_WIDE = 60


def text(value: object, style: str = "") -> Text:
    """A value as text on one line, wrapped when it is too long."""
    from rich.text import Text

    return Text(one_line(value), style=style, overflow="fold")


@dataclass(frozen=True)
class Column(Generic[T]):
    """A column of a table: its title, what is in it, and the narrowest screen that has it."""

    title: str
    cell: Callable[[T], RenderableType]
    from_width: int = 0
    justify: Literal["left", "right"] = "left"


def table(
    rows: Iterable[T], columns: Sequence[Column[T]], width: int, *, titled: bool = True
) -> Table:
    """The rows, in the columns that fit a screen of this width."""
    from rich.table import Table

    shown = [each for each in columns if each.from_width <= width]
    made = Table(
        box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=titled, header_style="dim"
    )
    for column in shown:
        made.add_column(column.title, justify=column.justify, overflow="fold")
    for row in rows:
        made.add_row(*(column.cell(row) for column in shown))
    return made


def facts(pairs: Iterable[tuple[str | Text, RenderableType]]) -> Table:
    """Names and values, a line each. A name that is plain text becomes bold."""
    from rich.table import Table

    made = Table(box=None, pad_edge=False, padding=(0, GAP, 0, 0), show_header=False)
    for _ in range(2):
        made.add_column(overflow="fold")
    for name, value in pairs:
        made.add_row(
            text(name, "bold") if isinstance(name, str) else name,
            text(value) if isinstance(value, str) else value,
        )
    return made


@dataclass(frozen=True)
class Panel:
    """A frame with a title, and a note `aside` at the bottom.

    A title too long for the frame stands within it. Off a terminal there is no frame.
    """

    body: RenderableType
    title: Text
    aside: Text | None = None
    style: str = ""

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.console import Group
        from rich.panel import Panel as Frame

        said = [each for each in (self.title, self.aside) if each is not None]
        if not options.is_terminal:
            yield Group(*said, self.body)
            return
        room = options.max_width - _CORNERS
        too_long = [each for each in said if each.cell_len > room]
        yield Frame(
            Group(*too_long, self.body),
            title=None if self.title in too_long else self.title,
            title_align="left",
            subtitle=None if self.aside in too_long else self.aside,
            subtitle_align="right",
            border_style=self.style or "none",
        )


@dataclass(frozen=True)
class Fitting:
    """A screen cut to a height; the last line counts the lines left out, and says how to quit."""

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


def picture(screen: RenderableType, width: int) -> str:
    """The screen as a terminal of so many characters shows it, without trailing spaces."""
    from rich.console import Console

    console = Console(
        file=io.StringIO(),
        width=width,
        force_terminal=True,
        color_system=None,
        highlight=False,
        legacy_windows=False,
        _environ={},
    )
    with console.capture() as shown:
        console.print(screen)
    return "".join(f"{line.rstrip()}\n" for line in shown.get().splitlines())
