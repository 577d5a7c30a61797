"""A throw-away world for a page: a shell, folders, ports and a clock of its own.

What the page calls `/srv/…`, `/mnt/…`, `/tmp/…` or `/etc/…` are folders of the world's, its ports
are free ones, and what is printed is told back in the page's own words.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from tests.docs.warm import CLOCK_AHEAD
from tests.kit.ports import free_port
from tests.kit.processes import die_with_the_tests
from tests.kit.program import typing_at

T = TypeVar("T")

PATIENCE = 90.0
_PLACES = re.compile(r"(?<![\w.:/~}-])(?=/(?:srv|mnt|tmp|etc|opt|var)(?:/|\b))")
_PORTS = re.compile(r"(?<=:)\d{4,5}\b|(?<=--port )\d{4,5}\b|(?<=PORT=)\d{4,5}\b")
_PROCESS = re.compile(r'"pid":(\d+)')
_LISTENS = re.compile(r"listens on http://\S+:(\d+)")


def is_served(command: str) -> bool:
    """Whether it is a server, which goes on until it is stopped."""
    return re.match(r"(?:\w+=\S+ )*(?:(?:\S*/)?bakureserve|make) serve\b", command) is not None


class World:
    """Runs commands one after another as a person would at one terminal; open one with `opened`."""

    def __init__(self, root: Path, shim: str, environ: Mapping[str, str]) -> None:
        self.root = root
        self.home = root / "home"
        self._ports: dict[str, str] = {}
        self._output = 0
        self._kept = ExitStack()
        self._servers: dict[str, Path] = {}
        self.environ = self._environment(environ)
        self.put("bin/bakureserve", shim, mode=0o755)
        done, self._done_in = os.pipe()
        self._done = open(done, "rb", buffering=0)  # noqa: SIM115, PTH123
        self._shell = subprocess.Popen(
            ["bash", "--norc", "--noprofile"],
            cwd=self.home,
            env=self.environ,
            stdin=subprocess.PIPE,
            pass_fds=[self._done_in],
            start_new_session=True,
            preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
        )

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        for folder in ("bin", "home", "srv", "mnt", "tmp", "etc"):
            (self.root / folder).mkdir()
        return {
            "PATH": f"{self.root / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "PORT": self._port("8000"),
            "LANG": "C.UTF-8",
            "COLUMNS": "100",
            "RATE_LIMIT_REQUESTS": "300",
            **{name: self._placed(value) for name, value in more.items()},
        }

    def put(self, name: str, text: str, *, mode: int = 0o644) -> Path:
        """Write a file of the world's."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        path.chmod(mode)
        return path

    def keep(self, context: AbstractContextManager[T]) -> T:
        """Have something besides, for as long as the world is."""
        return self._kept.enter_context(context)

    def here(self, text: str) -> str:
        """What the page calls something, as it is called in this world."""
        return _PORTS.sub(lambda found: self._port(found[0]), self._placed(text))

    def _placed(self, text: str) -> str:
        return _PLACES.sub(str(self.root), text)

    def there(self, text: str) -> str:
        """What is called so in this world, as the page calls it."""
        told = text.replace(str(self.home), "~").replace(str(self.root), "")
        for theirs, ours in self._ports.items():
            told = re.sub(rf"\b{ours}\b", theirs, told)
        return told

    def _port(self, theirs: str) -> str:
        if theirs not in self._ports:
            self._ports[theirs] = str(free_port())
        return self._ports[theirs]

    def run(self, command: str) -> tuple[int, list[str]]:
        """Its exit status and what it printed on both streams.

        A server, which would go on until it is stopped, is left running once it listens; another
        on its port is stopped first.
        """
        if is_served(command):
            return self._serve(re.sub(r"\s*&?\s*(#.*)?$", "", command))
        status, printed = self._in_the_shell(command)
        return status, self._read(printed)

    def run_well(self, *commands: str) -> list[str]:
        """Run what has to end with 0; what was printed."""
        printed: list[str] = []
        for command in commands:
            status, lines = self.run(command)
            assert status == 0, (command, status, lines)
            printed += lines
        return printed

    def eventually(self, command: str) -> None:
        """Run a command again and again until it ends with 0."""
        deadline = time.monotonic() + PATIENCE
        while (ended := self.run(command))[0] != 0:
            assert time.monotonic() < deadline, (command, ended)
            time.sleep(0.05)

    def type_at(self, command: str, lines: Sequence[str]) -> int:
        """Run a command at a terminal and type a line at each of its questions."""
        typed = ["bash", "-c", self.here(command)]
        return typing_at(typed, lines, cwd=self.home, environ=self.environ | {"TERM": "xterm"})[0]

    def call(self, method: str, path: str, body: Any = None, *, token: str = "") -> Any:
        """Call the server on port 8000 as an app would; its answer."""
        command = ["curl", "-sf", "-X", method, self.here(f"http://127.0.0.1:8000{path}")]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d"]
            command += [msgspec.json.encode(body).decode()]
        if token:
            command += ["-H", f"Authorization: Bearer {token}"]
        answered = subprocess.run(command, capture_output=True, check=False)
        assert answered.returncode == 0, (method, path, body, answered.stderr)
        return msgspec.json.decode(answered.stdout) if answered.stdout else None

    def set_clock(self, ahead: float) -> None:
        """Have commands and servers that start from now on go by a clock so far ahead."""
        self.environ[CLOCK_AHEAD] = str(ahead)
        self._in_the_shell(f"export {CLOCK_AHEAD}={ahead}")

    def stop_servers(self) -> list[str]:
        """Stop them by SIGTERM; of each that did not end with 0, what it said."""
        return [said for port in list(self._servers) if (said := self._stop(port))]

    def _serve(self, command: str) -> tuple[int, list[str]]:
        port = next(iter(re.findall(r"--port (\d+)", command)), "8000")
        if port in self._servers:
            self._stop(port)
        self._in_the_shell(f"{command} & server_{port}=$!", stays=True)
        said = self._last_output
        deadline = time.monotonic() + PATIENCE
        while not _LISTENS.search(said.read_text(errors="replace")):
            if time.monotonic() > deadline or not self._runs(port):
                return self._in_the_shell(f"wait $server_{port}")[0], self._read(said)
            time.sleep(0.02)
        self._servers[port] = said
        return 0, self._read(said)

    def _runs(self, port: str) -> bool:
        return self._in_the_shell(f"kill -0 $server_{port}")[0] == 0

    def _stop(self, port: str) -> str:
        said = self._servers.pop(port)
        process = _PROCESS.findall(said.read_text(errors="replace"))[0]
        ended = self._in_the_shell(f"kill {process}; wait $server_{port}")[0]
        return f"A server ended with {ended}: {self._read(said)}" if ended else ""

    def _in_the_shell(self, command: str, *, stays: bool = False) -> tuple[int, Path]:
        self._output += 1
        script = self.put(f"ran/{self._output}.sh", self.here(command) + "\n")
        printed = self.root / "ran" / f"{self._output}.out"
        if stays:
            self._last_output = printed
        line = f". {script} >{printed} 2>&1 </dev/null; echo $? >&{self._done_in}\n"
        assert self._shell.stdin is not None
        self._shell.stdin.write(line.encode())
        self._shell.stdin.flush()
        ready, _, _ = select.select([self._done], [], [], PATIENCE)
        assert ready, f"{command!r} did not end: {self._read(printed)}"
        return int(self._done.readline()), printed

    def _read(self, printed: Path) -> list[str]:
        return self.there(printed.read_text(encoding="utf-8", errors="replace")).splitlines()

    def close(self) -> None:
        """End the shell; servers have been stopped, or end with what they were forked from."""
        self._kept.close()
        self._shell.kill()
        self._shell.communicate()
        self._done.close()
        os.close(self._done_in)


@contextmanager
def opened(root: Path, shim: str, environ: Mapping[str, str]) -> Iterator[World]:
    """A world in a folder that does not exist yet, gone on leaving."""
    root.mkdir()
    world = World(root, shim, environ)
    try:
        yield world
    finally:
        world.close()
        shutil.rmtree(root, ignore_errors=True)
