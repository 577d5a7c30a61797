"""What is said for a code, and in which language."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bakureserve import locale
from bakureserve.locale import negotiate, say

UNFINISHED = """
msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "name_blank"
msgstr ""

#, fuzzy
msgid "closed_that_day"
msgstr "Закрыто?"
"""


@pytest.fixture
def unfinished_russian(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for language, source in {
        "en": (locale.FOLDER / "en/LC_MESSAGES/bakureserve.po").read_text(),
        "ru": UNFINISHED,
    }.items():
        folder = tmp_path / language / "LC_MESSAGES"
        folder.mkdir(parents=True)
        with (folder / "bakureserve.mo").open("wb") as file:
            write_mo(file, read_po(source.splitlines(keepends=True), locale=language))
    monkeypatch.setattr(locale, "FOLDER", tmp_path)
    forget_what_was_read()
    yield
    forget_what_was_read()


def forget_what_was_read() -> None:
    locale._catalogue.cache_clear()
    locale._sentence.cache_clear()


def test_a_sentence_is_made_of_its_values() -> None:
    assert say("field_too_large", {"largest": 8}, "en") == "Must be at most 8."
    assert say("field_too_large", {"largest": 8}, "az") == "Ən çoxu 8 ola bilər."
    assert say("field_not_a_choice", {"choices": ("a", "b")}, "en") == "Must be one of: a, b."


def test_a_missing_value_shows_its_name_and_braces_in_a_value_are_text() -> None:
    assert say("field_too_large", {}, "en") == "Must be at most {largest}."
    assert say("field_too_large", {"largest": "{x}"}, "en") == "Must be at most {x}."


def test_a_sentence_agrees_with_its_number() -> None:
    for count, said in {1: "1 row cannot", 2: "2 rows cannot", 21: "21 rows cannot"}.items():
        assert say("old_rows_rejected", {"count": count}, "en").startswith(f"{said} be imported")
    for unknown in ({}, {"count": "{count}"}):
        assert say("old_rows_rejected", unknown, "en").startswith("{count} rows cannot be imported")
    for minutes, said in {
        1: "1 минуту",
        2: "2 минуты",
        5: "5 минут",
        11: "11 минут",
        21: "21 минуту",
    }.items():
        policy = say("prep_starts_before_arrival", {"recommended_prep_minutes": minutes}, "ru")
        assert policy == f"Кухня начнёт готовить за {said} до вашего прихода."


def test_an_unknown_code_gets_a_sentence_without_details() -> None:
    assert say("no_such_code", {"a": 1}, "ru") == say("unknown_problem", {}, "ru")
    assert say("unknown_problem", {}, "ru") != say("unknown_problem", {}, "en")


@pytest.mark.usefixtures("unfinished_russian")
def test_what_is_not_translated_yet_is_said_in_english() -> None:
    for code, params, said in [
        ("name_blank", {}, "Give a name for the booking."),
        ("closed_that_day", {"date": "1 May"}, "The restaurant is closed on 1 May."),
        ("old_rows_rejected", {"count": 1}, "1 row cannot be imported"),
    ]:
        assert say(code, params, "ru").startswith(said)


def test_a_language_is_read_when_it_is_first_spoken() -> None:
    program = """
import sys
read = []
sys.addaudithook(lambda event, args: read.append(str(args[0])) if event == "open" else None)
from bakureserve.locale import say
def languages(): return {path.split("/")[-3] for path in read if path.endswith(".mo")}
print(languages())
say("name_blank", {}, "en")
print(languages())
"""
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines() == ["set()", "{'en'}"]


ACCEPTED = {
    "en": ["", "fr, de;q=0.9", "*", "ru;q=0", "ru;q=nan", "ru;q=7", ",;,;;q="],
    "az": ["az", "AZ-Latn-AZ", "fr, az;q=0.1", "ru;q=nonsense, az;q=0.2"],
    "ru": ["ru-RU, ru;q=0.9, en;q=0.8", "en;q=0.5, ru;q=0.7, az;q=0.6", "ru;q=0.7, az;q=0.7"],
}


def test_the_best_liked_of_our_languages_is_spoken() -> None:
    for language, accepted in ACCEPTED.items():
        for each in accepted:
            assert negotiate(each) == language, each
