"""The programs that `docs/deployment/` puts beside the server, found where they are installed."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.kit.processes import die_with_the_tests

DEPLOYMENT = Path(__file__).parent.parent.parent / "docs" / "deployment"
_STARTING_SECONDS = 30


def program(name: str) -> str:
    """The path of a program. A test that needs one that is not installed is skipped."""
    beside_python = str(Path(sys.executable).parent)
    found = shutil.which(name, path=beside_python) or shutil.which(name)
    if found is None:
        pytest.skip(f"needs {name}: docs/deployment/README.md says how it is installed")
    return found


def adapted(file: Path, changes: Mapping[str, str]) -> str:
    """What the file says, with these places of it changed. Each must be there."""
    text = file.read_text()
    for said, wanted in changes.items():
        assert said in text, f"{file.name} does not say {said!r}"
        text = text.replace(said, wanted)
    return text


def fenced(page: str, language: str) -> str:
    """The page's one block in that language, its indentation taken away."""
    [block] = re.findall(
        rf"^ *```{language}\n(.*?)^ *```$",
        (DEPLOYMENT / page).read_text(),
        re.DOTALL | re.MULTILINE,
    )
    return textwrap.dedent(block)


@contextmanager
def running(
    command: Sequence[str], folder: Path, *, port: int = 0, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """A program that writes to `program.log` in the folder, once it listens at `port`."""
    with (folder / "program.log").open("ab") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(folder)} | environ,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=die_with_the_tests,  # noqa: PLW1509 - one system call, no lock
        )
    try:
        if port:
            _wait_until_it_listens(process, port, folder / "program.log")
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + _STARTING_SECONDS
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.02)
        else:
            return
