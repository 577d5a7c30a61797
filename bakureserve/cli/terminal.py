"""Screens on the terminal, in its width, colours and encoding: printed once, or live."""

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

from bakureserve.cli.output import flush_or_drop

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType, RenderResult

Draw = Callable[[int], "RenderableType"]
"""Draws a screen of so many characters."""

FILE_WIDTH = 110
"""Characters in a line without a terminal."""
_IN_ASCII = str.maketrans("✓▲✗○●━╸─│█▁▂▃▄▅▆▇→×·…–’əƏı", "+!xo*==-|#.:-=+*%>x-.-'eEi")

Look = Callable[[], Draw]
"""Gathers facts, and returns a function that draws them."""
QUIT = b"q"
_FOUND = 0
"""Rings the bell for new facts; signals ring it with their numbers."""
_ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
_LEAVING_SIGNALS = (*_ENDING_SIGNALS, signal.SIGTSTP)
_HANDLED = (*_LEAVING_SIGNALS, signal.SIGWINCH)
_LEAVING_SECONDS = 0.5


def show(draw: Draw) -> None:
    """Print a screen on stdout, in colours on a terminal."""
    console = a_console()
    console.print(Legible(draw(console.width)))


def a_console() -> Console:
    """Standard output as a console; its width follows the terminal's."""
    from rich.console import Console

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = FILE_WIDTH
    return console


class Legible:
    """A screen in the terminal's encoding: signs that it lacks become others of the same width."""

    def __init__(self, screen: RenderableType) -> None:
        self._screen = screen

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._screen, options):
            if options.ascii_only and not segment.control:
                yield segment._replace(text=in_ascii(segment.text))
            else:
                yield segment


def in_ascii(shown: str) -> str:
    """The text in ASCII, as wide as before: other signs, letters without marks, ? for the rest."""
    from rich.cells import cell_len

    def of(letter: str) -> str:
        base = normalize("NFKD", letter)[0]
        return base if base.isascii() else "?" * cell_len(letter)

    return "".join(map(of, shown.translate(_IN_ASCII)))


def keep_showing(look: Look, every: float) -> None:
    """Draw what `look` finds, again every so many seconds, until `q` is pressed.

    Raises KeyboardInterrupt for Ctrl-C, and what `look` raises. A signal that ends the program does
    so after the terminal was restored. A closed terminal counts as SIGHUP.
    """
    with _Bell() as bell, _looking(look, every, bell) as found:
        while (ended_by := _on_screen_until_hangup(found, bell)) == signal.SIGTSTP:
            bell.stop_here()
    if ended_by is not None:
        signal.raise_signal(ended_by)


class _Bell:
    """Wakes the drawing thread for signals and for new facts."""

    def __init__(self) -> None:
        self._ours, self._theirs = socket.socketpair()
        self._held = ExitStack()

    def __enter__(self) -> _Bell:
        for end in (self._ours, self._theirs):
            end.setblocking(False)
            self._held.enter_context(end)
        before = signal.set_wakeup_fd(self._theirs.fileno(), warn_on_full_buffer=False)
        self._held.callback(signal.set_wakeup_fd, before)
        for each in _HANDLED:
            if signal.getsignal(each) != signal.SIG_IGN:  # ignored, as under nohup
                self._held.callback(signal.signal, each, signal.signal(each, _ring))
        return self

    def __exit__(self, *_: object) -> None:
        self._held.close()

    def ring(self) -> None:
        """Redraw the screen; from any thread."""
        with suppress(OSError):  # full, and so ringing already, or closed
            self._theirs.send(bytes([_FOUND]))

    def wait(self, keyboard: int | None) -> tuple[bytes, bytes]:
        """Wait for signals or keys, and return both."""
        sources = [self._ours.fileno()] + ([] if keyboard is None else [keyboard])
        ready, _, _ = select.select(sources, [], [])
        rung, typed = b"", b""
        if self._ours.fileno() in ready:
            rung = self._ours.recv(64)
        if keyboard is not None and keyboard in ready:
            typed = os.read(keyboard, 64) or QUIT  # an empty read: the terminal is gone
        return rung, typed

    def stop_here(self) -> None:
        """Stop as Ctrl-Z does; returns when the shell continues the program."""
        handler = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        signal.raise_signal(signal.SIGTSTP)
        signal.signal(signal.SIGTSTP, handler)


def _ring(number: int, _frame: object) -> None:
    """Python has written the signal's number into the bell already.

    A second signal ends the program at once: a paused terminal (Ctrl-S) may block it forever.
    """
    if number in _ENDING_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


class _Found:
    """The latest facts, or the error that ended gathering them."""

    def __init__(self) -> None:
        self.draw: Draw = _nothing_yet
        self.failure: Exception | None = None


@contextmanager
def _looking(look: Look, every: float, bell: _Bell) -> Iterator[_Found]:
    """Look every so many seconds in a thread; leaving does not wait for a slow look."""
    found, enough = _Found(), Event()

    def look_repeatedly() -> None:
        while not enough.is_set():
            try:
                found.draw = look()
            except Exception as error:  # noqa: BLE001 - whatever it is, the other thread raises it
                found.failure = error
                enough.set()
            bell.ring()
            enough.wait(every)

    looker = Thread(target=look_repeatedly, name="looker", daemon=True)
    looker.start()
    try:
        yield found
    finally:
        enough.set()
        looker.join(_LEAVING_SECONDS)


def _nothing_yet(_width: int) -> RenderableType:
    from bakureserve.cli.screens.layout import text

    return text("Checking …", "dim")


def _on_screen_until_hangup(found: _Found, bell: _Bell) -> signal.Signals | None:
    """As `_on_screen`; a window closed meanwhile counts as SIGHUP, as for shells.

    What was drawn and not yet written is dropped: it would fail once more when the program ends.
    """
    try:
        return _on_screen(found, bell)
    except (OSError, termios.error):
        if sys.stdout.isatty():
            raise
        flush_or_drop(sys.stdout)
        return signal.SIGHUP


def _on_screen(found: _Found, bell: _Bell) -> signal.Signals | None:
    """Draw until the operator quits, or return the signal that ends the screen."""
    from rich.live import Live

    from bakureserve.cli.screens.layout import Fitting

    console = a_console()
    with (
        _keyboard() as keyboard,
        Live(console=console, screen=True, auto_refresh=False) as live,
        _cleared_at_end(console),
    ):
        while True:
            if found.failure is not None:
                raise found.failure
            drawn = Fitting(found.draw(console.width), console.height)
            live.update(Legible(drawn), refresh=True)
            rung, typed = bell.wait(keyboard)
            leaving = [number for number in rung if number in _LEAVING_SIGNALS]
            if leaving:
                return signal.Signals(leaving[0])
            if QUIT in typed.lower():
                return None


@contextmanager
def _cleared_at_end(console: Console) -> Iterator[None]:
    """Clear the screen on leaving: tmux (3.3a) would mix its lines into the shell's otherwise."""
    try:
        yield
    finally:
        console.clear()


@contextmanager
def _keyboard() -> Iterator[int | None]:
    """The terminal's keyboard without echo or line buffering; None without one."""
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
