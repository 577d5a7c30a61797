"""Other processes on the same store."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HOLD_THE_LOCK = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=5)
connection.execute("begin immediate")
print("held", flush=True)
sys.stdin.readline()
connection.execute("rollback")
connection.close()
print("free", flush=True)
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    """The script in a Python of its own, its standard streams piped."""
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run(script: str, *arguments: object) -> str:
    """What the script printed; fails with what it complained of."""
    process = start(script, *arguments)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    return out


class LockHolder:
    """Another process that holds the write lock until told to let go."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def let_go(self) -> None:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "free\n"


@contextmanager
def holding_the_lock(path: Path) -> Iterator[LockHolder]:
    process = start(_HOLD_THE_LOCK, path)
    try:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        yield LockHolder(process)
    finally:
        process.kill()
        process.communicate()
