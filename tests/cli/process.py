"""The program as a real process: what a shell sees.

Each process gets a session of its own. So none can read from the terminal that the tests are run
at, where a question for a password would wait for ever.
"""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.houses import NO_ROUTER

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
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, *arguments],
        cwd=cwd,
        env=environment(TERM="xterm", **environ),
        stdin=subprocess.DEVNULL,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    ):
        os.close(theirs)
        shown = drain(ours)
    os.close(ours)
    return shown.decode()


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
