"""An index of words in memory, kept by SQLite: which texts hold all of some words, anywhere.

FTS5's trigram tokenizer (https://www.sqlite.org/fts5.html#the_trigram_tokenizer) finds a phrase of
three letters or more wherever it stands. A shorter word is looked up as the trigrams that begin
with it, which every one does somewhere, since two spaces end each text.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable, Iterator

from bakureserve.store.search import Entry

_TRIGRAM = 3
_END = " " * (_TRIGRAM - 1)
_MOST_BEGINNINGS = 40
"""A letter with more trigrams occurs in most texts: reading these in order soon finds a page."""
_LAST = "\U0010ffff"
_SCHEMA = """
create virtual table gram using fts5(text, tokenize = 'trigram case_sensitive 1');
create virtual table term using fts5vocab(gram, row);
create table entry (id text primary key, position integer unique) without rowid;
"""


class SqliteTextIndex:
    """See the Protocol `TextIndex`. An entry takes some 700 bytes."""

    def __init__(self) -> None:
        self._driver = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        self._driver.executescript(_SCHEMA)

    def replace(self, gone: Collection[str], entries: Iterable[Entry]) -> None:
        """Drop the entries of these ids, and add others, in place of any at their position."""
        self._driver.execute("begin")
        for id_ in gone:
            self._drop("id", id_)
        for entry in entries:
            self._drop("position", entry.position)
            self._driver.execute(
                "insert into gram (rowid, text) values (?, ?)", (entry.position, entry.text + _END)
            )
            self._driver.execute("insert into entry values (?, ?)", (entry.id, entry.position))
        self._driver.execute("commit")

    def find(self, words: Iterable[str], *, after: int, limit: int) -> list[str]:
        """The ids of the entries whose text holds every word, by position, beyond `after`."""
        required: list[str] = []
        common: list[str] = []
        for word in words:
            if len(word) >= _TRIGRAM:
                required.append(_quoted(word))
            elif beginnings := list(self._beginning_with(word)):
                if len(beginnings) > _MOST_BEGINNINGS:
                    common.append(word)
                else:
                    required.append(f"({' OR '.join(map(_quoted, beginnings))})")
            else:
                return []
        conditions = ["gram.rowid > ?", *("instr(text, ?)" for _ in common)]
        parameters: list[object] = [after, *common]
        if required:
            conditions.append("gram match ?")
            parameters.append(" AND ".join(required))
        rows = self._driver.execute(
            "select id from gram join entry on position = gram.rowid"
            f" where {' and '.join(conditions)} order by gram.rowid limit ?",
            [*parameters, limit],
        )
        return [id_ for (id_,) in rows]

    def clear(self) -> None:
        """Drop every entry."""
        self._driver.execute("delete from gram")
        self._driver.execute("delete from entry")

    def _drop(self, column: str, value: object) -> None:
        row = self._driver.execute(
            f"delete from entry where {column} = ? returning position", (value,)
        ).fetchone()
        if row:
            self._driver.execute("delete from gram where rowid = ?", row)

    def _beginning_with(self, word: str) -> Iterator[str]:
        """The trigrams that begin with a word; of many only so many that it shows."""
        rows = self._driver.execute(
            "select term from term where term >= ? and term < ? limit ?",
            (word, word + _LAST, _MOST_BEGINNINGS + 1),
        )
        return (trigram for (trigram,) in rows)


def _quoted(phrase: str) -> str:
    return '"' + phrase.replace('"', '""') + '"'
