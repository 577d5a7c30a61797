from __future__ import annotations

from bakureserve.domain.ids import canonical

UUID = "0192f0c4-7d2b-7cc3-98c4-dc0c0c07398f"


def test_a_uuid_is_one_in_any_letter_case() -> None:
    for written in [UUID, UUID.upper(), UUID.title()]:
        assert canonical(written) == UUID


def test_other_ids_are_what_they_are() -> None:
    for text in ["T1", "", "Table-7", UUID.upper() + "A", "auth0|Aysel"]:
        assert canonical(text) == text
