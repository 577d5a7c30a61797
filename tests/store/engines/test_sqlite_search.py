from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.text import fold
from bakureserve.store.engines.sqlite_search import SqliteTextIndex
from bakureserve.store.search import Entry

LETTERS = "abcdefgəığ щ\"'*()-%_AND"
TEXTS = st.text(LETTERS, max_size=40).map(fold)
QUERIES = st.text(LETTERS, max_size=9).map(fold)
STEPS = st.lists(
    st.tuples(st.integers(0, 9), st.integers(1, 9), st.one_of(st.none(), TEXTS)), max_size=40
)


@given(STEPS, st.lists(QUERIES, min_size=1, max_size=8), st.integers(0, 5), st.integers(1, 9))
def test_what_is_found_are_the_texts_that_hold_every_word(
    steps: list[tuple[int, int, str | None]], queries: list[str], after: int, limit: int
) -> None:
    index, kept = SqliteTextIndex(), dict[str, Entry]()
    for number, position, text in steps:
        id_ = f"r{number}"
        kept.pop(id_, None)
        if text is None:
            index.replace([id_], ())
            continue
        kept = {each: entry for each, entry in kept.items() if entry.position != position}
        kept[id_] = Entry(id_, position, text)
        index.replace([id_], [kept[id_]])
    for query in queries:
        words = query.split()
        expected = [
            entry.id
            for entry in sorted(kept.values(), key=lambda entry: entry.position)
            if entry.position > after and all(word in entry.text for word in words)
        ]
        assert index.find(words, after=after, limit=limit) == expected[:limit], query


def test_a_letter_that_nearly_all_texts_have_is_found_in_all_of_them() -> None:
    index = SqliteTextIndex()
    texts = [f"{first}a{last}" for first in "bcdefghi" for last in "bcdefghi"]
    index.replace((), (Entry(text, place, text) for place, text in enumerate(texts, start=1)))
    assert index.find(["a"], after=0, limit=99) == texts
    assert index.find(["a", "b"], after=0, limit=99) == [text for text in texts if "b" in text]


def test_a_cleared_index_finds_nothing() -> None:
    index = SqliteTextIndex()
    index.replace((), [Entry("r1", 1, "sahil")])
    index.clear()
    assert index.find(["sahil"], after=0, limit=9) == []
