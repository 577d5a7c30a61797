from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bakureserve.domain.errors import Invalid
from bakureserve.domain.text import (
    canonical_id,
    fold,
    guest_name,
    notes,
    phone,
    prep_items,
    squeeze,
    tags,
)

SHOWS_NOTHING = [
    "",
    " ",
    "\t\r\n\x0b\x0c",
    "\u00a0\u2003\u3000\u2028\u2029\x85",  # spaces and line ends of all kinds
    "\u200b\u200c\u200d\u2060\ufeff",  # zero width
    "\u202a\u202e\u2066\u2069\u200e\u200f\u061c",  # bidirectional
    "\x00\x07\x7f\x9f",  # control
    "\u00ad",  # soft hyphen
    "\u115f\u1160\u3164\uffa0\u2800\u034f",  # fillers
    "\ud800",  # half of a surrogate pair
    "\U000e0041",  # a tag
    " \u200b \u202e ",
]


# Search


def test_search_finds_without_regard_to_case_or_accents() -> None:
    for text, query in [
        ("Çay", "cay"),
        ("İsti", "isti"),
        ("isti", "ISTI"),
        ("İsti", "İSTİ"),
        ("Səhər", "seher"),
        ("SƏHƏR", "səhər"),
        ("Qız Qalası", "qiz qalasi"),
        ("QIZ QALASI", "qız qalası"),
        ("Göyçay", "goycay"),
        ("Dağüstü Park", "dagustu park"),
        ("Şirvanşah", "sirvansah"),
        ("Ёлки", "елки"),
        ("ЁЛКИ", "ёлки"),
        ("Café Crème", "cafe creme"),
        ("Cafe\u0301", "café"),
        ("Straße", "STRASSE"),
        ("Smørrebrød", "smorrebrod"),
        ("Łódź", "lodz"),
        ("ﬁlet", "filet"),
        ("ＢＡＲ", "bar"),
        ("  Old\u00a0City\n", "old city"),
    ]:
        assert fold(query) == fold(text)


def test_search_still_tells_words_apart() -> None:
    for one, other in [("çay", "soy"), ("bal", "bol"), ("ab", "a b")]:
        assert fold(one) != fold(other)


@given(st.text())
@example("\u0130\u0131\u0307")
@example("\u210c\u2126")
@example("\u1e9e\u0345")
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcçdeəfgğhxıijkqlmnoöprsştuüvyz ABCÇDEƏFGĞHXIİJKQLMNOÖPRSŞTUÜVYZ"))
def test_azerbaijani_folds_to_plain_latin(text: str) -> None:
    assert fold(text).isascii()
    assert fold(text) == fold(unicodedata.normalize("NFD", text))


# White space


def test_white_space_is_folded_and_what_shows_nothing_is_left_out() -> None:
    for text, expected in [
        ("Leyla", "Leyla"),
        ("  Leyla \t\n Quliyeva ", "Leyla Quliyeva"),
        ("Leyla\u00a0\u3000Quliyeva", "Leyla Quliyeva"),
        ("Ley\u200bla", "Leyla"),
        ("Leyla \u202e Quliyeva", "Leyla Quliyeva"),
        ("Leyla\x00\x1b[31m", "Leyla[31m"),
        ("Şe\u0301hriyar", "Şéhriyar"),
        ("Ləman 🌙", "Ləman 🌙"),
        ("\udc80Elçin", "Elçin"),
    ]:
        assert squeeze(text) == expected


@given(st.text(alphabet=st.characters()))
def test_squeezed_text_can_be_stored_and_stays_as_it_is(text: str) -> None:
    squeezed = squeeze(text)
    assert squeeze(squeezed) == squeezed
    assert squeezed == squeezed.strip()
    assert "  " not in squeezed
    assert squeezed.encode().decode() == squeezed


# Names


def test_a_name_of_one_to_eighty_characters_is_kept() -> None:
    for name in ["L", "Leyla Quliyeva", "x" * 80, "Ö" * 80, "  " + "x" * 80 + " "]:
        assert guest_name(name) == name.strip()


def test_a_blank_name_is_refused() -> None:
    for name in SHOWS_NOTHING:
        assert squeeze(name) == ""
        with pytest.raises(Invalid, match="name_blank") as refused:
            guest_name(name)
        assert refused.value.field == "guest_name"


def test_a_name_that_letters_would_make_a_link_of_is_refused() -> None:
    for name in [
        "http://evil.example",
        "Aysel https://evil.example/win",
        "javascript://x",
        "WWW.evil.example",
        "Aysel (www.evil.example)",
        "evil.example/win",
        "Pulsuz: evil.az:8080/x",
        "firuzə.рф/приз",
        "192.0.2.1/x",
        "http：／／evil.example",
        "ｗｗｗ.evil.example",
        "ev\u200bil.example/\u202ewin",
        "evil.xn--p1ai/x",
        "evil.example./x",
        "evil.example:/x",
        "evil.example?win=1",
        "evil.example#win",
        "evil.example\\win",
        "evil。example/win",
    ]:
        with pytest.raises(Invalid, match="name_has_link"):
            guest_name(name)


def test_a_name_with_dots_or_slashes_is_a_name() -> None:
    for name in [
        "A.Əliyev",
        "Firuze.az",
        "Dr. Leyla",
        "N/A",
        "Leyla/Rauf",
        "Əli və s.",
        "St. John",
        "wwwall.e",
        "Firuze.az?",
        "Masa No.5 / Leyla",
    ]:
        assert guest_name(name) == name


def test_a_name_of_eighty_one_characters_is_refused() -> None:
    with pytest.raises(Invalid, match="name_too_long") as refused:
        guest_name("x" * 81, field="name")
    assert (refused.value.field, refused.value.params) == ("name", {"longest": 80})


# Telephone


def test_a_number_is_kept_as_typed() -> None:
    for number in ["", "123456", "+994 (12) 555-01.23", "1" * 32, "  +994125550123  "]:
        assert phone(number) == number.strip()


def test_a_dash_of_any_kind_is_the_one_on_the_keyboard() -> None:
    for dash in "‐‑‒–—―−﹘﹣－":
        assert phone(f"050{dash}123{dash}45{dash}67") == "050-123-45-67"


def test_a_number_of_other_characters_or_length_is_refused() -> None:
    for number in [
        "12345",
        "1" * 33,
        "12345a",
        "١٢٣٤٥٦",
        "１２３４５６",
        "555/0123",
        "+994,12345",
        "x",
    ]:
        with pytest.raises(Invalid, match="phone_malformed") as refused:
            phone(number)
        assert refused.value.field == "guest_phone"
        assert refused.value.params == {"shortest": 6, "longest": 32}


# Notes and pre-orders


def test_notes_of_four_hundred_characters_are_kept_and_longer_ones_refused() -> None:
    assert notes("n" * 400 + "\n") == "n" * 400
    assert notes(" window\nseat ") == "window seat"
    assert notes("") == ""
    with pytest.raises(Invalid, match="notes_too_long") as refused:
        notes("n" * 401)
    assert (refused.value.field, refused.value.params) == ("notes", {"longest": 400})


def test_tags_are_kept_once_each_and_blank_ones_not() -> None:
    assert tags([" VIP ", "VIP", "\u200b", "window  seat"]) == ("VIP", "window seat")
    assert tags(["t" * 40]) == ("t" * 40,)


def test_tags_beyond_the_limits_are_refused() -> None:
    for words, code, field, params in [
        ([str(number) for number in range(21)], "tags_too_many", "tags", {"most": 20}),
        (["VIP", "t" * 41], "tag_too_long", "tags[1]", {"longest": 40}),
    ]:
        with pytest.raises(Invalid) as refused:
            tags(words)
        assert (refused.value.code, refused.value.field, refused.value.params) == (
            code,
            field,
            params,
        )


def test_twelve_dishes_of_eighty_characters_are_kept() -> None:
    assert prep_items(["d" * 80] * 12) == ("d" * 80,) * 12
    assert prep_items([" Şah  plov ", "Dovğa"]) == ("Şah plov", "Dovğa")
    assert prep_items([]) == ()
    assert prep_items(["plov", " \u200b", ""] + ["d"] * 11) == ("plov", *["d"] * 11)


def test_dishes_beyond_the_limits_are_refused_by_place() -> None:
    for items, code, field, params in [
        (["d"] * 13, "prep_items_too_many", "items", {"most": 12}),
        (["plov", "evil.az/win"], "prep_item_has_link", "items[1]", {}),
        (["plov", "d" * 81], "prep_item_too_long", "items[1]", {"longest": 80}),
    ]:
        with pytest.raises(Invalid) as refused:
            prep_items(items)
        error = refused.value
        assert (error.code, error.field, error.params) == (code, field, params)


UUID = "0192f0c4-7d2b-7cc3-98c4-dc0c0c07398f"


def test_a_uuid_is_one_in_any_letter_case() -> None:
    for written in [UUID, UUID.upper(), UUID.title()]:
        assert canonical_id(written) == UUID


def test_other_ids_are_what_they_are() -> None:
    for text in ["T1", "", "Table-7", UUID.upper() + "A", "auth0|Aysel"]:
        assert canonical_id(text) == text
