"""The program, started warm: each command is a process forked from one that has imported all of it.

A page runs dozens of commands, and importing is most of what a short one costs. `SHIM` is what a
shell finds as `bakureserve`: it hands its arguments, environment, folder and standard streams on,
passes signals through and ends as the command does.
"""

from __future__ import annotations

import contextlib
import importlib
import marshal
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import time_machine

from tests.kit.processes import die_with_the_tests

CLOCK_AHEAD = "DOCS_CLOCK_AHEAD"
"""By how many seconds a command's clock is ahead: a variable of its environment."""

_ROOM = 1 << 17
_NEEDED = (
    "bakureserve.cli.voice",
    "bakureserve.cli.exits",
    "bakureserve.cli.session",
    "bakureserve.cli.remote",
    "bakureserve.runtime",
    "bakureserve.server.serving",
    "rich.table",
    "rich.console",
)

SHIM = """#!{python} -IS
import marshal, os, signal, socket, sys
told = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
told.connect({address!r})
order = marshal.dumps((os.getcwd(), dict(os.environ), sys.argv[1:]))
socket.send_fds(told, [order], [0, 1, 2])
process = int(told.recv(16))
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, lambda number, frame: os.kill(process, number))
os._exit(int(told.recv(16) or 137))
"""


@contextmanager
def warmed(address: Path) -> Iterator[str]:
    """The process that commands are forked from, listening at `address`; the text of a shim."""
    with subprocess.Popen(
        [sys.executable, "-m", "tests.docs.warm", str(address)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        start_new_session=True,
        preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            yield SHIM.format(python=sys.executable, address=str(address))
        finally:
            process.kill()


def main() -> None:
    """Fork a command for each order that comes in at the address given."""
    from bakureserve.cli.app import NOUNS

    for module in (*_NEEDED, *(module for module, _ in NOUNS.values())):
        importlib.import_module(module)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries what has ended
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
        listening.bind(sys.argv[1])
        listening.listen(64)
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        while True:
            asked, _ = listening.accept()
            order, streams, *_ = socket.recv_fds(asked, _ROOM, 3)
            if os.fork() == 0:
                listening.close()
                _obey(asked, order, streams)
            asked.close()
            for stream in streams:
                os.close(stream)


def _obey(asked: socket.socket, order: bytes, streams: list[int]) -> None:
    """Be the command, to its end."""
    die_with_the_tests()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    asked.send(str(os.getpid()).encode())
    folder, environ, arguments = marshal.loads(order)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environ)
    time.tzset()
    sys.argv[1:] = arguments
    with _clock_ahead(float(environ.get(CLOCK_AHEAD, 0))):
        status = _run()
    asked.send(str(status).encode())
    os._exit(status)


@contextmanager
def _clock_ahead(seconds: float) -> Iterator[None]:
    """A clock that is so far ahead, to the millisecond: a token of one command, signed a moment
    ago, is not yet valid by the clock of another that lags behind."""
    with time_machine.travel(time.time() + seconds, tick=True) as clock:
        clock.shift(time_machine.escape_hatch.time.time() + seconds - time.time())
        yield


def _run() -> int:
    from bakureserve.cli import main as run_command

    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    try:
        run_command()
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else int(bool(ended.code))
    finally:
        threading._shutdown()  # type: ignore[attr-defined]
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):
                stream.flush()


if __name__ == "__main__":
    main()
