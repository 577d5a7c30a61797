from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import (
    ArrivalIntent,
    ArrivalStatus,
    Prep,
    Reservation,
    Status,
)
from bakureserve.store.codec import to_us
from bakureserve.store.reservations import reservation_lists, reservations
from bakureserve.store.reservations.reservation_lists import Filter, ListPosition, position_of
from bakureserve.store.transaction import BrokenRule, Transaction
from tests.kit.builders import a_restaurant, some_tables, utc
from tests.kit.rows import (
    NOW,
    RESTAURANT,
    a_reservation,
    add_restaurant,
    at_the_prompt,
    book,
    in_transaction,
)

OTHER = a_restaurant(id="other", slug="other")

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
moments = st.datetimes(timezones=st.just(dt.UTC)).filter(lambda moment: 1 < moment.year < 9999)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)
coordinates = st.builds(Coordinates, st.floats(-90, 90), st.floats(-180, 180))
intents = st.builds(
    ArrivalIntent,
    status=st.sampled_from(get_args(ArrivalStatus)),
    lead_minutes=st.none() | st.integers(0, 600),
    notes=st.none() | texts,
    last_signal=st.none() | moments,
    current_location=st.none() | coordinates,
    route_distance_km=st.none() | st.floats(0, 1e4),
    traffic_condition=st.none() | st.sampled_from(["smooth", "severe"]),
    arrived_at=st.none() | moments,
)
preps = st.builds(
    Prep,
    eta_minutes=st.none() | st.integers(0, 600),
    request_time=st.none() | moments,
    items=st.lists(texts, max_size=3).map(tuple),
    scope=st.none() | texts,
)


@st.composite
def any_reservations(draw: st.DrawFn) -> Reservation:
    start = draw(moments)
    end = start + dt.timedelta(microseconds=draw(st.integers(1, 24 * 3600 * 10**6)))
    return a_reservation(
        draw(texts),
        table_id=draw(st.sampled_from([None, "t1", "t3"])),
        party_size=draw(st.integers(1, 2**31)),
        start=start,
        end=end,
        held_until=end + dt.timedelta(minutes=draw(st.integers(0, 60))),
        service_date=draw(st.dates()),
        guest_name=draw(texts),
        guest_phone=draw(texts),
        status=draw(st.sampled_from(["booked", "seated", "completed", "cancelled", "no_show"])),
        owner_id=draw(st.none() | texts),
        prep=draw(st.just(Prep()) | preps),
        arrival_intent=draw(st.just(ArrivalIntent()) | intents),
        notes=draw(texts),
        staff_notes=draw(texts),
        tags=tuple(draw(st.lists(texts, max_size=3))),
        source=draw(st.sampled_from(["api", "staff", "import"])),
        pinned=draw(st.booleans()),
        attention=tuple(draw(st.lists(texts, max_size=3))),
        cancelled_by=draw(st.sampled_from([None, "guest", "staff"])),
        cancelled_late=draw(st.booleans()),
        hidden=draw(st.booleans()),
        language=draw(texts),
        extra=draw(st.dictionaries(texts, json_values, max_size=3)),
        created_at=draw(moments),
        updated_at=draw(moments),
        version=draw(st.integers(1, 1000)),
    )


def key_of(transaction: Transaction, table_id: str | None) -> int | None:
    row = transaction.one("select key from dining_table where id = ?", (table_id,))
    return row[0] if row else None


@given(reservation=any_reservations())
def test_a_reservation_is_read_as_it_was_inserted(
    bench: Transaction, reservation: Reservation
) -> None:
    bench.execute("savepoint example")
    try:
        reservations.insert(bench, reservation, key_of(bench, reservation.table_id))
        assert reservations.get(bench, reservation.id) == reservation
    finally:
        bench.execute("rollback to example")
        bench.execute("release example")


@given(before=any_reservations(), after=any_reservations())
def test_an_update_writes_everything_that_may_change(
    bench: Transaction, before: Reservation, after: Reservation
) -> None:
    bench.execute("savepoint example")
    try:
        reservations.insert(bench, before, key_of(bench, before.table_id))
        changed = msgspec.structs.replace(
            after,
            id=before.id,
            created_at=before.created_at,
            arrival_intent=before.arrival_intent,
            version=before.version,
        )
        assert reservations.update(bench, changed, key_of(bench, changed.table_id))
        stored = reservations.get(bench, before.id)
        assert stored == msgspec.structs.replace(changed, version=before.version + 1)
    finally:
        bench.execute("rollback to example")
        bench.execute("release example")


def test_an_arrival_intent_can_be_put_twice_and_taken_back(transaction: Transaction) -> None:
    reservation = book(transaction, a_reservation())
    for intent in (
        ArrivalIntent(status="requested", last_signal=NOW),
        ArrivalIntent(status="arrived", arrived_at=NOW),
        ArrivalIntent(),
    ):
        reservation = msgspec.structs.replace(reservation, arrival_intent=intent)
        reservations.put_arrival_intent(transaction, reservation)
        stored = reservations.get(transaction, reservation.id)
        assert stored is not None
        assert stored.arrival_intent == intent


def test_of_two_writers_that_read_the_same_version_one_wins(transaction: Transaction) -> None:
    assert reservations.get(transaction, "r1") is reservations.table_key(transaction, "r1") is None
    read = book(transaction, a_reservation(table_id="t2"))
    assert reservations.table_key(transaction, "r1") == key_of(transaction, "t2")
    first = msgspec.structs.replace(read, guest_name="Leyla")
    second = msgspec.structs.replace(read, guest_name="Rauf")
    assert reservations.update(transaction, first, 1)
    assert not reservations.update(transaction, second, 1)
    stored = reservations.get(transaction, read.id)
    assert stored is not None
    assert (stored.guest_name, stored.version) == ("Leyla", 2)


def test_a_deleted_reservation_takes_its_hold_and_its_arrival_intent_along(
    transaction: Transaction,
) -> None:
    book(transaction, a_reservation(arrival_intent=ArrivalIntent(status="requested")))
    reservations.delete(transaction, "r1")
    for table in ("reservation", "table_occupancy", "arrival_intent"):
        assert transaction.one(f"select count(*) from {table}") == (0,)


def test_the_schema_refuses_nonsense(transaction: Transaction) -> None:
    for fields in (
        {"party_size": 0},
        {"end": utc("2026-05-01 15:00")},
        {"held_until": utc("2026-05-01 16:59")},
        {"status": "asleep"},
        {"restaurant_id": "nowhere"},
    ):
        with pytest.raises(BrokenRule):
            reservations.insert(transaction, a_reservation(**fields), None)


def ids(found: list[Reservation]) -> list[str]:
    return [reservation.id for reservation in found]


class TestPages:
    @pytest.fixture
    def shuffled(self, transaction: Transaction) -> Transaction:
        """b and a begin together; then c, d and e, an hour apart."""
        for name, hour in (("d", 17), ("b", 15), ("e", 18), ("a", 15), ("c", 16)):
            start = utc(f"2026-05-01 {hour}:00")
            book(transaction, a_reservation(name, start=start, table_id=None))
        return transaction

    def test_pages_follow_each_other_without_gap_or_repetition(self, shuffled: Transaction) -> None:
        for limit in range(1, 7):
            seen: list[str] = []
            after: ListPosition | None = None
            while found := reservation_lists.page(shuffled, Filter(), after=after, limit=limit):
                assert len(found) <= limit
                seen += ids(found)
                after = position_of(found[-1])
            assert seen == list("abcde")
        assert reservation_lists.page(shuffled, Filter(), limit=0) == []

    def test_pages_go_on_where_they_stopped_although_that_reservation_is_gone(
        self, shuffled: Transaction
    ) -> None:
        first = reservation_lists.page(shuffled, Filter(), limit=2)
        reservations.delete(shuffled, first[-1].id)
        assert ids(
            reservation_lists.page(shuffled, Filter(), after=position_of(first[-1]))
        ) == list("cde")


class TestFilters:
    @pytest.fixture
    def varied(self, transaction: Transaction) -> Transaction:
        add_restaurant(transaction, OTHER)
        varied: dict[str, dict[str, Any]] = {
            "mine": {"owner_id": "me"},
            "mine there": {"owner_id": "me", "restaurant_id": OTHER.id},
            "gone": {"owner_id": "you", "status": "cancelled"},
            "walk-in": {"status": "seated"},
            "tomorrow": {"start": utc("2026-05-02 15:00")},
        }
        for name, fields in varied.items():
            book(transaction, a_reservation(name, table_id=None, **fields))
        return transaction

    def test_filters_restrict_the_list_and_the_count_alike(self, varied: Transaction) -> None:
        for wanted, found in (
            (Filter(), {"mine", "mine there", "gone", "walk-in", "tomorrow"}),
            (Filter(owner_id="me"), {"mine", "mine there"}),
            (Filter(owner_id="' or 1 = 1 --"), set()),
            (Filter(restaurant_id=OTHER.id), {"mine there"}),
            (Filter(status="cancelled"), {"gone"}),
            (Filter(service_date=dt.date(2026, 5, 2)), {"tomorrow"}),
            (Filter(service_date=dt.date.min), set()),
            (Filter(service_date=dt.date.max), set()),
            (Filter(owner_id="me", restaurant_id=RESTAURANT.id, status="booked"), {"mine"}),
        ):
            assert set(ids(reservation_lists.page(varied, wanted))) == found
            assert reservation_lists.count(varied, wanted) == len(found)

    @pytest.mark.parametrize(
        "zone", ["Pacific/Kiritimati", "Pacific/Apia", "Etc/GMT-14", "Etc/GMT+12", "Asia/Baku"]
    )
    @pytest.mark.parametrize("minute", [0, 720, 1439, 2879])
    def test_a_service_date_finds_its_sittings_anywhere_on_earth(
        self, transaction: Transaction, zone: str, minute: int
    ) -> None:
        """The first minute of the service day and the last, in a night that runs a day on."""
        date = dt.date(2026, 5, 1)
        local = dt.datetime.combine(date, dt.time()) + dt.timedelta(minutes=minute)
        start = local.replace(tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
        book(transaction, a_reservation(start=start, service_date=date))
        assert ids(reservation_lists.page(transaction, Filter(service_date=date))) == ["r1"]
        for days in (-1, 1):
            other = Filter(service_date=date + dt.timedelta(days=days))
            assert reservation_lists.count(transaction, other) == 0

    @pytest.mark.parametrize("after", [None, ListPosition(to_us(NOW), "r1")])
    @pytest.mark.parametrize("date", [None, NOW.date()])
    @pytest.mark.parametrize("status", [None, "seated"])
    @pytest.mark.parametrize("restaurant", [None, RESTAURANT.id])
    @pytest.mark.parametrize("owner", [None, "me"])
    def test_a_page_is_read_in_the_order_of_the_index_that_leads_to_the_fewest(
        self,
        path: Path,
        owner: str | None,
        restaurant: str | None,
        status: Status | None,
        date: dt.date | None,
        after: ListPosition | None,
    ) -> None:
        wanted = Filter(
            owner_id=owner,
            hidden=None if owner is None else False,
            restaurant_id=restaurant,
            status=status,
            service_date=date,
        )
        steps = plan_of(path, wanted, after)
        if owner:
            assert "INDEX reservation_owner_id_starts_at (owner_id=?" in steps[0]
        elif restaurant:
            assert "INDEX reservation_restaurant_id_starts_at_status (rest" in steps[0]
        elif status:
            assert "INDEX reservation_status_starts_at (status=?" in steps[0]
        else:
            assert "INDEX reservation_starts_at" in steps[0]
        assert ("starts_at>?" in steps[0]) == bool(date or after)
        assert "USE TEMP B-TREE FOR ORDER BY" not in steps

    def test_of_several_lists_each_is_read_in_the_order_of_its_index(self, path: Path) -> None:
        wanted = Filter(owner_id="me", hidden=False, or_restaurants=(RESTAURANT.id, "another"))
        steps = plan_of(path, wanted)
        assert sum("reservation_owner_id_starts_at (owner_id=?" in step for step in steps) == 1
        by_restaurant = "reservation_restaurant_id_starts_at_status (rest"
        assert sum(by_restaurant in step for step in steps) == 2
        assert not any(step.startswith("SCAN r") for step in steps), steps


def plan_of(path: Path, wanted: Filter, after: ListPosition | None = None) -> list[str]:
    """How the engine finds a page of the list, step by step."""
    with at_the_prompt(path) as connection:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        reservation_lists.page(in_transaction(connection), wanted, after=after, limit=1)
        connection.set_trace_callback(None)
        return [step[3] for step in connection.execute(f"explain query plan {statements[0]}")]


def test_a_retired_or_replaced_table_is_still_named(transaction: Transaction) -> None:
    book(transaction, a_reservation(table_id="t2", status="completed"))
    transaction.execute("update dining_table set retired = 1 where id = 't2'")
    stored = reservations.get(transaction, "r1")
    assert stored is not None
    assert stored.table_id == some_tables(2, 4)[1].id
