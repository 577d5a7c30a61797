"""An index of words over texts, whichever engine keeps it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import NamedTuple, Protocol


class Entry(NamedTuple):
    """A text to be found, folded, and its place among the others, which no other has."""

    id: str
    position: int
    text: str


class TextIndex(Protocol):
    """Finds texts by words that occur in them anywhere. For one caller at a time."""

    def replace(self, gone: Collection[str], entries: Iterable[Entry]) -> None:
        """Drop the entries of these ids, and add others, in place of any at their position."""

    def find(self, words: Iterable[str], *, after: int, limit: int) -> list[str]:
        """The ids of the entries whose text holds every word, by position, beyond `after`."""

    def clear(self) -> None:
        """Drop every entry."""
