"""Runs a command again and again, killed one step later each time, until it ends by itself.

A step is whatever may change what lies on the disk: a file that is opened for writing, renamed,
linked, removed or synced, a connection to a database, the beginning and end of a transaction, and
every so many statements inside one. Children are forked after everything is imported, so that a run
takes a fraction of a second. Reads a `Plan` as JSON on stdin, and writes a `Death` to stdout for
each kill.
"""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import sys
import time
from collections.abc import Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, NoReturn

import msgspec

STATEMENTS_A_STEP = 25
"""Of those inside a transaction: nothing of it is in the file before its end."""
_STARTING_SECONDS = 60

_OF_FILES = frozenset(
    {"os.rename", "os.link", "os.remove", "os.mkdir", "os.chmod", "os.truncate", "sqlite3.connect"}
)
_OF_TRANSACTIONS = ("begin", "commit", "end", "rollback", "pragma", "vacuum")


class Plan(msgspec.Struct):
    """What is run, on a copy of `template` each time, and what is run after each kill."""

    template: str
    scratch: str
    words: list[str]
    afterwards: list[list[str]] = []
    environ: dict[str, str] = {}


class Ended(msgspec.Struct):
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


class Death(msgspec.Struct):
    """One kill: what was in the folder then, and how the commands after it ended."""

    step: int
    left: list[str]
    afterwards: list[Ended]


def main() -> None:
    """Kill it at every step."""
    _import_all()
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    os.environ.update(plan.environ)
    for step in count(1):
        folder = Path(plan.scratch) / f"{step}"
        shutil.copytree(plan.template, folder)
        if _run(plan.words, folder, fatal=step).status != -signal.SIGKILL:
            return
        left = sorted(str(each.relative_to(folder)) for each in folder.rglob("*"))
        ended = [_run(words, folder) for words in plan.afterwards]
        sys.stdout.buffer.write(msgspec.json.encode(Death(step, left, ended)) + b"\n")
        sys.stdout.buffer.flush()
        shutil.rmtree(folder)


def _import_all() -> None:
    import bakureserve.cli.app
    import bakureserve.cli.serve
    import bakureserve.runtime
    import bakureserve.server.serving
    import bakureserve.store.legacy.run  # noqa: F401


def _run(words: Sequence[str], folder: Path, *, fatal: int = 0) -> Ended:
    """The command, to its end; a server until it listens, and then until it is asked to stop."""
    out, err = folder.with_suffix(".out"), folder.with_suffix(".err")
    err.unlink(missing_ok=True)  # what one before said of where it listens
    child = os.fork()
    if child == 0:
        _become([word.replace("{}", str(folder)) for word in words], folder, out, err, fatal)
    status = _wait_for(child, err, is_server=words[0] == "serve")
    return Ended(status, out.read_text(errors="replace"), err.read_text(errors="replace"))


def _become(words: list[str], folder: Path, out: Path, err: Path, fatal: int) -> NoReturn:
    for path, stream in ((out, 1), (err, 2)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), stream)
    os.chdir(folder)
    os.environ["DATA_DIR"] = str(folder)
    if fatal:
        _die_at(fatal)
    from bakureserve.cli.app import invoke

    status = invoke(words)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def _wait_for(child: int, err: Path, *, is_server: bool) -> int:
    deadline = time.monotonic() + _STARTING_SECONDS
    while is_server:
        found, status = os.waitpid(child, os.WNOHANG)
        if found:
            return os.waitstatus_to_exitcode(status)
        if err.exists() and b"listens on" in err.read_bytes():
            os.kill(child, signal.SIGTERM)
            break
        assert time.monotonic() < deadline, "the server does not listen"
        time.sleep(0.01)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def _die_at(last: int) -> None:
    steps = count(1)

    def step() -> None:
        if next(steps) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def look(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _OF_FILES or (event == "open" and arguments[2] & (os.O_WRONLY | os.O_RDWR)):
            step()

    _count_syncs(step)
    _count_statements(step)
    sys.addaudithook(look)


def _count_syncs(step: Callable[[], None]) -> None:
    sync = os.fsync

    def counted(handle: Any) -> None:
        step()
        sync(handle)

    os.fsync = counted


def _count_statements(step: Callable[[], None]) -> None:
    inside, connect = count(1), sqlite3.connect

    def look(sql: str) -> None:
        of_transaction = sql.lstrip().lower().startswith(_OF_TRANSACTIONS)
        if of_transaction or next(inside) % STATEMENTS_A_STEP == 0:
            step()

    def watched(*arguments: Any, **options: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **options)
        connection.set_trace_callback(look)
        return connection

    sqlite3.connect = watched


if __name__ == "__main__":
    main()
