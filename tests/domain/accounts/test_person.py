from __future__ import annotations

from bakureserve.domain.accounts.account import Person

LEYLA = Person("Leyla Məmmədova", "+994501234567")


def test_a_booking_in_ones_own_name_or_number_is_ones_own() -> None:
    for name, phone, meant in [
        ("Leyla Məmmədova", "", True),
        ("leyla mammadova", "", False),
        ("LEYLA MƏMMƏDOVA", "", True),
        ("Leyla", "", True),
        ("Məmmədova Leyla Rauf qızı", "", True),
        ("Leyla", "050 123-45-67", True),
        ("For the family", "+994 50 123 45 67", True),
        ("Leyla", "+994 50 765 43 21", False),
        ("Aysel", "", False),
        ("Leyla Əliyeva", "", False),
    ]:
        assert LEYLA.is_meant_by(name, phone) is meant


def test_where_no_number_is_known_the_name_decides() -> None:
    assert Person("Leyla", "").is_meant_by("Leyla", "+994501234567")
    assert not Person("", "").is_meant_by("", "")
