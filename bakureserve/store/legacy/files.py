"""The old server's files: where they lie, and reading one without ever writing to it."""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Literal

import ijson
import msgspec

from bakureserve.domain.errors import Invalid

FileName = Literal["restaurants.json", "reservations.json", "users.json"]
RESTAURANTS: FileName = "restaurants.json"
RESERVATIONS: FileName = "reservations.json"
USERS: FileName = "users.json"

_CHUNK = 1 << 16

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
    names = (RESTAURANTS, RESERVATIONS, USERS)
    return [path for name in names if (path := folder / name).is_file()]


def find_old_files(folder: Path, users: Path | None = None) -> OldFiles:
    """What there is to import from `folder`, with `users` in place of its users.json.

    Raises Invalid when there is nothing, or when `users` is named and not there.
    """
    if users is not None and not users.is_file():
        raise Invalid("old_file_missing", path=str(users))
    found = {path.name: path for path in old_files_in(folder)}
    files = OldFiles(
        restaurants=found.get(RESTAURANTS),
        reservations=found.get(RESERVATIONS),
        users=users or found.get(USERS),
    )
    if not any(files.named().values()):
        raise Invalid("old_files_missing", folder=str(folder))
    return files


class OldFile:
    """One file while it is read from front to back.

    It is a stream for a parser: `read` answers UTF-8 without a byte order mark. `consumed` counts
    the bytes read, the mark included.
    """

    def __init__(self, path: Path, stream: BinaryIO, advance: Advance) -> None:
        self.path = path
        self.consumed = 0
        self._stream = stream
        self._advance = advance
        self._hash = hashlib.sha256()
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def read(self, size: int) -> bytes:
        """The next bytes for the parser. Raises Invalid (old_file_not_utf8)."""
        if size == 0:  # how the parser asks whether it gets bytes or text
            return b""
        chunk = self._stream.read(size)
        self._hash.update(chunk)
        self._check_utf8(chunk)
        starts = self.consumed == 0
        self.consumed += len(chunk)
        self._advance(len(chunk))
        return chunk.removeprefix(codecs.BOM_UTF8) if starts else chunk

    def sha256(self) -> str:
        """The hash of what was read so far."""
        return self._hash.hexdigest()

    def not_json(self) -> Invalid:
        """The error for a parser that stopped: names the place, or that the file ends early."""
        offset = _where_parsing_fails(self.path, max(0, self.consumed - _CHUNK))
        if offset >= self.path.stat().st_size:
            return self._at("old_file_truncated", offset)
        return self._at("old_file_not_json", offset)

    def _check_utf8(self, chunk: bytes) -> None:
        pending = len(self._decoder.getstate()[0])
        try:
            self._decoder.decode(chunk, final=len(chunk) == 0)
        except UnicodeDecodeError as error:
            offset = self.consumed - pending + error.start
            raise self._at("old_file_not_utf8", offset) from None

    def _at(self, code: str, offset: int) -> Invalid:
        line, column = _line_and_column(self.path, offset)
        return Invalid(code, path=str(self.path), line=line, column=column, byte=offset)


@contextmanager
def opened(path: Path, advance: Advance) -> Iterator[OldFile]:
    """The file, open for reading alone. Raises Invalid when it cannot be read."""
    try:
        with path.open("rb") as stream:
            yield OldFile(path, stream, advance)
    except OSError as error:
        reason = error.strerror or str(error)
        raise Invalid("old_file_unreadable", path=str(path), reason=reason) from error


def _where_parsing_fails(path: Path, near: int) -> int:
    """The offset of the byte at which the text stops being JSON; the size, if it only ends early.

    The parser does not tell, so it is run again and fed byte by byte from `near` on.
    """
    with path.open("rb") as stream:
        if stream.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            stream.seek(0)
        slowly = _Slowly(stream, near)
        try:
            for _ in ijson.basic_parse(slowly, buf_size=_CHUNK):
                pass
        except (ijson.JSONError, ValueError):
            return slowly.stopped_at()
    return stream.tell()


class _Slowly:
    """A stream that gives whole chunks up to `near`, and single bytes from there on."""

    def __init__(self, stream: BinaryIO, near: int) -> None:
        self._stream = stream
        self._near = near
        self._last = 0

    def read(self, size: int) -> bytes:
        left = self._near - self._stream.tell()
        chunk = self._stream.read(min(size, left) if left > 0 else min(size, 1))
        self._last = len(chunk)
        return chunk

    def stopped_at(self) -> int:
        """Where the byte that was read last stands; the end, when there was none."""
        return self._stream.tell() - self._last


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
