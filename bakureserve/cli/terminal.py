"""Screens on the terminal, in its width, colours and letters: printed once, or until one has seen
enough."""

from __future__ import annotations

import os
import select
import signal
import socket
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from threading import Event, Thread
from typing import TYPE_CHECKING
from unicodedata import normalize

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

Draw = Callable[[int], "RenderableType"]
"""Draws a screen of so many characters."""

FILE_WIDTH = 110
"""Characters a line has where there is no terminal to say."""
_IN_ASCII = str.maketrans("✓▲✗○●━╸─│█▁▂▃▄▅▆▇→×·…–’əƏı", "+!xo*==-|#.:-=+*%>x-.-'eEi")

Look = Callable[[], Draw]
"""Looks how things stand, and answers what draws them."""
QUIT = b"q"
_FOUND = 0
"""Rings the bell where signals do by their numbers."""
_ENDINGS = (signal.SIGTERM, signal.SIGHUP)
_LEFT_FOR = (*_ENDINGS, signal.SIGTSTP)
_HEEDED = (*_LEFT_FOR, signal.SIGWINCH)
_LEAVING_SECONDS = 0.5


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


def keep_showing(look: Look, every: float) -> None:
    """Draw what `look` finds, again every so many seconds, until `q` is pressed.

    Raises KeyboardInterrupt for Ctrl-C, and what `look` raises. A signal that ends the program ends
    it, after the terminal was put in order. A terminal that is gone is as good as SIGHUP.
    """
    with _Bell() as bell, _looking(look, every, bell) as found:
        while (ended_by := _on_screen_while_there(found, bell)) == signal.SIGTSTP:
            bell.stop_here()
    if ended_by is not None:
        signal.raise_signal(ended_by)


class _Bell:
    """Tells the thread that draws of signals, and of what the thread that looks has found."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._held = ExitStack()

    def __enter__(self) -> _Bell:
        for end in (self._ours, self._theirs):
            end.setblocking(False)
            self._held.enter_context(end)
        before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._held.callback(signal.set_wakeup_fd, before)
        for each in _HEEDED:
            if signal.getsignal(each) != signal.SIG_IGN:  # as nohup has it
                self._held.callback(signal.signal, each, signal.signal(each, _ring))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def ring(self) -> None:
        """Have the screen drawn anew; from any thread."""
        with suppress(OSError):  # full, so that it rings anyway, or closed
            self._theirs.send(bytes([_FOUND]))

    def wait(self, keyboard: int | None) -> tuple[bytes, bytes]:
        """The numbers of the signals that came, and what was typed, as soon as there is any."""
        sources = [self._ours.fileno()] + ([] if keyboard is None else [keyboard])
        ready, _, _ = select.select(sources, [], [])
        rung, typed = b"", b""
        if self._ours.fileno() in ready:
            rung = self._ours.recv(64)
        if keyboard is not None and keyboard in ready:
            typed = os.read(keyboard, 64) or QUIT  # nothing: the terminal is gone
        return rung, typed

    def stop_here(self) -> None:
        """Be stopped as Ctrl-Z does; returns when the shell lets the program go on."""
        heeding = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, heeding)


def _ring(number: int, _frame: object) -> None:
    """Its number is in the bell already.

    A second one ends the program at once: a terminal that takes nothing (Ctrl-S) may never let it
    come to look at the bell.
    """
    if number in _ENDINGS:
        signal.signal(number, signal.SIG_DFL)


class _Found:
    """What was found last, or why nothing more is looked for."""

    def __init__(self) -> None:
        self.draw: Draw = _nothing_yet
        self.failure: Exception | None = None


@contextmanager
def _looking(look: Look, every: float, bell: _Bell) -> Iterator[_Found]:
    """Have it looked every so many seconds. One who takes long to look is not waited for."""
    found, enough = _Found(), Event()

    def look_again_and_again() -> None:
        while not enough.is_set():
            try:
                found.draw = look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the other thread raises it
                found.failure = error
                enough.set()
            bell.ring()
            enough.wait(every)

    looker = Thread(target=look_again_and_again, name="looker", daemon=True)
    looker.start()
    try:
        yield found
    finally:
        enough.set()
        looker.join(_LEAVING_SECONDS)


def _nothing_yet(_width: int) -> RenderableType:
    from bakureserve.cli.screens.layout import text

    return text("Looking …", "dim")


def _on_screen_while_there(found: _Found, bell: _Bell) -> signal.Signals | None:
    """As `_on_screen`; a window that was closed meanwhile is told as SIGHUP, as shells are told."""
    try:
        return _on_screen(found, bell)
    except (OSError, termios.error):
        if sys.stdout.isatty():
            raise
        return signal.SIGHUP


def _on_screen(found: _Found, bell: _Bell) -> signal.Signals | None:
    """Draw until the operator quits, or a signal wants the screen left: that one."""
    from rich.live import Live

    from bakureserve.cli.screens.layout import Fitting

    console = a_console()
    with (
        _keyboard() as keyboard,
        Live(console=console, screen=True, auto_refresh=False) as live,
        _left_empty(console),
    ):
        while True:
            if found.failure is not None:
                raise found.failure
            drawn = Fitting(found.draw(console.width), console.height)
            live.update(Legible(drawn), refresh=True)
            rung, typed = bell.wait(keyboard)
            leaving = [number for number in rung if number in _LEFT_FOR]
            if leaving:
                return signal.Signals(leaving[0])
            if QUIT in typed.lower():
                return None


@contextmanager
def _left_empty(console: Console) -> Iterator[None]:
    """Else tmux (3.3a), if its window has grown, has lines of the screen among the shell's."""
    try:
        yield
    finally:
        console.clear()


@contextmanager
def _keyboard() -> Iterator[int | None]:
    """The terminal's keys, each as it is pressed and none of them shown; None without any."""
    if not sys.stdin.isatty():
        yield None
        return
    import tty

    keyboard = sys.stdin.fileno()
    before = termios.tcgetattr(keyboard)
    tty.setcbreak(keyboard)
    try:
        yield keyboard
    finally:
        termios.tcsetattr(keyboard, termios.TCSADRAIN, before)
