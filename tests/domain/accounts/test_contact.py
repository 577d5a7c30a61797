from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.accounts import contact
from bakureserve.domain.errors import Invalid

# E-mail


def test_an_address_is_kept_in_one_spelling() -> None:
    for typed, kept in [
        ("aysel@example.az", "aysel@example.az"),
        ("  Aysel@Example.AZ\n", "aysel@example.az"),
        ("AYSEL+book@mail.example.az", "aysel+book@mail.example.az"),
        ("ays\u200bel@example.az", "aysel@example.az"),  # a zero-width space
        ("İLKİN@MAİL.AZ", "ilkin@mail.az"),
        ("ÇİNARƏ@example.az", "çinarə@example.az"),
        ("I\u0307lkin@example.az", "ilkin@example.az"),
        ("i\u0307\u0307lkin@example.az", "ilkin@example.az"),
        ("e\u0301va@example.az", "éva@example.az"),
        ("J\u030c@example.az", "\u01f0@example.az"),  # composed in lower case only
        ("a@MÜNCHEN.de", "a@münchen.de"),
        ("a@xn--mnchen-3ya.de", "a@münchen.de"),
        ("a@straße.de", "a@straße.de"),
        ("a@example.az.", "a@example.az"),
        ("root@localhost", "root@localhost"),
        ("o'brien!#$%&*/=?^_`{|}~-@example.ie", "o'brien!#$%&*/=?^_`{|}~-@example.ie"),
        ("m" * 64 + "@example.az", "m" * 64 + "@example.az"),
    ]:
        assert contact.email(typed) == kept


def test_what_no_mail_could_be_sent_to_is_refused() -> None:
    for typed in [
        "",
        " ",
        "aysel",
        "@",
        "@example.az",
        "aysel@",
        "aysel@.",
        "aysel@example..az",
        "aysel@-example.az",
        "aysel@exa mple.az",
        "ay sel@example.az",
        "a@b@example.az",
        "<aysel@example.az>",
        "aysel@[127.0.0.1]",
        '"aysel"@example.az',
        "aysel@xn--\u0259.az",
        "a,b@example.az",
        "m" * 65 + "@example.az",
        "ə" * 33 + "@example.az",
        "a@" + ".".join(["d" * 60] * 5),
        "m" * 64 + "@" + ".".join(["d" * 60] * 4),
    ]:
        with pytest.raises(Invalid, match="email_malformed") as caught:
            contact.email(typed)
        assert caught.value.field == "email"


def test_an_account_is_looked_for_by_whatever_was_typed() -> None:
    for typed, key in [
        (" Old@Odd_Domain.AZ ", "old@odd_domain.az"),
        ("No Address", "no address"),
        ("A@b@", "a@b@"),
        ("\ud800", ""),
    ]:
        assert contact.email_key(typed) == key


@given(st.text() | st.emails() | st.text().map("a@{}".format))
def test_finding_the_key_of_a_key_changes_nothing(typed: str) -> None:
    key = contact.email_key(typed)
    assert contact.email_key(key) == key


@given(st.emails())
def test_a_valid_address_is_found_by_its_key(typed: str) -> None:
    try:
        kept = contact.email(typed)
    except Invalid:
        return
    assert kept == contact.email_key(typed) == contact.email(kept)


# Telephone


def test_a_number_without_a_country_code_is_azerbaijani() -> None:
    for typed, kept in [
        ("050 123 45 67", "+994501234567"),
        ("(012) 404-82-12", "+994124048212"),
        ("+994 50 123 45 67", "+994501234567"),
        ("994501234567", "+994501234567"),
        ("00994 50 123 45 67", "+994501234567"),
        ("501234567", "+994501234567"),
        ("０５０１２３４５６７", "+994501234567"),
        ("\u202a+994 50 123 45 67\u202c", "+994501234567"),  # as copied from a chat
        ("+994\u201150\u2013123\ufe5845\ufe6367", "+994501234567"),  # dashes of every kind
        ("050‑123–45—67", "+994501234567"),
        ("010 234 56 78", "+994102345678"),
        ("+90 532 123 45 67", "+905321234567"),
        ("+7 916 123-45-67", "+79161234567"),
        ("+1 650 253 0000", "+16502530000"),
    ]:
        assert contact.phone_e164(typed) == kept


def test_a_number_that_cannot_be_called_is_refused() -> None:
    for typed in (
        "", "aysel", "102", "12345", "050 123 45 6", "+994 50 123 45 67 89", "+999 123456789",
        "+1 650 253 0000 ext 5", "050 123 45 67; 055 123 45 67", "1" * 400,
    ):  # fmt: skip
        with pytest.raises(Invalid, match="phone_not_a_number") as caught:
            contact.phone_e164(typed)
        assert caught.value.field == "phone"


# Password


def test_a_password_is_taken_as_it_was_typed() -> None:
    for typed in [
        "12345678",
        "ə" * 8,
        "x" * 128,
        "  spaces stay  ",
        "correct horse battery staple",
    ]:
        assert contact.password(typed, email="aysel@example.az", name="Aysel") == typed


def test_a_password_that_protects_nothing_is_refused() -> None:
    for typed, code, params in [
        ("", "password_too_short", {"shortest": 8}),
        ("1234567", "password_too_short", {"shortest": 8}),
        ("x" * 129, "password_too_long", {"longest": 128}),
        ("aysel@example.az", "password_obvious", {}),
        ("AYSEL@example.az ", "password_obvious", {}),
        ("aysel məmmədova", "password_obvious", {}),
        ("Aysel Memmedova", "password_obvious", {}),
        ("password\ud800", "password_unusable", {}),
    ]:
        with pytest.raises(Invalid) as caught:
            contact.password(typed, email="aysel@example.az", name="Aysel Məmmədova", field="new")
        assert (caught.value.code, caught.value.params, caught.value.field) == (code, params, "new")


def test_without_a_name_any_password_is_its_own() -> None:
    assert contact.password(" " * 8) == " " * 8
