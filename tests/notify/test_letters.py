"""What guests and restaurants read, and what a guest's calendar makes of it."""

from __future__ import annotations

import datetime as dt
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest

from bakureserve.domain.notifications import TARGETS, WEBHOOK_SWITCHED_OFF
from bakureserve.notify.letters import Letters, legible
from tests.kit.builders import utc
from tests.kit.deliveries import a_delivery

LETTERS = Letters("tables@baku.example", "en")


def _read(letter: EmailMessage) -> EmailMessage:
    """As the other end gets it."""
    read = message_from_bytes(letter.as_bytes(), policy=policy.default)
    assert isinstance(read, EmailMessage)
    return read


def _calendar(letter: EmailMessage) -> tuple[icalendar.Calendar, Any]:
    part = letter.get_body(("calendar",))
    assert part is not None
    calendar = icalendar.Calendar.from_ical(part.get_content())
    assert isinstance(calendar, icalendar.Calendar)
    assert part.get_param("method") == calendar["method"]
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def _words(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_guest_reads_when_and_where_in_the_restaurant_s_own_time() -> None:
    letter = _read(LETTERS.letter(a_delivery()))

    assert letter["From"] == "Sahil Bağı <tables@baku.example>"
    assert letter["To"] == "aysel@example.az"
    assert letter["Subject"] == "Sahil Bağı: your table on Tuesday, 02 March 2027 at 19:00"
    assert "Neftçilər pr. 1" in _words(letter)
    assert "19:00–20:30" in _words(letter)


def test_a_letter_calls_the_table_what_the_house_calls_it() -> None:
    named = a_delivery(table_id="0195-t1", table_name="Pəncərə 3")
    assert "table Pəncərə 3" in _words(_read(LETTERS.letter(named)))
    assert "0195-t1" not in _words(_read(LETTERS.letter(named)))


def test_a_letter_in_a_file_shows_its_words_and_the_same_letter_to_a_mail_program() -> None:
    content = legible(LETTERS.letter(a_delivery(restaurant_name="Daş Nərdivan")))

    assert "Neftçilər pr. 1".encode() in content
    assert b"METHOD:REQUEST" in content
    read = message_from_bytes(content, policy=policy.default)
    sent = _read(LETTERS.letter(a_delivery(restaurant_name="Daş Nərdivan")))
    assert isinstance(read, EmailMessage)
    assert _words(read) == _words(sent)
    assert _calendar(read)[0] == _calendar(sent)[0]


def test_an_allergy_reaches_the_restaurant_and_no_letter_to_the_guest() -> None:
    noted = {"notes": "Allergic to nuts"}

    to_the_restaurant = _read(LETTERS.letter(a_delivery(party="restaurant", **noted)))
    to_the_guest = LETTERS.letter(a_delivery(**noted))
    assert "Allergic to nuts" in _words(to_the_restaurant)
    assert b"nuts" not in to_the_guest.as_bytes()


def test_a_restaurant_reads_who_comes() -> None:
    letter = _read(LETTERS.letter(a_delivery(party="restaurant", recipient="host@sahil.az")))

    assert letter["Subject"] == "Booked: Aysel Quliyeva, 2, Tuesday, 02 March 2027 19:00"
    assert "+994 50 123 45 67" in _words(letter)
    assert letter.get_body(("calendar",)) is None

    without = LETTERS.letter(a_delivery(party="restaurant", guest_phone=""))
    assert "Guest: Aysel Quliyeva\n" in _words(_read(without))


def test_a_guest_is_written_to_in_their_language() -> None:
    for language, subject in (
        ("az", "Sahil Bağı: masanız 02.03.2027, saat 19:00"),
        ("ru", "Sahil Bağı: ваш столик 02.03.2027 в 19:00"),
        ("tr", "Sahil Bağı: your table on Tuesday, 02 March 2027 at 19:00"),
    ):
        assert _read(LETTERS.letter(a_delivery(language=language)))["Subject"] == subject


def test_every_event_that_guests_are_told_has_words() -> None:
    for kind in (each for each, ways in TARGETS.items() if ("guest", "email") in ways):
        letter = _read(LETTERS.letter(a_delivery(kind=kind)))
        assert "{" not in letter["Subject"] + _words(letter)


def test_every_event_that_restaurants_are_told_has_words() -> None:
    for kind in (each for each, ways in TARGETS.items() if ("restaurant", "email") in ways):
        told = a_delivery(party="restaurant", kind=kind, prep_items=("Plov",))
        letter = _read(LETTERS.letter(told))
        assert "{" not in letter["Subject"] + _words(letter)
        assert "Plov" in _words(letter)


def test_a_restaurant_reads_that_its_address_is_switched_off_and_nothing_of_a_booking() -> None:
    for status in ("booked", "cancelled"):
        letter = _read(
            LETTERS.letter(a_delivery(party="restaurant", kind=WEBHOOK_SWITCHED_OFF, status=status))
        )

        assert letter["Subject"] == "Sahil Bağı: your webhook address is switched off"
        assert "410" in _words(letter)
        assert "Aysel" not in _words(letter)


def test_the_same_delivery_is_the_same_letter_every_time() -> None:
    first, second = (LETTERS.letter(a_delivery()) for _ in range(2))
    assert first["Message-ID"] == second["Message-ID"] == "<0195-d1@baku.example>"


def test_a_calendar_gets_an_invitation_with_the_zone_s_own_rules() -> None:
    calendar, event = _calendar(_read(LETTERS.letter(a_delivery())))

    assert calendar["method"] == "REQUEST"
    assert event["uid"] == "0195-r1@bakureserve"
    assert event["sequence"] == 1
    assert event["dtstart"].params["TZID"] == "Asia/Baku"
    assert event.start == dt.datetime(2027, 3, 2, 19, tzinfo=ZoneInfo("Asia/Baku"))
    assert event.end - event.start == dt.timedelta(minutes=90)
    assert event["status"] == "CONFIRMED"
    assert event["organizer"] == "mailto:tables@baku.example"
    assert event["attendee"] == "mailto:aysel@example.az"
    assert [str(zone["tzid"]) for zone in calendar.walk("VTIMEZONE")] == ["Asia/Baku"]


def test_a_calendar_is_told_to_take_a_cancelled_one_out() -> None:
    for kind in ("reservation.cancelled", "reservation.removed"):
        calendar, event = _calendar(
            _read(LETTERS.letter(a_delivery(kind=kind, status="cancelled", sequence=4)))
        )

        assert (calendar["method"], event["status"]) == ("CANCEL", "CANCELLED")
        assert (event["uid"], event["sequence"]) == ("0195-r1@bakureserve", 4)


def test_a_zone_is_told_with_the_rules_of_the_year_and_no_others() -> None:
    for zone, rules in (
        ("Asia/Baku", [("STANDARD", "20270101T000000", 4, 4)]),
        (
            "Europe/Berlin",
            [
                ("STANDARD", "20270101T000000", 1, 1),
                ("DAYLIGHT", "20270328T020000", 1, 2),
                ("STANDARD", "20271031T030000", 2, 1),
            ],
        ),
    ):
        calendar, event = _calendar(_read(LETTERS.letter(a_delivery(timezone=zone))))
        (told,) = calendar.walk("VTIMEZONE")
        assert [
            (
                part.name,
                part["dtstart"].to_ical().decode(),
                part["tzoffsetfrom"].td // dt.timedelta(hours=1),
                part["tzoffsetto"].td // dt.timedelta(hours=1),
            )
            for part in told.subcomponents
        ] == rules
        assert event.start == dt.datetime(2027, 3, 2, 15, tzinfo=dt.UTC)


def test_a_time_that_clocks_show_twice_is_told_in_utc() -> None:
    for start, in_utc in (
        ("2027-10-30 22:00", True),  # 00:00, and ends at 02:30 for the first time
        ("2027-10-31 00:15", True),  # 02:15 for the first time
        ("2027-10-31 01:15", True),  # and for the second
        ("2027-10-31 02:15", False),
        ("2027-10-30 12:00", False),
        ("2027-03-28 01:30", False),  # 03:30, half an hour after 02:00 was left out
    ):
        begins = utc(start)
        delivery = a_delivery(
            timezone="Europe/Berlin", start=begins, end=begins + dt.timedelta(minutes=150)
        )
        calendar, event = _calendar(_read(LETTERS.letter(delivery)))

        assert event["dtstart"].to_ical().endswith(b"Z") is in_utc
        assert event["dtend"].to_ical().endswith(b"Z") is in_utc
        assert (event.start, event.end) == (begins, begins + dt.timedelta(minutes=150))
        assert bool(calendar.walk("VTIMEZONE")) is not in_utc


def test_a_name_cannot_bring_headers_of_its_own() -> None:
    with pytest.raises(ValueError, match="linefeed"):
        LETTERS.letter(a_delivery(restaurant_name="Sahil\nBcc: everybody@example.az"))
