"""Find a place by typed words, whatever the case, accents or alphabet, and despite typing errors.

Every typed word must match a word of the place's name or address, or of another name of either: the
same word (100), one that sounds the same in English or Azerbaijani spelling (96), its beginning
(90), or one with at least `ALIKE` per cent of the letters in common and in order (rapidfuzz's
ratio).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice
from statistics import fmean

from rapidfuzz import fuzz, process

from bakureserve.domain.places.geo import Place
from bakureserve.domain.text import fold, to_latin

ALIKE = 72.0
"""Words less alike than this are different: "kofe" is like "kafe" (75), "nizami" not like
"dami"."""
_SAME_SOUND = 96.0
_BEGINNING = 90.0
_ELSEWHERE = 0.9
"""The weight of a word that is found in the address and not in the name."""
_MOST_WORDS = 8
_FEWEST_LETTERS_OF_A_SOUND = 3
_AS_AZERBAIJANI_WRITES = {"kh": "x", "sh": "s", "ch": "c", "gh": "g", "j": "c", "q": "g", "e": "a"}
"""English spellings of Azerbaijani sounds; English also writes q as g, and ə (folded to e) as a."""
_SPELLING = re.compile("|".join(_AS_AZERBAIJANI_WRITES))


class Gazetteer:
    """Places to search. A search costs by the number of different words, not of places."""

    def __init__(self, places: Iterable[Place]) -> None:
        self._places = tuple(places)
        self._found_in: dict[str, dict[int, float]] = defaultdict(dict)
        for number, place in enumerate(self._places):
            for text, share in ((place.address, _ELSEWHERE), (place.name, 1.0)):
                for word in _words(" ".join((text, *other_names(text)))):
                    self._found_in[word][number] = share
        self._vocabulary = tuple(self._found_in)
        self._by_spelling = sorted((word, word) for word in self._vocabulary)
        self._by_sound = sorted((_sound(word), word) for word in self._vocabulary)

    def search(self, query: str) -> list[tuple[Place, float]]:
        """The places that match the query with their likeness, at most 100; the best first.

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
        """Place number → likeness of its best matching word, for the places that have one."""
        best: dict[int, float] = defaultdict(float)
        for known, likeness in self._known_words_like(word):
            for number, share in self._found_in[known].items():
                best[number] = max(best[number], likeness * share)
        return best

    def _known_words_like(self, word: str) -> Iterable[tuple[str, float]]:
        for _, known in _beginning_with(word, self._by_spelling):
            yield known, _BEGINNING
        sound = _sound(word)
        for its_sound, known in _beginning_with(sound, self._by_sound):
            if its_sound == sound:
                yield known, _SAME_SOUND
            elif len(sound) >= _FEWEST_LETTERS_OF_A_SOUND:
                yield known, _BEGINNING
        for known, likeness, _ in process.extract(
            word, self._vocabulary, scorer=fuzz.ratio, score_cutoff=ALIKE, limit=None
        ):
            yield known, likeness


def _words(text: str) -> list[str]:
    bare = "".join(letter if letter.isalnum() else " " for letter in to_latin(fold(text)))
    return list(dict.fromkeys(bare.split()))


def _sound(word: str) -> str:
    return _SPELLING.sub(lambda found: _AS_AZERBAIJANI_WRITES[found[0]], word)


def _beginning_with(beginning: str, index: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """The entries of a sorted index whose key begins with `beginning`."""
    for entry in islice(index, bisect_left(index, (beginning, "")), None):
        if not entry[0].startswith(beginning):
            return
        yield entry


# Names of parts of Baku, in the spelling that restaurants use, in Azerbaijani and in Russian.
NAMES: tuple[tuple[str, ...], ...] = (
    ("28 May", "28 Мая"),
    ("Ahmadli", "Əhmədli", "Ахмедлы"),
    ("Badamdar", "Бадамдар"),
    ("Baku", "Bakı", "Баку"),
    ("Bibi-Heybat", "Bibiheybət", "Биби-Эйбат"),
    ("Bilgah", "Bilgəh", "Бильгя"),
    ("Black City", "Qara şəhər", "Чёрный город"),
    ("Flame Towers", "Alov qüllələri", "Пламенные башни"),
    ("Fountain Square", "Fəvvarələr meydanı", "площадь Фонтанов"),
    ("Ganjlik", "Gənclik", "Гянджлик"),
    ("Khatai", "Xətai", "Хатаи"),
    ("Mardakan", "Mərdəkan", "Мардакян"),
    ("Narimanov", "Nərimanov", "Нариманов"),
    ("Nasimi", "Nəsimi", "Насими"),
    ("Nizami Street", "Nizami küçəsi", "улица Низами", "Torqovı", "Торговая"),
    ("Novkhani", "Novxanı", "Новханы"),
    ("Old City", "İçərişəhər", "İçəri şəhər", "Ичеришехер", "Старый город"),
    ("Port Baku", "Порт Баку"),
    ("Seaside Boulevard", "Dənizkənarı bulvar", "Приморский бульвар"),
    ("Shuvelan", "Şüvəlan", "Шувелан"),
    ("White City", "Ağ şəhər", "Белый город"),
)
_OTHERS = {
    fold(name): tuple(other for other in names if other != name)
    for names in NAMES
    for name in names
}


def other_names(text: str) -> Iterator[str]:
    """The other names of the places that a name or an address mentions."""
    folded = f" {fold(text).replace(',', ' ')} "
    for name, others in _OTHERS.items():
        if f" {name} " in folded:
            yield from others
