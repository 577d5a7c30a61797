from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.account import Session, User
from bakureserve.store.accounts import sessions, users
from bakureserve.store.transaction import BrokenRule, Transaction
from tests.kit.rows import NOW

DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)


def a_session(id_: str = "s1", **fields: Any) -> Session:
    given = {"user_id": "aysel", "device": "phone", "last_used_at": NOW, "expires_at": NOW + DAY}
    return Session(id=id_, created_at=NOW, **(given | fields))


def open_session(transaction: Transaction, id_: str = "s1", **fields: Any) -> Session:
    session = a_session(id_, **fields)
    sessions.create(transaction, session, id_.encode())
    return session


def ids_of(found: list[Session]) -> list[str]:
    return [session.id for session in found]


def rotate(transaction: Transaction, old: bytes, new: bytes, *, now: dt.datetime = NOW) -> bool:
    return sessions.rotate(
        transaction, "s1", old_hash=old, new_hash=new, now=now, expires_at=now + DAY
    )


@pytest.fixture(autouse=True)
def people(transaction: Transaction) -> None:
    for name in ("aysel", "rauf"):
        user = User(id=name, name=name, email=f"{name}@x.az", created_at=NOW, updated_at=NOW)
        users.insert(transaction, user, None)


def test_a_session_is_found_with_its_hash_and_listed_with_others(transaction: Transaction) -> None:
    session = open_session(transaction, last_used_at=NOW - MINUTE)
    assert sessions.find(transaction, "s1") == (session, b"s1", None)
    assert sessions.find(transaction, "s2") is None
    with pytest.raises(BrokenRule):  # a secret is one session's
        sessions.create(transaction, a_session("s2"), b"s1")
    open_session(transaction, "s2")
    open_session(transaction, "over", expires_at=NOW)
    open_session(transaction, "of-rauf", user_id="rauf")
    assert ids_of(sessions.live(transaction, "aysel", NOW)) == ["s2", "s1"]
    assert ids_of(sessions.all_of(transaction, "aysel")) == ["over", "s1", "s2"]


def test_a_token_is_used_once_while_its_session_lasts(transaction: Transaction) -> None:
    session = open_session(transaction)
    other = open_session(transaction, "s2")
    assert not rotate(transaction, b"s2", b"second")
    assert sessions.find(transaction, "s2") == (other, b"s2", None)
    later = NOW + MINUTE
    assert rotate(transaction, b"s1", b"second", now=later)
    assert not rotate(transaction, b"s1", b"third", now=later)
    used = msgspec.structs.replace(session, last_used_at=later, expires_at=later + DAY)
    assert sessions.find(transaction, "s1") == (used, b"second", b"s1")
    assert not rotate(transaction, b"second", b"third", now=later + DAY)


def test_an_ended_session_is_over_at_once(transaction: Transaction) -> None:
    session = open_session(transaction)
    other = open_session(transaction, "s2")
    assert sessions.end(transaction, "s1", NOW + MINUTE)
    assert not sessions.end(transaction, "s1", NOW + 2 * MINUTE)
    ended = msgspec.structs.replace(session, revoked_at=NOW + MINUTE, expires_at=NOW + MINUTE)
    assert sessions.find(transaction, "s1") == (ended, b"s1", None)
    assert not ended.is_live(NOW + MINUTE)
    assert sessions.find(transaction, "s2") == (other, b"s2", None)


def test_all_sessions_of_one_person_are_dropped_but_the_one_that_is_kept(
    transaction: Transaction,
) -> None:
    for id_ in ("s1", "s2", "s3"):
        open_session(transaction, id_)
    open_session(transaction, "old", expires_at=NOW)
    open_session(transaction, "of-rauf", user_id="rauf")
    assert sessions.drop_all(transaction, "aysel", NOW, but="s2") == 2
    assert ids_of(sessions.live(transaction, "aysel", NOW)) == ["s2"]
    assert ids_of(sessions.live(transaction, "rauf", NOW)) == ["of-rauf"]
    assert ids_of(sessions.all_of(transaction, "aysel")) == ["s2"]
    assert sessions.drop_all(transaction, "aysel", NOW) == 1


def test_sessions_long_over_are_forgotten(transaction: Transaction) -> None:
    open_session(transaction, "over", expires_at=NOW - MINUTE)
    open_session(transaction, "just-over", expires_at=NOW)
    open_session(transaction, "ended")
    sessions.end(transaction, "ended", NOW - MINUTE)
    open_session(transaction, "live")
    assert sessions.sweep(transaction, NOW, unused=NOW, limit=9) == 0
    assert sessions.sweep(transaction, NOW, unused=NOW + MINUTE, limit=9) == 2
    assert sessions.find(transaction, "just-over")
    assert sessions.find(transaction, "live")


def test_only_so_many_are_kept_and_those_last_used(transaction: Transaction) -> None:
    open_session(transaction, "oldest", last_used_at=NOW - 3 * MINUTE)
    open_session(transaction, "over", last_used_at=NOW - 2 * MINUTE, expires_at=NOW - MINUTE)
    open_session(transaction, "s1", last_used_at=NOW - MINUTE)
    open_session(transaction, "s2")
    open_session(transaction, "of-rauf", user_id="rauf", last_used_at=NOW - 9 * MINUTE)
    assert sessions.drop_beyond(transaction, "aysel", 2, NOW) == ["oldest"]
    assert ids_of(sessions.all_of(transaction, "aysel")) == ["s1", "s2"]
    assert sessions.find(transaction, "of-rauf")


def test_a_session_is_known_for_a_while_to_its_person(transaction: Transaction) -> None:
    open_session(transaction)
    sessions.end(transaction, "s1", NOW)
    assert sessions.was_used(transaction, "s1", "aysel", since=NOW)
    assert not sessions.was_used(transaction, "s1", "rauf", since=NOW)
    assert not sessions.was_used(transaction, "s1", "aysel", since=NOW + MINUTE)
    assert not sessions.was_used(transaction, "s2", "aysel", since=NOW)


def test_a_place_is_known_for_a_while_also_after_a_logout(transaction: Transaction) -> None:
    sessions.create(transaction, a_session(), b"s1", network="home")
    sessions.end(transaction, "s1", NOW)

    def known(user: str = "aysel", network: str = "home", since: dt.datetime = NOW) -> bool:
        return sessions.was_used_from(transaction, user, network, since=since)

    assert known()
    assert not known(user="rauf")
    assert not known(network="cafe")
    assert not known(since=NOW + MINUTE)


def test_a_refresh_from_elsewhere_makes_that_known(transaction: Transaction) -> None:
    sessions.create(transaction, a_session(), b"s1", network="home")
    for number, network in enumerate(("cafe", "")):
        sessions.rotate(
            transaction,
            "s1",
            old_hash=(b"s1", b"second")[number],
            new_hash=(b"second", b"third")[number],
            now=NOW,
            expires_at=NOW + DAY,
            network=network,
        )
    assert sessions.was_used_from(transaction, "aysel", "cafe", since=NOW)
