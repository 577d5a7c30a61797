"""Notices as files in a folder, for a deployment that has no mail server and no webhooks."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from bakureserve.notify.failed import DeliveryFailed

_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
REMOVED_AFTER = 50
"""Files written between two looks through the folder, which take as long as there are files."""


class Files:
    """Writes each delivery into a file of its own, which only the owner can read.

    The name is the delivery's id: one that is written again after a crash replaces itself. Ids
    begin with the time, so by name the oldest come first; beyond `keep` files they are removed,
    some at a time.
    """

    def __init__(self, folder: Path, *, keep: int) -> None:
        self._folder = folder
        self._keep = keep
        self._puts = 0

    async def put(self, name: str, content: bytes) -> None:
        """Write a file, on the disk when this returns. Raises DeliveryFailed."""
        try:
            await asyncio.to_thread(self._put, name, content)
        except OSError as error:
            raise DeliveryFailed(f"files_{error.errno}") from error

    def _put(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=_OWNER_FOLDER, parents=True, exist_ok=True)
        part = self._folder / f".{name}.part"
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, _OWNER_FILE)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / name)
        self._puts += 1
        if self._puts % REMOVED_AFTER == 1:
            self._remove_the_oldest()

    def _remove_the_oldest(self) -> None:
        names = sorted(each for each in os.listdir(self._folder) if not each.startswith("."))  # noqa: PTH208
        for name in names[: -self._keep]:
            (self._folder / name).unlink(missing_ok=True)
