"""The program as a real process: what a shell sees.

Each process gets a session of its own. So none can read from the terminal that the tests are run
at, where a question for a password would wait for ever.
"""

from __future__ import annotations

import codecs
import os
import pty
import re
import select
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bakureserve.cli.screens.layout import HINT
from tests.kit.houses import NO_ROUTER

COMMAND = [sys.executable, "-m", "bakureserve"]


def environment(**more: str) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return kept | {"COLUMNS": "100", "OSRM_BASE_URL": NO_ROUTER} | more


def run(*arguments: str, cwd: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(**environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        start_new_session=True,
        check=False,
    )


def on_a_terminal(*arguments: str, cwd: Path, **environ: str) -> str:
    """What the program shows when stdout and stderr are a terminal."""
    return ended_on_a_terminal(*arguments, cwd=cwd, **environ)[1]


def ended_on_a_terminal(*arguments: str, cwd: Path, **environ: str) -> tuple[int, str]:
    """The same, after the exit status."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(TERM="xterm", **environ),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ) as process:
        os.close(theirs)
        shown = drain(ours)
    os.close(ours)
    return process.returncode, shown.decode()


HOME = "\x1b[H"
"""Where every drawing of a screen begins."""
CONTROL = re.compile(r"\x1b(\[[0-9;?]*([a-zA-Z]|\Z)|\Z)")
"""Also one of which the rest has not been read yet."""


@dataclass
class Terminal:
    """A terminal at which the program runs. `process` ends as the program does."""

    process: subprocess.Popen[bytes]
    _ours: int
    _theirs: int
    shown: str = ""

    def __post_init__(self) -> None:
        self._ends = [self._ours, self._theirs]
        self._decoder = codecs.getincrementaldecoder("utf-8")()  # a read may end within a letter

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def close(self) -> None:
        """Close it, as a window is closed. Once is enough."""
        while self._ends:
            os.close(self._ends.pop())

    def resize(self, rows: int, columns: int) -> None:
        """As the window does, of which the kernel tells the program in the foreground."""
        termios.tcsetwinsize(self._theirs, (rows, columns))

    def screen_with(self, *words: str) -> str:
        """The next whole screen that has all of these, without its colours."""
        begin = len(self.shown)
        self._read_while(lambda: not self._screens(begin, words))
        return self._screens(begin, words)[0]

    def _screens(self, begin: int, words: tuple[str, ...]) -> list[str]:
        """Those drawn from the top on, to the last line, that have the words."""
        screens = (CONTROL.sub("", each) for each in self.shown[begin:].split(HOME)[1:])
        return [each for each in screens if HINT in each and all(word in each for word in words)]

    def wait_for(self, text: str, times: int = 1) -> None:
        """Read on until the program has shown the text so many times."""
        self._read_while(lambda: self.shown.count(text) < times)

    def end(self) -> int:
        """Read on until the program has ended, and all that it wrote; its exit status."""
        self._read_while(lambda: self.process.poll() is None)
        self._read_while(lambda: bool(select.select([self._ours], [], [], 0)[0]))
        return self.process.wait()

    @property
    def modes(self) -> list[Any]:
        """How the terminal treats what is typed (termios)."""
        return termios.tcgetattr(self._theirs)

    def _read_while(self, wanted: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while wanted():
            assert time.monotonic() < deadline, self.shown
            if select.select([self._ours], [], [], 0.05)[0]:
                self.shown += self._decoder.decode(os.read(self._ours, 65536))


@contextmanager
def at_a_terminal(
    *arguments: str,
    cwd: Path,
    rows: int = 40,
    columns: int = 100,
    under: Sequence[str] = (),
    **environ: str,
) -> Iterator[Terminal]:
    """The program at a terminal of its own, where Ctrl-C interrupts it.

    `under` are words before the command, such as a shell's.
    """
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (rows, columns))
    known = environment(TERM="xterm-256color", **environ)
    del known["COLUMNS"]  # the terminal says
    process = subprocess.Popen(
        ["setsid", "--ctty", *under, *COMMAND, *arguments],
        cwd=cwd,
        env=known,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    terminal = Terminal(process, ours, theirs)
    with process:
        try:
            yield terminal
        finally:
            process.kill()
            terminal.close()


def typing_at(
    command: Sequence[str], lines: Sequence[str], *, cwd: Path, environ: Mapping[str, str]
) -> tuple[int, str]:
    """Run a command at a terminal and type a line at each of its questions.

    Its exit status, and what it showed.
    """
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env=environ,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,  # or the question is asked of the terminal that the tests run at
    ) as process:
        os.close(theirs)
        shown = b""
        for line in lines:
            while not shown.rstrip(b"\0").endswith(b": "):
                shown += os.read(ours, 1024)
            time.sleep(0.05)  # until echoing is off
            os.write(ours, f"{line}\n".encode())
            shown += b"\0"
        shown += drain(ours)
        status = process.wait(30)
    os.close(ours)
    return status, shown.decode()


@contextmanager
def started(*arguments: str, **how: Any) -> Iterator[subprocess.Popen[Any]]:
    """The program, running; ended with the block, however that ends."""
    with subprocess.Popen([*COMMAND, *arguments], start_new_session=True, **how) as process:
        try:
            yield process
        finally:
            process.kill()


def drain(terminal: int) -> bytes:
    """All that is written to a terminal until its other end is closed."""
    shown = b""
    while True:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # how Linux says that the other end was closed
            return shown
        if not chunk:
            return shown
        shown += chunk
