from __future__ import annotations

from typing import Any

import msgspec

from bakureserve.domain.accounts.account import Session, User
from tests.kit.builders import utc

NOW = utc("2026-05-01 09:00")


def a_user(**fields: Any) -> User:
    given = {"id": "u", "name": "Aysel", "email": "aysel@example.az"}
    return User(created_at=NOW, updated_at=NOW, **(given | fields))


def test_a_person_acts_as_the_most_they_are() -> None:
    for fields, kind, scopes in [
        ({}, "guest", set()),
        ({"restaurants": frozenset({"v"})}, "staff", set()),
        ({"role": "admin"}, "admin", {"admin", "reservations:admin"}),
        (
            {"role": "admin", "restaurants": frozenset({"v"})},
            "admin",
            {"admin", "reservations:admin"},
        ),
    ]:
        user = a_user(**fields)
        assert (user.kind, user.scopes) == (kind, scopes)


def test_a_session_is_over_at_its_very_end() -> None:
    end = utc("2026-05-02 09:00")
    session = Session(
        id="s", user_id="u", device="", created_at=NOW, last_used_at=NOW, expires_at=end
    )
    assert session.is_live(utc("2026-05-02 08:59"))
    assert not session.is_live(end)


def test_clients_know_the_restaurants_a_person_works_for_as_venues() -> None:
    told = msgspec.to_builtins(a_user(restaurants=frozenset({"v"})))
    assert told["venues"] == ["v"]
    assert "restaurants" not in told
