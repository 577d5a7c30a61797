"""What each migration makes of the rows it finds."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import msgspec

from bakureserve.store import migrator, notifications
from bakureserve.store.accounts import users
from bakureserve.store.maintenance.check import check
from bakureserve.store.reservations import reservations
from bakureserve.store.restaurants import restaurants
from tests.kit.builders import utc
from tests.kit.deliveries import a_delivery
from tests.kit.rows import (
    NOW,
    a_reservation,
    add_restaurant,
    at_the_prompt,
    book,
    in_transaction,
)

ALL = tuple(sorted(each.stem for each in migrator.MIGRATIONS.glob("0*.py")))


def back_to_before(path: Path, migration: str) -> None:
    migrator.down(path, steps=len(ALL) - ALL.index(migration), busy_timeout=5)


def test_a_reservation_that_needed_attention_says_that_it_has_no_table(path: Path) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation("held"))
        book(transaction, a_reservation("waiting", table_id=None))
    back_to_before(path, "005_attention")
    with at_the_prompt(path) as connection:
        connection.execute("update reservation set needs_attention = 1 where id = 'waiting'")
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        held = reservations.get(in_transaction(connection), "held")
        waiting = reservations.get(in_transaction(connection), "waiting")
    assert held
    assert waiting
    assert (held.attention, held.needs_attention) == ((), False)
    assert (waiting.attention, waiting.needs_attention) == (("no_table",), True)


def test_what_was_never_booked_here_came_with_an_import(path: Path) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation("imported"))
        book(transaction, a_reservation("booked", table_id="t2"))
        connection.execute(
            "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
            " values (0, 'guest', 'u1', 'reservation.booked', 'booked', '{}', '')"
        )
    back_to_before(path, "005_attention")
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        found = connection.execute("select id, source from reservation order by id").fetchall()
    assert found == [("booked", "api"), ("imported", "import")]


def test_of_parties_seated_at_one_table_the_latest_stays(path: Path) -> None:
    start = utc("2026-05-01 15:00")
    with at_the_prompt(path) as connection:
        add_restaurant(in_transaction(connection))
    back_to_before(path, "006_table_seating")
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        for hours, name in enumerate(("first", "second", "third")):
            begins = start + dt.timedelta(hours=2 * hours)
            book(transaction, a_reservation(name, start=begins, status="seated"))
        book(transaction, a_reservation("apart", table_id="t2", status="seated"))
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        statuses = connection.execute("select id, status from reservation order by id").fetchall()
        seats = connection.execute("select reservation_id from table_seating").fetchall()
    assert statuses == [
        ("apart", "seated"), ("first", "completed"), ("second", "completed"), ("third", "seated")
    ]  # fmt: skip
    assert sorted(seats) == [("apart",), ("third",)]
    assert check(path, NOW) == []


def test_who_cancelled_is_told_by_the_audit_log(path: Path) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        for id_ in ("by-guest", "by-host", "by-nobody", "booked"):
            book(transaction, a_reservation(id_, table_id=None))
    back_to_before(path, "007_who_cancelled")
    with at_the_prompt(path) as connection:
        connection.execute("update reservation set status = 'cancelled' where id <> 'booked'")
        for id_, kind in (("by-guest", "staff"), ("by-guest", "guest"), ("by-host", "staff")):
            connection.execute(
                "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
                " values (0, ?, 'u1', 'reservation.cancelled', ?, '{}', '')",
                (kind, id_),
            )
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        found = dict(connection.execute("select id, cancelled_by from reservation").fetchall())
    assert found == {"by-guest": "guest", "by-host": "staff", "by-nobody": None, "booked": None}


def test_operators_have_vouched_for_whom_they_added_and_the_letters_of_all_go_on(
    path: Path,
) -> None:
    back_to_before(path, "017_proofs")
    with at_the_prompt(path) as connection:
        for id_, action in (("u1", "user.added"), ("u2", "user.signed_up")):
            connection.execute(
                "insert into user_account (id, name, email, phone, role, verified_email,"
                " verified_phone, extra, created_at, updated_at)"
                " values (?, '', ?, '', 'guest', 0, 0, '{}', 0, 0)",
                (id_, f"{id_}@example.az"),
            )
            connection.execute(
                "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
                " values (0, 'cli', 'nigar', ?, ?, '{}', '')",
                (action, id_),
            )
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        found = users.page(in_transaction(connection))
    assert {each.id: each.verified_email for each in found} == {"u1": True, "u2": False}
    assert not any(each.may_be_a_strangers for each in found)


def test_notices_of_before_are_found_by_whom_they_are_about(path: Path) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        add_restaurant(transaction)
        book(transaction, a_reservation("kept", owner_id="u1"))
    back_to_before(path, "011_whose_notices")
    with at_the_prompt(path) as connection:
        connection.execute(
            "insert into user_account (id, name, email, phone, role, verified_email,"
            " verified_phone, extra, created_at, updated_at)"
            " values ('u1', '', 'u1@example.az', '', 'guest', 0, 0, '{}', 0, 0)"
        )
        told = (("d1", "kept", "v"), ("d2", "removed", "u1@example.az"), ("d3", "removed", "v"))
        for number, (id_, reservation_id, recipient) in enumerate(told):
            party = "guest" if "@" in recipient else "restaurant"
            connection.execute(
                "insert into outbox_delivery (id, event_id, kind, restaurant_id, reservation_id,"
                " party, channel, recipient, status, attempts, next_at, expires_at, error, claim,"
                " created_at, forget_at, notice)"
                " values (?, ?, '', '', ?, ?, 'email', ?, 'sent', 1, 0, 0, '', '', 0, 0, '{}')",
                (id_, number, reservation_id, party, recipient),
            )
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        assert notifications.forget(in_transaction(connection), "u1").keys() == {"d1", "d2", "d3"}


def test_restaurants_keep_their_order_and_none_shares_its_place_or_revision(path: Path) -> None:
    back_to_before(path, "033_directory")
    with at_the_prompt(path) as connection:
        for id_, position in (("b", 7), ("c", 3), ("a", 7)):
            connection.execute(
                "insert into restaurant (id, slug, name, timezone, city, document, policy,"
                " position, source, created_at, updated_at)"
                " values (?, ?, '', 'Asia/Baku', '', '{}', '{}', ?, 'import', 0, 0)",
                (id_, id_, position),
            )
            connection.execute("insert into venue_ledger values (?, 4, 0)", (id_,))
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        listed = restaurants.cards(transaction, limit=9)
        assert [(card.id, card.position) for card in listed] == [("c", 1), ("a", 2), ("b", 3)]
        changed = restaurants.changes(transaction, 4, limit=9)
        assert [each.revision for each in changed] == [5, 6, 7]


def test_deliveries_that_were_there_before_are_counted(path: Path) -> None:
    with at_the_prompt(path) as connection:
        transaction = in_transaction(connection)
        for number, status in enumerate(("sent", "sent", "dead")):
            told = msgspec.structs.replace(
                a_delivery(event_id=number), id=f"d{number}", event_id=number, status=status
            )
            notifications.add(transaction, told)
    back_to_before(path, "032_delivery_tally")
    migrator.up(path, busy_timeout=5)
    with at_the_prompt(path) as connection:
        counted = notifications.counts(in_transaction(connection))
    assert counted == {("email", "sent"): 2, ("email", "dead"): 1}
