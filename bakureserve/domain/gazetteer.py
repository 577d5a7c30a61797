"""Finding a place by what somebody typed: without case, accents or alphabet, and with slips.

Every word typed has to be like a word of the place: the same (100), its beginning (90), or, of the
letters of both, at least `ALIKE` per cent in common and in order (the ratio of rapidfuzz).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from statistics import fmean

from rapidfuzz import fuzz, process

from bakureserve.domain.place import Place
from bakureserve.domain.text import fold, to_latin

ALIKE = 72.0
"""Below this two words are different ones: "kofe" is like "kafe" (75), "nizami" not like "dami"."""
_BEGINNING = 90.0
_ELSEWHERE = 0.9
"""What a word counts that is found in the address and not in the name."""
_MOST_WORDS = 8


class Gazetteer:
    """Places to search. Looking one up costs by the number of different words, not of places."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)
        self._found_in: dict[str, dict[int, float]] = defaultdict(dict)
        for number, place in enumerate(self._places):
            for text, share in ((place.address, _ELSEWHERE), (place.name, 1.0)):
                for word in _words(text):
                    self._found_in[word][number] = share
        self._vocabulary = tuple(self._found_in)

    def search(self, query: str) -> list[tuple[Place, float]]:
        """The places that are like the query with how much, up to 100; the likest first.

        A query without words finds nothing.
        """
        likenesses = [self._like(word) for word in _words(query)[:_MOST_WORDS]]
        if not likenesses:
            return []
        everywhere = set(likenesses[0]).intersection(*likenesses[1:])
        ranked = [(fmean(each[number] for each in likenesses), number) for number in everywhere]
        ranked.sort(key=lambda pair: (-pair[0], pair[1]))
        return [(self._places[number], likeness) for likeness, number in ranked]

    def _like(self, word: str) -> dict[int, float]:
        """How like the word the likest word of each place is, of those where one is."""
        best: dict[int, float] = defaultdict(float)
        for known, likeness in self._known_words_like(word):
            for number, share in self._found_in[known].items():
                best[number] = max(best[number], likeness * share)
        return best

    def _known_words_like(self, word: str) -> Iterable[tuple[str, float]]:
        for known in self._vocabulary:
            if known.startswith(word):
                yield known, _BEGINNING
        for known, likeness, _ in process.extract(
            word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None
        ):
            yield known, likeness


def _words(text: str) -> list[str]:
    bare = "".join(letter if letter.isalnum() else " " for letter in to_latin(fold(text)))
    return list(dict.fromkeys(bare.split()))
