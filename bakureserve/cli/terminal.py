"""Screens on the terminal: printed once, or drawn anew until the operator has seen enough."""

from __future__ import annotations

import os
import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

Draw = Callable[[int], "RenderableType"]
"""Draws a screen of so many characters."""

QUIT = b"q"
FILE_WIDTH = 110
"""Characters a line has where there is no terminal to say."""
_IN_ASCII = str.maketrans("✓▲✗○●━╸─│█▁▂▃▄▅▆▇→×·…", "+!xo*==-|#.:-=+*%>x-.")


def show(draw: Draw) -> None:
    """Print a screen on stdout, in colours on a terminal."""
    console = _console()
    console.print(_Legible(draw(console.width)))


def keep_showing(draw: Draw, every: float) -> None:
    """Draw a screen anew every so many seconds, until `q` is pressed or Ctrl-C interrupts.

    Raises KeyboardInterrupt for the latter. The terminal is then as it was before.
    """
    from rich.live import Live

    console = _console()
    with _keys() as pressed, Live(console=console, screen=True, auto_refresh=False) as live:
        while True:
            live.update(_Legible(_Fitting(draw(console.width))), refresh=True)
            if pressed(every):
                return


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


class _Legible:
    """A screen in the letters that the terminal has: signs that it lacks by others as wide."""

    def __init__(self, screen: RenderableType) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._screen, options):
            if options.ascii_only and not segment.control:
                yield segment._replace(text=segment.text.translate(_IN_ASCII))
            else:
                yield segment


class _Fitting:
    """A screen no higher than the terminal. Its last line counts what has no room."""

    def __init__(self, screen: RenderableType) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        from rich.segment import Segment
        from rich.text import Text

        lines = console.render_lines(self._screen, options.update(height=None), pad=False)
        room = console.height - 1
        for line in lines[:room]:
            yield from line
            yield Segment.line()
        if left_out := len(lines[room:]):
            yield Text(f"{left_out} more lines: make the window higher. q quits.", style="yellow")
        else:
            yield Text("q quits.", style="dim")


@contextmanager
def _keys() -> Iterator[Callable[[float], bool]]:
    """Yields a function that waits so many seconds for `q`, and tells whether it was pressed."""
    if not sys.stdin.isatty():
        yield _only_wait
        return
    import termios
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    try:
        yield lambda seconds: _is_quit_pressed(keyboard, seconds)
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)


def _only_wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


def _is_quit_pressed(keyboard: int, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while select.select([keyboard], [], [], max(end - time.monotonic(), 0.0))[0]:
        typed = os.read(keyboard, 64)
        if QUIT in typed.lower() or not typed:
            return True
    return False
