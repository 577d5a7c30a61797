"""A JSON array read item by item, so that a long file takes the memory of one item."""

from __future__ import annotations

import json
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator
from typing import IO

from bakureserve.cli.files import read_json, refuse_repeated
from bakureserve.domain.errors import Invalid

_AT_A_TIME = 1 << 20
"""Bytes."""
_AFTER_AN_ITEM = tuple(",] \t\n\r")
_SPACE = re.compile(r"[ \t\n\r]*")


class NoArray(Exception):
    """The text is something else than an array, or no JSON."""


def items_of(source: IO[bytes]) -> Iterator[object]:
    """The items of an array, as `read_json` reads them. `source` is read from its beginning.

    Raises NoArray before the first item, and Invalid at a mistake: then the file is read whole,
    which tells line and column.
    """
    array = _ArrayText(source)
    try:
        if not array.skip("["):
            raise NoArray
        yield from array.items()
    except (Invalid, ValueError):  # of JSON, and of UTF-8
        source.seek(0)
        read_json(source)
        raise  # which cannot be: what is wrong in a part is wrong in the whole


class _ArrayText:
    """The text of a file, of which a window is held."""

    def __init__(self, source: IO[bytes]) -> None:
        source.seek(0)
        self._source = source
        self._decode = getincrementaldecoder("utf-8-sig")().decode
        self._parse = json.JSONDecoder(object_pairs_hook=refuse_repeated).raw_decode
        self._text = ""
        self._at = 0

    def items(self) -> Iterator[object]:
        """What is between the brackets, the first of which was skipped. Raises ValueError."""
        if not self.skip("]"):
            yield self._item()
            while not self.skip("]"):
                if not self.skip(","):
                    raise ValueError("a comma was expected")
                yield self._item()
        if self._next():
            raise ValueError("nothing more was expected")

    def skip(self, mark: str) -> bool:
        """Whether this comes next, after white space; it is passed then. Raises ValueError."""
        if self._next() != mark:
            return False
        self._at += 1
        return True

    def _item(self) -> object:
        import msgspec

        self._next()
        more = _AT_A_TIME
        while True:
            try:
                _, end = self._parse(self._text, self._at)
                # At `1.` of `1.5` it takes the 1 for all of it.
                if self._text[end : end + 1] in _AFTER_AN_ITEM or not self._read_on(more):
                    break
            except json.JSONDecodeError:  # maybe only since the window ends in the middle
                if not self._read_on(more):
                    raise
            except RecursionError:
                raise ValueError("nested too deeply") from None
            more *= 2  # so that a long item is parsed a few times, and not once per megabyte
        start, self._at = self._at, end
        try:
            return msgspec.json.decode(self._text[start:end])
        except (msgspec.DecodeError, RecursionError) as error:
            raise ValueError from error

    def _next(self) -> str:
        """The next character that is no white space, and at which the text now is; "" at the
        end."""
        while True:
            self._at = _SPACE.match(self._text, self._at).end()  # type: ignore[union-attr]
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._read_on():
                return ""

    def _read_on(self, size: int = _AT_A_TIME) -> bool:
        """Hold the text from here on, and what comes after it; False at the end of the file."""
        read = self._source.read(size)
        self._text = self._text[self._at :] + self._decode(read, final=not read)
        self._at = 0
        return bool(read)
