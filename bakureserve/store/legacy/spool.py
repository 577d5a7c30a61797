"""A list that needs no memory: what it holds waits in a temporary file."""

from __future__ import annotations

import tempfile
import weakref
from collections.abc import Iterator
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T", bound=msgspec.Struct)

_IN_MEMORY = 1 << 20


class Spool(Generic[T]):
    """Items of one type, appended and read back in order. The file has no name and ends with us."""

    def __init__(self, kind: type[T]) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - ours
        weakref.finalize(self, self._file.close)
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(kind)
        self._count = 0

    def append(self, item: T) -> None:
        self._file.write(self._encoder.encode(item) + b"\n")
        self._count += 1

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[T]:
        """Every item so far. Nothing may be appended meanwhile."""
        self._file.seek(0)
        for line in self._file:
            yield self._decoder.decode(line)
        self._file.seek(0, 2)
