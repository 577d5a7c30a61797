"""Screens on the terminal: in its width, its colours and the letters that it has."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

Draw = Callable[[int], "RenderableType"]
"""Draws a screen of so many characters."""

FILE_WIDTH = 110
"""Characters a line has where there is no terminal to say."""
_IN_ASCII = str.maketrans("✓▲✗○●━╸─│█▁▂▃▄▅▆▇→×·…–’əƏı", "+!xo*==-|#.:-=+*%>x-.-'eEi")


def show(draw: Draw) -> None:
    """Print a screen on stdout, in colours on a terminal."""
    console = a_console()
    console.print(Legible(draw(console.width)))


def a_console() -> Console:
    """Standard output. Its width is the terminal's whenever it is asked."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


class Legible:
    """A screen in the letters that the terminal has: signs that it lacks by others as wide."""

    def __init__(self, screen: RenderableType) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._screen, options):
            if options.ascii_only and not segment.control:
                yield segment._replace(text=in_ascii(segment.text))
            else:
                yield segment


def in_ascii(shown: str) -> str:
    """As wide as before: signs by others, letters without their marks, and ? for what has none."""
    from rich.cells import cell_len

    def of(letter: str) -> str:
        base = normalize("NFKD", letter)[0]
        return base if base.isascii() else "?" * cell_len(letter)

    return "".join(map(of, shown.translate(_IN_ASCII)))
