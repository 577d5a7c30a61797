from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.account import Session, User
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Unauthenticated
from bakureserve.store.accounts import sessions, users
from bakureserve.store.codec import to_us
from bakureserve.store.legacy.users import exists
from bakureserve.store.transaction import Transaction
from tests.kit.builders import a_restaurant
from tests.kit.rows import NOW, RESTAURANT, add_restaurant

OTHER_RESTAURANT = a_restaurant(
    id="22222222-2222-4222-8222-222222222222", slug="ikinci", name="İkinci"
)
LATER = NOW + dt.timedelta(hours=1)


def a_user(id_: str = "u1", **fields: Any) -> User:
    given = {"name": "Aysel", "email": f"{id_}@example.az", "phone": "+994501234567"}
    return User(id=id_, created_at=NOW, updated_at=NOW, **(given | fields))


@pytest.fixture
def aysel(transaction: Transaction) -> User:
    user = a_user()
    users.insert(transaction, user, "hash")
    return user


def test_an_account_is_found_as_it_was_added(transaction: Transaction) -> None:
    user = a_user(role="admin", verified_email=True, verified_phone=True, disabled_at=LATER)
    users.insert(transaction, user, None)
    assert users.get(transaction, "u1") == users.find(transaction, "u1@example.az") == user
    assert users.get(transaction, user.email) is users.find(transaction, user.id) is None
    assert users.password_hash(transaction, "u1") is None
    assert users.password_hash(transaction, "u2") is None
    assert users.other_facts(transaction, "u1") == {}
    assert not users.has_admin(transaction)  # who could log in
    users.insert(transaction, a_user("u2"), "hash")
    assert not users.has_admin(transaction)
    users.insert(transaction, a_user("u3", role="admin"), "hash")
    assert users.has_admin(transaction)


def test_an_address_is_one_person_s(transaction: Transaction, aysel: User) -> None:
    with pytest.raises(Conflict, match="email_taken"):
        users.insert(transaction, a_user("u2", email=aysel.email), "hash")
    users.insert(transaction, a_user("u3"), "hash")
    with pytest.raises(Conflict, match="email_taken"):
        users.update(transaction, a_user("u3", email=aysel.email))


def test_a_change_is_written_whole(transaction: Transaction, aysel: User) -> None:
    users.insert(transaction, a_user("u2"), "other hash")
    changed = msgspec.structs.replace(
        aysel,
        name="Leyla",
        email="leyla@example.az",
        phone="",
        role="admin",
        verified_email=True,
        verified_phone=True,
        disabled_at=LATER,
        updated_at=LATER,
    )
    assert users.update(transaction, changed)
    assert users.get(transaction, "u1") == msgspec.structs.replace(changed, rights=1)
    assert users.get(transaction, "u2") == a_user("u2")
    assert users.password_hash(transaction, "u1") == "hash"
    assert not users.update(transaction, a_user("nobody"))


TAKEN_AWAY = {
    "no administrator any more": "update user_account set role = 'guest'",
    "kept out": "update user_account set disabled_at = 1",
    "kept out and let in again": (
        "update user_account set disabled_at = 1; update user_account set disabled_at = null"
    ),
    "no staff any more": "delete from venue_staff",
    "a restaurant less": "delete from restaurant",
}


class TestStanding:
    @pytest.fixture
    def at_work(self, transaction: Transaction) -> Actor:
        """An administrator who is staff as well, as a token says who was signed for now."""
        add_restaurant(transaction, OTHER_RESTAURANT)
        users.insert(transaction, a_user(role="admin"), "hash")
        users.grant(transaction, "u1", RESTAURANT.id)
        return Actor(kind="admin", subject="u1", rights=0)

    @pytest.mark.parametrize("statements", TAKEN_AWAY.values(), ids=TAKEN_AWAY)
    def test_what_was_taken_away_even_at_the_prompt_outdates_what_was_signed(
        self, transaction: Transaction, at_work: Actor, statements: str
    ) -> None:
        for given in (
            "update user_account set name = 'Leyla'",
            "update user_account set disabled_at = null",
            f"insert into venue_staff select user_id, '{OTHER_RESTAURANT.id}' from venue_staff",
            "delete from venue_staff where restaurant_id = 'nowhere'",
        ):
            transaction.execute(given)
            users.require_standing(transaction, at_work)
        for statement in statements.split(";"):
            transaction.execute(statement)
        with pytest.raises(Unauthenticated):
            users.require_standing(transaction, at_work)
        found = users.get(transaction, "u1")
        assert found is not None
        assert found.rights >= 1
        users.require_standing(transaction, Actor(kind="guest", subject="auth0|1"))
        users.erase(transaction, "u1", LATER)
        with pytest.raises(Unauthenticated, match="account_closed"):
            users.require_standing(transaction, at_work)


def test_accounts_are_listed_by_address_a_page_at_a_time(transaction: Transaction) -> None:
    for number in (3, 1, 2):
        users.insert(transaction, a_user(f"u{number}"), "hash")
    users.grant(transaction, "u2", RESTAURANT.id)
    working = a_user("u2", restaurants=(RESTAURANT.id,))
    assert users.page(transaction) == [a_user("u1"), working, a_user("u3")]
    assert users.page(transaction, limit=2) == [a_user("u1"), working]
    assert users.page(transaction, after="u2@example.az", limit=2) == [a_user("u3")]


def test_a_password_is_replaced(transaction: Transaction, aysel: User) -> None:
    users.insert(transaction, a_user("u2"), "other hash")
    assert users.set_password_hash(transaction, "u1", "new", LATER)
    assert users.password_hash(transaction, "u1") == "new"
    assert users.password_hash(transaction, "u2") == "other hash"
    assert users.get(transaction, "u1") == msgspec.structs.replace(aysel, updated_at=LATER)
    assert not users.set_password_hash(transaction, "nobody", "new", LATER)


def test_a_hash_is_renewed_unless_the_password_was_changed_since(
    transaction: Transaction, aysel: User
) -> None:
    assert users.renew_password_hash(transaction, "u1", old="hash", new="better")
    assert not users.renew_password_hash(transaction, "u1", old="hash", new="late")
    assert users.password_hash(transaction, "u1") == "better"
    assert users.get(transaction, "u1") == aysel


def test_people_work_for_the_restaurants_they_were_granted_until_that_is_ended(
    transaction: Transaction, aysel: User
) -> None:
    add_restaurant(transaction, OTHER_RESTAURANT)
    users.insert(transaction, a_user("u2"), "hash")
    for user_id in ("u1", "u2"):
        for restaurant in (RESTAURANT, OTHER_RESTAURANT):
            assert users.grant(transaction, user_id, restaurant.id)
            assert not users.grant(transaction, user_id, restaurant.id)
    assert users.revoke(transaction, "u1", RESTAURANT.id)
    assert not users.revoke(transaction, "u1", RESTAURANT.id)
    restaurants = [user.restaurants for user in users.page(transaction)]
    both = tuple(sorted((RESTAURANT.id, OTHER_RESTAURANT.id)))
    assert restaurants == [(OTHER_RESTAURANT.id,), both]


class TestErasing:
    @pytest.fixture
    def erased(self, transaction: Transaction) -> User:
        """An imported admin who worked and was logged in, erased; and another like them, not."""
        for number in (1, 2):
            user = a_user(f"u{number}", role="admin", verified_email=True, verified_phone=True)
            users.insert(transaction, user, "hash")
            transaction.execute('update user_account set extra = \'{"diet": "vegan"}\'')
            users.grant(transaction, user.id, RESTAURANT.id)
            session = Session(
                id=f"s{number}",
                user_id=user.id,
                device="phone",
                created_at=NOW,
                last_used_at=NOW,
                expires_at=LATER,
            )
            sessions.create(transaction, session, bytes([number]))
        assert users.erase(transaction, "u1", LATER)
        return a_user("u1")

    def test_the_row_of_an_erased_account_has_the_id_and_nothing_of_the_person(
        self, transaction: Transaction, erased: User
    ) -> None:
        row = transaction.one("select * from user_account where id = 'u1'")
        assert row
        assert row[:9] == ("u1", "", "erased:u1", "", None, "guest", 0, 0, "{}")
        assert row[9:12] == (to_us(LATER), to_us(NOW), to_us(LATER))
        for table in ("venue_staff", "user_session"):
            assert transaction.all(f"select user_id from {table}") == [("u2",)]
        assert users.other_facts(transaction, "u2") == {"diet": "vegan"}

    def test_erased_accounts_are_found_no_more_and_nothing_can_be_done_to_them(
        self, transaction: Transaction, erased: User
    ) -> None:
        assert users.get(transaction, "u1") is None
        assert users.find(transaction, erased.email) is users.find(transaction, "erased:u1") is None
        assert [user.id for user in users.page(transaction)] == ["u2"]
        assert not users.update(transaction, erased)
        assert not users.set_password_hash(transaction, "u1", "new", LATER)
        assert not users.erase(transaction, "u1", LATER)
        users.insert(transaction, a_user("u3", email=erased.email), "hash")  # the address is free
        assert exists(transaction, "u1")  # so that an old file does not bring them back
