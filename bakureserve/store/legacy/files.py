"""The old server's files: where they lie, and reading one without ever writing to it."""

from __future__ import annotations

import codecs
import hashlib
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import msgspec

from bakureserve.domain.errors import Invalid

FileName = Literal["restaurants.json", "reservations.json", "users.json"]
RESTAURANTS: FileName = "restaurants.json"
RESERVATIONS: FileName = "reservations.json"
USERS: FileName = "users.json"

FILES: tuple[FileName, ...] = (RESTAURANTS, RESERVATIONS, USERS)

_CHUNK = 1 << 16
_MARK = "\ufeff"

Advance = Callable[[int], None]
"""Told how many more bytes have been read."""


class OldFiles(msgspec.Struct, frozen=True):
    """The files of one import; None for one that is not there."""

    restaurants: Path | None
    reservations: Path | None
    users: Path | None

    def named(self) -> dict[FileName, Path | None]:
        """Every file by the name the old server gave it, in the order of the import."""
        return {
            RESTAURANTS: self.restaurants,
            USERS: self.users,
            RESERVATIONS: self.reservations,
        }

    def bytes(self) -> int:
        """The size of all of them."""
        return sum(path.stat().st_size for path in self.named().values() if path)


def old_files_in(folder: Path) -> list[Path]:
    """The old server's files that lie in `folder`."""
    return [path for name in FILES if (path := folder / name).is_file()]


def find_old_files(folder: Path, users: Path | None = None) -> OldFiles:
    """What there is to import from `folder`, with `users` in place of its users.json.

    Raises Invalid when there is nothing, when `users` is named and not there, or when anything
    but a file stands in a file's place.
    """
    if users is not None and not _is_there(users):
        raise Invalid("old_file_missing", path=str(users))
    places = {name: folder / name for name in FILES}
    if users is not None:
        places[USERS] = users
    found = {name: path for name, path in places.items() if _is_there(path)}
    files = OldFiles(
        restaurants=found.get(RESTAURANTS),
        reservations=found.get(RESERVATIONS),
        users=found.get(USERS),
    )
    if not any(files.named().values()):
        raise Invalid("old_files_missing", folder=str(folder))
    return files


def _is_there(path: Path) -> bool:
    """Whether a file lies there. Raises Invalid for anything else: a pipe would be waited for."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise Invalid("old_file_link_dangles", path=str(path)) from None
        return False
    except OSError as error:
        raise _unreadable(path, error) from error
    if not stat.S_ISREG(mode):
        raise Invalid("old_file_not_a_file", path=str(path))
    return True


def _unreadable(path: Path, error: OSError) -> Invalid:
    reason = error.strerror or str(error)
    return Invalid("old_file_unreadable", path=str(path), reason=reason)


class OldFile:
    """One file while it is read from front to back, as text without a byte order mark.

    `consumed` counts the bytes read, the mark included.
    """

    def __init__(self, path: Path, stream: BinaryIO, advance: Advance) -> None:
        self.path = path
        self.consumed = 0
        self.mark = 0
        """How many bytes the byte order mark has."""
        self._stream = stream
        self._advance = advance
        self._hash = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self._ended = False

    def read(self, size: int) -> str:
        """More text, of about `size` bytes; "" at the end. Raises Invalid (old_file_not_utf8)."""
        text = ""
        while not text and (chunk := self._next(size)) is not None:
            text = self._decoded(chunk)
        return text

    def sha256(self) -> str:
        """The hash of what was read so far."""
        return self._hash.hexdigest()

    def fault(self, code: str, offset: int) -> Invalid:
        """The error for the byte at `offset`, with its line and its place in that."""
        line, column = _line_and_column(self.path, offset)
        return Invalid(code, path=str(self.path), line=line, column=column, byte=offset)

    def _next(self, size: int) -> bytes | None:
        """The next bytes; once b"" at the end, so that a letter cut in two is seen; then None."""
        if self._ended:
            return None
        chunk = self._stream.read(size)
        self._ended = not chunk
        self._hash.update(chunk)
        self._advance(len(chunk))
        return chunk

    def _decoded(self, chunk: bytes) -> str:
        pending = len(self._decoder.getstate()[0])
        try:
            text = self._decoder.decode(chunk, final=not chunk)
        except UnicodeDecodeError as error:
            raise self.fault("old_file_not_utf8", self.consumed - pending + error.start) from None
        if self.consumed == 0 and text.startswith(_MARK):
            self.mark = len(codecs.BOM_UTF8)
            text = text.removeprefix(_MARK)
        self.consumed += len(chunk)
        return text


@contextmanager
def opened(path: Path, advance: Advance) -> Iterator[OldFile]:
    """The file, open for reading alone. Raises Invalid when it cannot be read."""
    try:
        with path.open("rb") as stream:
            yield OldFile(path, stream, advance)
    except OSError as error:
        raise _unreadable(path, error) from error


def _line_and_column(path: Path, offset: int) -> tuple[int, int]:
    """Both from 1; the column counts bytes."""
    line, line_start, position = 1, 0, 0
    with path.open("rb") as stream:
        while position < offset and (chunk := stream.read(min(_CHUNK, offset - position))):
            line += chunk.count(b"\n")
            if (newline := chunk.rfind(b"\n")) >= 0:
                line_start = position + newline + 1
            position += len(chunk)
    return line, offset - line_start + 1
