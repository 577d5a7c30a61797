from __future__ import annotations

import pytest

from bakureserve.domain.ids import canonical

UUID = "0192f0c4-7d2b-7cc3-98c4-dc0c0c07398f"


@pytest.mark.parametrize("written", [UUID, UUID.upper(), UUID.title()])
def test_a_uuid_is_one_in_any_letter_case(written: str) -> None:
    assert canonical(written) == UUID


@pytest.mark.parametrize("text", ["T1", "", "Table-7", UUID.upper() + "A", "auth0|Aysel"])
def test_other_ids_are_what_they_are(text: str) -> None:
    assert canonical(text) == text
