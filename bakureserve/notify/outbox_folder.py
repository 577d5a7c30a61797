"""Notices as files in a folder, for deployments without a mail server and restaurants without a
webhook."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Collection
from email import message_from_bytes
from pathlib import Path

import structlog

from bakureserve.notify import DeliveryFailed

log = structlog.get_logger(__name__)

_OWNER_FILE, _OWNER_FOLDER = 0o600, 0o700
REMOVED_AFTER = 50
"""Files written between two sweeps of the folder, each of which lists all of it."""


class OutboxFolder:
    """Writes each delivery into its own file, which only the owner can read.

    The file is named after the delivery's id, so one written again after a crash replaces itself.
    Ids begin with the time, so the oldest sort first; beyond `keep` files they are removed, some at
    a time.
    """

    def __init__(self, folder: Path, *, keep: int) -> None:
        self._folder = folder
        self._keep = keep
        self._puts = 0

    async def put(self, name: str, content: bytes) -> None:
        """Write a file and sync it to disk. Raises DeliveryFailed."""
        try:
            await asyncio.to_thread(self._put, name, content)
        except OSError as error:
            raise DeliveryFailed(f"files_{error.errno}", nowhere=True) from error

    async def forget(self, names: Collection[str], mentioned: Collection[str]) -> None:
        """Remove the files of these deliveries, and all files that mention one of these ids."""
        await asyncio.to_thread(
            self._forget, frozenset(names), [each.encode() for each in mentioned]
        )

    def _forget(self, names: frozenset[str], mentioned: Collection[bytes]) -> None:
        if not self._folder.is_dir():
            return
        for file in self._files():
            try:
                if file.stem in names or _mentions(file, mentioned):
                    file.unlink(missing_ok=True)
            except OSError as error:
                log.warning("file_not_removed", file=file.name, reason=error.strerror)

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
        files = sorted(each for each in self._files() if not each.name.startswith("."))
        for file in files[: -self._keep]:
            file.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """One for each delivery; the journal beside them mentions ids only, and has its own end."""
        names = os.listdir(self._folder)  # noqa: PTH208 - of many files it is quicker
        return [self._folder / each for each in names if not each.startswith("notices-")]


def _mentions(file: Path, ids: Collection[bytes]) -> bool:
    """Whether a file contains one of these ids; the parts of an e-mail are decoded first."""
    try:
        content = file.read_bytes()
    except FileNotFoundError:  # another process removed it
        return False
    parts = [content]
    if file.suffix == ".eml":
        letter = message_from_bytes(content)
        parts += [part.get_payload(decode=True) or b"" for part in letter.walk()]  # type: ignore[misc]
    return any(each in part for each in ids for part in parts)
