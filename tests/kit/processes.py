"""Real processes of the program: servers to storm and to kill, and commands to run."""

from __future__ import annotations

import ctypes
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import requests

from tests.kit.program import environment
from tests.kit.waiting import wait_for

HIGH_QUOTA = {"RATE_LIMIT_REQUESTS": "1000000", "RATE_LIMIT_WINDOW_SECONDS": "1"}
"""The limiter counts as always, but no test uses its quota up."""

PROGRAM = (sys.executable, "-m", "bakureserve")
_STARTING_SECONDS = 60
_STOPPING_SECONDS = 30


# Loaded before any fork, since a forked child may not.
_LIBC = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def die_with_the_tests() -> None:
    """Have the kernel kill a server whose tests were killed themselves, and could not end it."""
    if _LIBC is not None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Server:
    """A `bakureserve serve`, with DEV on unless told otherwise, that answers at `url`.

    Start one with `serving`. `under` are words before the command, such as a sandbox's.
    """

    def __init__(
        self, data_dir: Path, log: Path, environ: dict[str, str], under: Sequence[str], port: int
    ) -> None:
        self.data_dir = data_dir
        self._log = log
        command = [*under, *PROGRAM, "serve", "--port", str(port)]
        with log.open("ab") as stderr:
            self._process = subprocess.Popen(
                [*command, "--data-dir", str(data_dir)],
                cwd=data_dir,
                env=environment(SEED="off", DEV="on", **HIGH_QUOTA) | environ,
                stdin=subprocess.DEVNULL,
                stderr=stderr,
                start_new_session=True,
                preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
            )
        self.url = ""

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        while not (found := re.search(r"listens on (http://[^\s\"]+)", self.said)):
            assert self._process.poll() is None, f"the server ended: {self.said}"
            assert time.monotonic() < deadline, f"the server does not listen: {self.said}"
            time.sleep(0.01)
        self.url = found[1]

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def said(self) -> str:
        """What it wrote on stderr so far."""
        return self._log.read_text(errors="replace")

    @property
    def address(self) -> tuple[str, int]:
        found = urlsplit(self.url)
        assert found.hostname
        assert found.port
        return found.hostname, found.port

    @property
    def is_refusing(self) -> bool:
        """Whether it takes no new connections."""
        try:
            socket.create_connection(self.address, timeout=20).close()
        except ConnectionRefusedError:
            return True
        return False

    def wait_until_under_way(self) -> None:
        """Until it works on a request besides that for its figures."""
        wait_for(lambda: "requests_in_flight 2.0" in requests.get(f"{self.url}/metrics").text)

    def kill(self) -> None:
        """`kill -9`: no chance to finish anything."""
        self._process.kill()
        self._process.wait(_STOPPING_SECONDS)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def stop(self) -> int:
        """Ask it to stop, as a process manager does; its exit status."""
        self.signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Its exit status once it ends, or minus the signal that ended it."""
        return self._process.wait(_STOPPING_SECONDS)

    def end(self) -> None:
        if self._process.poll() is None:
            self.kill()


@contextmanager
def serving(
    data_dir: Path,
    *,
    log: Path | None = None,
    under: Sequence[str] = (),
    port: int = 0,
    **environ: str,
) -> Iterator[Server]:
    """A server on the store in `data_dir`, ready; gone on leaving, whatever happens.

    What it says goes to `log`, by default in `data_dir`. It takes a free port if none is named.
    """
    number = len(list(data_dir.glob("server-*.log")))
    server = Server(data_dir, log or data_dir / f"server-{number}.log", environ, under, port)
    try:
        server.wait_until_it_listens()
        yield server
    finally:
        server.end()


def require_sound(data_dir: Path) -> None:
    """Assert that `bakureserve check` finds no fault in the store."""
    checked = command("check", data_dir=data_dir)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def command(
    *arguments: str, data_dir: Path, under: Sequence[str] = ()
) -> subprocess.CompletedProcess[str]:
    """Run `bakureserve ARGUMENTS --data-dir …` to its end."""
    return subprocess.run(
        [*under, *PROGRAM, *arguments],
        cwd=data_dir,
        env=environment(DATA_DIR=str(data_dir)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        start_new_session=True,
        check=False,
    )
