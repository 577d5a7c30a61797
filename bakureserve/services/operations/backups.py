"""Scheduled backups: when one is due, and that only one process takes it."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import signal
import subprocess
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import msgspec

from bakureserve.domain.errors import ReserveError, Unavailable
from bakureserve.services.clock import Clock
from bakureserve.store.maintenance import backup_folder
from bakureserve.store.maintenance.backup import BackupReport, back_up
from bakureserve.store.maintenance.backup_folder import KeptBackup, Pruned, Retention, prune

LEFT_FREE_BYTES = 64 * 1024 * 1024
"""What the disk must still have free afterwards, since a schedule runs unwatched."""
_EARLY = dt.timedelta(seconds=1)
"""A name holds whole seconds, so a backup may look this much older than it is."""


class ScheduledBackup(msgspec.Struct, frozen=True):
    """A scheduled backup, and the older ones deleted for it."""

    report: BackupReport
    pruned: Pruned


@dataclass(frozen=True)
class Schedule:
    """How often a backup is taken, how many are kept, and what is run after each.

    An `every` of None means never.
    """

    every: dt.timedelta | None
    keep: Retention
    command: BackupCommand | None = None


class Backups:
    """The backups of the database at `source`, in `folder`. `schedule` may be changed any time."""

    def __init__(self, source: Path, folder: Path, clock: Clock, schedule: Schedule) -> None:
        self.schedule = schedule
        self.failure: ReserveError | None = None
        self.command_failure: ReserveError | None = None
        self._source = source
        self._folder = folder
        self._clock = clock
        self._stopping = threading.Event()

    def newest(self) -> KeptBackup | None:
        """The backup that was started last, by any process. Blocking, short. Raises
        StoreReadOnly."""
        return next(iter(backup_folder.kept_in(self._folder)), None)

    async def take_if_due(self) -> ScheduledBackup | None:
        """Take a backup unless the newest is recent enough or another process takes one: then None.

        Sets `failure` to the error, or None, and `command_failure` to that of the command after the
        last backup. Raises the errors of `store.maintenance.backup`.
        """
        if self.schedule.every is None:
            self.failure = None
            return None
        try:
            taken = await asyncio.to_thread(self._take_if_due, self.schedule.every)
        except ReserveError as error:
            self.failure = error
            raise
        self.failure = None
        if taken is not None:
            await self._run_command(taken.report.path)
        return taken

    async def _run_command(self, path: str) -> None:
        self.command_failure = None
        if self.schedule.command is not None:
            try:
                await asyncio.to_thread(self.schedule.command.run, path, self._stopping)
            except ReserveError as error:
                self.command_failure = error

    def stop(self) -> None:
        """Cancel the copy in progress, so that a stop need not wait for it."""
        self._stopping.set()

    def _take_if_due(self, every: dt.timedelta) -> ScheduledBackup | None:
        if not self._is_due(every):
            return None
        backup_folder.make_folder(self._folder)
        with backup_folder.alone_in(self._folder) as alone:
            if not alone or not self._is_due(every):  # another process was quicker
                return None
            backup_folder.clear_unfinished(self._folder)
            target = self._folder / backup_folder.name_for(self._clock(), "scheduled")
            report = back_up(
                self._source,
                target,
                numbered=True,
                leaving=LEFT_FREE_BYTES,
                progress=self._go_on,
            )
            made = Path(report.path)
            pruned = prune(self._folder, keep=self.schedule.keep, spare=made, now=self._clock())
            return ScheduledBackup(report, pruned)

    def _is_due(self, every: dt.timedelta) -> bool:
        """Whether no backup is recent enough; one from the future (the clock was set back) is
        not."""
        now, young = self._clock(), every - _EARLY
        ages = (now - kept.taken_at for kept in backup_folder.kept_in(self._folder))
        return not any(dt.timedelta() <= age < young for age in ages)

    def _go_on(self, _done: int, _total: int) -> None:
        if self._stopping.is_set():
            raise Unavailable("store_closed")


_LOOK_SECONDS = 0.1
_GRACE_SECONDS = 2.0
"""How long a terminated program may take to end before it is killed."""
_TOLD_BYTES = 300


@dataclass(frozen=True)
class BackupCommand:
    """The arguments of a command, run without a shell. The path of the backup is added as the last.

    `seconds` is how long it may take.
    """

    words: tuple[str, ...]
    seconds: float

    def run(self, path: str, stopping: threading.Event | None = None) -> None:
        """Run it to its end, or until `stopping`. Blocking.

        Raises Unavailable when it cannot be run, exits with a status other than 0, or takes too
        long: then it and all that it started are terminated.
        """
        with tempfile.TemporaryFile() as told:
            try:
                process = subprocess.Popen(  # noqa: S603 - the operator's own command
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
