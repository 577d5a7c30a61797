"""Places by what people type: in any spelling, alphabet and haste."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.gazetteer import Gazetteer
from bakureserve.domain.places.geo import Place
from bakureserve.domain.text import fold, to_latin

KNOWN = {
    "Daş Nərdivan": "17 Kiçik Qala Street, Old City",
    "Şimal Küləyi": "Nardaran",
    "Qum Saatı Beach Grill": "2 Sahil Road, Bilgah",
    "Formul Kafe": "10 Hüseyn Cavid Avenue, Elmlər",
    "Xan Tut Bağı": "Xırdalan",
    "Nardaran": "",
    "Old City": "",
    "Ganjlik": "Baku",
    "Fountain Square": "Baku",
}
GAZETTEER = Gazetteer(
    Place(id=name, name=name, address=address, latitude=40.4, longitude=49.9, provider="directory")
    for name, address in KNOWN.items()
)


def found(query: str) -> list[str]:
    return [place.name for place, _ in GAZETTEER.search(query)]


def test_what_is_meant_comes_first() -> None:
    for query, first in [
        ("Daş Nərdivan", "Daş Nərdivan"),
        ("das nerdivan", "Daş Nərdivan"),
        ("  DAŞ   NƏRDİVAN  ", "Daş Nərdivan"),
        ("dash nerdivn", "Daş Nərdivan"),
        ("nerdivan das", "Daş Nərdivan"),
        ("simal", "Şimal Küləyi"),
        ("qum sa", "Qum Saatı Beach Grill"),
        ("bilgeh gril", "Qum Saatı Beach Grill"),
        ("kofe formul", "Formul Kafe"),
        ("Нардаран", "Nardaran"),
        ("Хырдалан", "Xan Tut Bağı"),
        ("old-city", "Old City"),
        ("gənclik", "Ganjlik"),
        ("Gənclik, Bakı", "Ganjlik"),
        ("гянджлик", "Ganjlik"),
        ("gencl", "Ganjlik"),
        ("içərişəhər", "Old City"),
        ("fəvvarələr meydanı", "Fountain Square"),
        ("das nerdivan icerişeher", "Daş Nərdivan"),
        ("khan tut", "Xan Tut Bağı"),
        ("gum saati", "Qum Saatı Beach Grill"),
    ]:
        assert found(query)[0] == first


def test_a_name_in_either_spelling_is_meant_surely() -> None:
    assert GAZETTEER.search("gənclik")[0][1] == 100.0
    assert GAZETTEER.search("khan")[0][1] == 96.0


def test_what_is_like_nothing_finds_nothing() -> None:
    for query in ["", "   ", "???", "xyzzy", "q" * 400]:
        assert found(query) == []


def test_a_letter_or_two_are_a_beginning_and_never_a_slip() -> None:
    assert sorted(found("b")) == [
        "Fountain Square",
        "Ganjlik",
        "Qum Saatı Beach Grill",
        "Xan Tut Bağı",
    ]
    assert found("xy") == []


@given(st.text(max_size=60))
def test_any_text_is_searched_and_likeness_falls(query: str) -> None:
    likenesses = [likeness for _, likeness in GAZETTEER.search(query)]
    assert likenesses == sorted(likenesses, reverse=True)
    assert all(0 < likeness <= 100 for likeness in likenesses)


@given(st.sampled_from(sorted(KNOWN)), st.data())
def test_a_name_is_found_with_any_one_letter_wrong(name: str, data: st.DataObject) -> None:
    word = data.draw(st.sampled_from([each for each in name.split() if len(each) >= 4]))
    place = data.draw(st.integers(0, len(word) - 1))
    typed = word[:place] + data.draw(st.sampled_from("qwzkp")) + word[place + 1 :]
    assert name in found(typed)


def test_russian_letters_become_azerbaijani_ones() -> None:
    assert to_latin(fold("Хырдалан, Ясамал, Чёрный Съезд")) == "xirdalan, yasamal, cernii sezd"
