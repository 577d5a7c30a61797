"""Files of restaurants that are read once, checked, and kept aside until they are taken in."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import msgspec

from bakureserve.cli.files import read_json
from bakureserve.cli.long_json import NoArray, items_of
from bakureserve.domain.restaurants.document import Assumption
from bakureserve.domain.restaurants.listing import ListReader, documents
from bakureserve.domain.restaurants.restaurant import Restaurant

_IN_MEMORY = 4 << 20
"""Bytes; what is larger lies in the temporary folder."""
_LENGTH_BYTES = 4


class _Record(msgspec.Struct, array_like=True):
    restaurant: Restaurant
    assumptions: list[Assumption]


class RestaurantFile:
    """The restaurants of a file, every one right. They are read from the disk each time."""

    def __init__(self, records: IO[bytes]) -> None:
        self._records = records
        self.count = 0

    def add(self, restaurant: Restaurant, assumptions: list[Assumption]) -> None:
        """Keep one more."""
        record = msgspec.msgpack.encode(_Record(restaurant, assumptions))
        self._records.write(len(record).to_bytes(_LENGTH_BYTES))
        self._records.write(record)
        self.count += 1

    def restaurants(self) -> Iterator[Restaurant]:
        """The restaurants, in the order of the file."""
        return (record.restaurant for record in self._read())

    def assumptions(self) -> Iterator[Assumption]:
        """What had to be assumed about them."""
        return (assumption for record in self._read() for assumption in record.assumptions)

    def _read(self) -> Iterator[_Record]:
        decode = msgspec.msgpack.Decoder(_Record).decode
        self._records.seek(0)
        while length := self._records.read(_LENGTH_BYTES):
            yield decode(self._records.read(int.from_bytes(length)))


@contextmanager
def opened(source: IO[bytes]) -> Iterator[RestaurantFile]:
    """The restaurants of a JSON file or pipe. Memory stays flat if they are in an array.

    Raises Invalid (`venue_list` with all `problems`).
    """
    with (
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as copy,
        tempfile.SpooledTemporaryFile(_IN_MEMORY) as records,
    ):
        if not source.seekable():
            shutil.copyfileobj(source, copy)
            source = copy
        reader, found = ListReader(), RestaurantFile(records)
        for path, document in _placed(source, reader):
            read = reader.read(path, document)
            if read is not None:
                found.add(*read)
        reader.end()
        yield found


def _placed(source: IO[bytes], reader: ListReader) -> Iterator[tuple[str, object]]:
    try:
        for index, item in enumerate(items_of(source)):
            yield f"[{index}]", item
    except NoArray:
        source.seek(0)
        yield from documents(read_json(source), reader.problems)
