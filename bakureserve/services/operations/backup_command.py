"""What the operator has done with each backup: a program of theirs, which is given its path."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import IO

from bakureserve.domain.errors import Unavailable

_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 2.0
"""How long a program that is to end may take to do so by itself."""
_TOLD_BYTES = 300


@dataclass(frozen=True)
class BackupCommand:
    """Words of a command line: no shell reads them. The path of the backup becomes the last one.

    `seconds` is how long it may take.
    """

    words: tuple[str, ...]
    seconds: float

    def run(self, path: str, stopping: threading.Event | None = None) -> None:
        """Run it to its end. Blocking. `stopping` cuts it short.

        Raises Unavailable when it cannot be run, ends with another status than 0, or takes too
        long: then it and all that it started are ended.
        """
        with tempfile.TemporaryFile() as told:
            try:
                process = subprocess.Popen(  # noqa: S603 - the operator's own words
                    [*self.words, path],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=told,
                    start_new_session=True,
                )
            except OSError as error:
                raise self._failed(error.strerror or str(error)) from error
            if not self._wait(process, stopping or threading.Event()):
                _end_group(process)
                raise self._failed(f"it was ended, as it took longer than {self.seconds:g} s")
            if process.returncode:
                raise self._failed(f"status {process.returncode}{_last_words(told)}")

    def _wait(self, process: subprocess.Popen[bytes], stopping: threading.Event) -> bool:
        deadline = time.monotonic() + self.seconds
        while process.poll() is None:
            if time.monotonic() > deadline or stopping.wait(_LOOK_SECONDS):
                return False
        return True

    def _failed(self, reason: str) -> Unavailable:
        return Unavailable("backup_command_failed", command=self.words[0], reason=reason)


def _end_group(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE_SECONDS)


def _last_words(told: IO[bytes]) -> str:
    size = told.seek(0, os.SEEK_END)
    told.seek(max(size - _TOLD_BYTES, 0))
    lines = told.read().decode(errors="replace").strip().splitlines()
    return f", {lines[-1]}" if lines else ""
