"""Who may do what, by kind, scopes and restaurants."""

from __future__ import annotations

import pytest

from bakureserve.domain.accounts.actor import (
    Actor,
    bare_subject,
    cli_actor,
    outside_subject,
    system_actor,
)
from bakureserve.domain.errors import Forbidden

GUEST = Actor(kind="guest", subject="g")
HOST = Actor(kind="staff", subject="h", restaurants=frozenset({"sahil"}))
READER = Actor(kind="guest", subject="r", scopes=frozenset({"reservations:admin"}))
OLD_READER = Actor(kind="guest", subject="o", scopes=frozenset({"reservations:all"}))
SCOPED_ADMIN = Actor(kind="guest", subject="s", scopes=frozenset({"admin"}))
ADMIN = Actor(kind="admin", subject="a")


@pytest.mark.parametrize(
    ("actor", "is_admin", "sees_everything", "is_staff", "books_as_staff"),
    [
        pytest.param(GUEST, False, False, False, False, id="a guest"),
        pytest.param(HOST, False, False, True, True, id="a host of the restaurant"),
        pytest.param(READER, False, True, True, False, id="a guest who may see all"),
        pytest.param(OLD_READER, False, True, True, False, id="the same in an older word"),
        pytest.param(SCOPED_ADMIN, True, True, True, False, id="a guest with admin scope"),
        pytest.param(ADMIN, True, True, True, True, id="an admin"),
        pytest.param(system_actor("seed"), True, True, True, True, id="the program itself"),
        pytest.param(cli_actor("root"), True, True, True, True, id="the operator"),
    ],
)
def test_what_an_actor_may(
    actor: Actor, is_admin: bool, sees_everything: bool, is_staff: bool, books_as_staff: bool
) -> None:
    assert actor.is_admin == is_admin
    assert actor.sees_everything == sees_everything
    assert actor.is_staff_of("sahil") == is_staff
    assert actor.books_as_staff_of("sahil") == books_as_staff


def test_a_host_has_no_rights_at_another_restaurant() -> None:
    assert not HOST.is_staff_of("nizami")
    with pytest.raises(Forbidden, match="staff_only"):
        HOST.require_staff_of("nizami")
    HOST.require_staff_of("sahil")


def test_seeing_everything_is_not_enough_to_change_the_restaurants() -> None:
    with pytest.raises(Forbidden, match="admin_only"):
        READER.require_admin()
    SCOPED_ADMIN.require_admin()


def test_what_has_no_owner_is_no_guest_s_own() -> None:
    assert GUEST.owns("g")
    assert not GUEST.owns("h")
    assert not GUEST.owns(None)


def test_an_outside_subject_is_shown_as_its_issuer_writes_it() -> None:
    for subject in ("auth0|5f7c8ec7", "a b", "https://elsewhere.example c", ""):
        outside = outside_subject("https://baku.eu.auth0.com", subject)
        assert outside != subject
        assert bare_subject(outside) == subject
    for own in ("01a4001a-7c00-7304-9730-bc991d597ff3", "local-dev-user", "auth0|5f7c8ec7", "a b"):
        assert bare_subject(own) == own
