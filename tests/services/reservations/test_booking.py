from __future__ import annotations

import asyncio
import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden, Invalid, NotFound
from bakureserve.domain.reservations.lifecycle import ACTIONS, Action
from bakureserve.domain.reservations.reservation import NAMELESS, BookingChange, Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.store.reservations.reservation_lists import Filter, position_of
from bakureserve.store.restaurants import restaurants
from tests.kit.booking import DAY, a_request, at, baku, book
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_hand, by_another_process
from tests.kit.people import OPERATOR, a_person
from tests.kit.rows import a_reservation
from tests.kit.rows import book as keep

EVERYBODY_WHO_MAY = pytest.mark.parametrize(
    "actor", [GUEST, HOST, ADMIN], ids=lambda each: each.subject
)
CALLS = ["get", "change", "remove", *ACTIONS]


async def call(runtime: Runtime, name: str, actor: Actor, id_: str) -> Reservation:
    booking = runtime.booking
    if name == "change":
        return await booking.change(actor, id_, BookingChange(guest_name="Nigar"))
    if name in ACTIONS:
        action: Any = name
        return await booking.act(actor, id_, action)
    return await (booking.get if name == "get" else booking.remove)(actor, id_)


async def audit_rows(runtime: Runtime) -> list[tuple[str, str, str]]:
    """Who did what: kind, subject and action of the audit rows, each with its event."""
    audit = await runtime.database.read(
        lambda tx: tx.all("select actor_kind, actor, action, noun_id from audit order by id")
    )
    events = await runtime.database.read(
        lambda tx: tx.all("select kind, reservation_id from event order by id")
    )
    assert [(action, noun) for _, _, action, noun in audit] == events
    return [row[:3] for row in audit]


async def test_a_guest_gets_the_smallest_table_for_the_turn_time(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST, guest_name="  Aysel \n Əliyeva ")
    assert booked.table_id == "t1"
    assert (booked.start, booked.end) == (baku("19:00"), baku("20:30"))
    assert booked.service_date == DAY
    assert (booked.owner_id, booked.status) == (GUEST.subject, "booked")
    assert booked.guest_name == "Aysel Əliyeva"
    assert await runtime.booking.get(GUEST, booked.id) == booked


async def test_parties_that_come_at_once_fill_the_house_from_the_smallest_table_up(
    runtime: Runtime,
) -> None:
    results = await asyncio.gather(
        *(book(runtime, GUEST) for _ in range(20)), return_exceptions=True
    )
    booked = [each for each in results if isinstance(each, Reservation)]
    assert [each.table_id for each in booked] == ["t1", "t2", "t3"]
    refused = [each for each in results if isinstance(each, Conflict)]
    assert {each.code for each in refused} == {"fully_booked"}
    assert len(refused) == 17


async def test_a_time_may_be_said_in_any_way(runtime: Runtime) -> None:
    far_away = dt.timezone(dt.timedelta(hours=-7))
    for start in (at("19:00"), baku("19:00"), baku("19:00").astimezone(far_away)):
        booked = await book(runtime, GUEST, start=start, end=baku("20:30"))
        assert (booked.start, booked.end) == (baku("19:00"), baku("20:30"))


async def test_what_the_rules_do_not_offer_is_refused(runtime: Runtime) -> None:
    for fields, error in (
        ({"restaurant_id": "nowhere"}, NotFound("restaurant_unknown")),
        ({"party_size": 7}, Invalid("party_too_large")),
        ({"start": at("19:10")}, Invalid("start_off_grid")),
        ({"guest_name": "\u200b \n"}, Invalid("name_blank")),
        ({"guest_phone": "12345"}, Invalid("phone_malformed")),
    ):
        with pytest.raises(type(error), match=error.code):
            await book(runtime, GUEST, **fields)
    assert await runtime.booking.list(ADMIN, Filter()) == []
    assert await audit_rows(runtime) == []


@pytest.mark.parametrize("actor", [HOST, ADMIN], ids=["host", "admin"])
async def test_staff_book_any_interval_inside_the_hours_for_guests_and_themselves(
    runtime: Runtime, actor: Actor
) -> None:
    booked = await book(runtime, actor, start=at("18:10"), end=at("18:50"))
    assert (booked.start, booked.end) == (baku("18:10"), baku("18:50"))
    assert booked.owner_id is None
    own = await book(runtime, actor, start=at("18:10"), guest_name=actor.name)
    assert (own.owner_id, own.source) == (actor.subject, "staff")


async def test_staff_of_another_restaurant_book_as_guests(runtime: Runtime) -> None:
    berlin = {"restaurant_id": CAY_EVI.id, "start": at("18:10")}
    with pytest.raises(Invalid, match="start_off_grid"):
        await book(runtime, HOST, **berlin)
    booked = await book(runtime, HOST, **(berlin | {"start": at("18:30")}))
    assert booked.owner_id == HOST.subject
    assert booked.start == dt.datetime(2027, 3, 2, 17, 30, tzinfo=dt.UTC)


async def test_a_restaurant_changed_by_another_hand_is_booked_as_it_is_now(
    runtime: Runtime, clock: SetClock
) -> None:
    await book(runtime, GUEST)
    smaller = msgspec.structs.replace(
        SAHIL, policy=msgspec.structs.replace(SAHIL.policy, max_party=4)
    )
    by_another_hand(runtime.database.path, lambda tx: restaurants.replace(tx, smaller, now=clock()))
    with pytest.raises(Invalid, match="party_too_large"):
        await book(runtime, GUEST, party_size=5)


async def test_a_restaurant_that_keeps_changing_is_given_up(
    runtime: Runtime, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = runtime.database.write

    async def write_after_a_change(unit: Any, **by: Any) -> Any:
        by_another_hand(
            runtime.database.path, lambda tx: restaurants.replace(tx, SAHIL, now=clock())
        )
        return await write(unit, **by)

    monkeypatch.setattr(runtime.database, "write", write_after_a_change)
    with pytest.raises(Conflict, match="restaurant_changing"):
        await book(runtime, GUEST)


async def test_to_a_guest_a_booking_of_another_is_not_there_like_one_that_never_was(
    runtime: Runtime,
) -> None:
    here = await book(runtime, GUEST)
    there = await book(runtime, GUEST, restaurant_id=CAY_EVI.id)
    for actor, id_ in ((OTHER_GUEST, here.id), (HOST, there.id), (ADMIN, "nothing")):
        for name in CALLS:
            with pytest.raises(NotFound, match="reservation_unknown"):
                await call(runtime, name, actor, id_)
    assert await runtime.booking.get(GUEST, here.id) == here


@EVERYBODY_WHO_MAY
async def test_its_guest_the_host_and_the_admin_see_a_booking(
    runtime: Runtime, actor: Actor
) -> None:
    booked = await book(runtime, GUEST)
    for name in ("get", "change", "cancel", "confirm", "remove"):
        assert (await call(runtime, name, actor, booked.id)).id == booked.id
    with pytest.raises(NotFound):
        await runtime.booking.get(ADMIN, booked.id)
    assert (await book(runtime, GUEST)).table_id == "t1"


async def test_what_the_host_sees_happen_no_guest_may_say(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST)
    for action in ("seat", "complete", "no_show", "undo"):
        with pytest.raises(Forbidden, match="staff_only"):
            await call(runtime, action, GUEST, booked.id)


async def test_staff_of_two_restaurants_page_through_theirs_and_their_own(runtime: Runtime) -> None:
    """In the order of their starts, each once, whatever list it is on."""
    both = msgspec.structs.replace(HOST, restaurants=frozenset({SAHIL.id, CAY_EVI.id}))
    booked = [
        await book(runtime, HOST, guest_name=HOST.name, start=at("19:00")),
        await book(runtime, GUEST, start=at("12:00")),
        await book(runtime, GUEST, start=at("19:00"), restaurant_id=CAY_EVI.id),
        await book(runtime, OTHER_GUEST, start=at("14:00"), restaurant_id=CAY_EVI.id),
        await book(runtime, OTHER_GUEST, start=at("14:30")),
    ]
    await runtime.booking.act(GUEST, booked[1].id, "cancel")
    expected = sorted(booked, key=lambda each: (each.start, each.id))
    whole = await runtime.booking.list(both, Filter())
    assert [each.id for each in whole] == [each.id for each in expected]
    assert await runtime.booking.count(both, Filter()) == len(booked)
    paged: list[str] = []
    after = None
    while page := await runtime.booking.list(both, Filter(), after=after, limit=2):
        paged += [each.id for each in page]
        after = position_of(page[-1])
    assert paged == [each.id for each in expected]
    cancelled = await runtime.booking.list(both, Filter(status="cancelled"))
    assert [each.id for each in cancelled] == [booked[1].id]
    own_there = await runtime.booking.list(HOST, Filter(restaurant_id=CAY_EVI.id))
    assert own_there == []


@EVERYBODY_WHO_MAY
async def test_a_booking_moved_to_a_later_time_keeps_its_table(
    runtime: Runtime, actor: Actor
) -> None:
    booked = await book(runtime, GUEST, table_id="t2")
    changed = await runtime.booking.change(actor, booked.id, BookingChange(start=at("19:30")))
    assert changed.table_id == "t2"
    assert (changed.start, changed.end) == (baku("19:30"), baku("21:00"))
    assert changed.owner_id == GUEST.subject
    assert changed.version == booked.version + 1


async def test_a_changed_booking_keeps_its_table_if_it_can_and_moves_if_it_must(
    runtime: Runtime,
) -> None:
    """The same booking, change after change, beside another party at t1 from noon."""
    await book(runtime, OTHER_GUEST, start=at("12:00"), table_id="t1")
    booked = await book(runtime, GUEST)
    for change, table in (
        (BookingChange(start=at("19:30")), "t1"),  # it overlaps with nothing but itself
        (BookingChange(start=at("18:30")), "t1"),
        (BookingChange(start=at("12:00")), "t2"),
        (BookingChange(start=at("19:00")), "t2"),
        (BookingChange(table_id=None), "t1"),
        (BookingChange(party_size=3), "t2"),
        (BookingChange(party_size=1), "t2"),
        (BookingChange(table_id="t3"), "t3"),
    ):
        booked = await runtime.booking.change(GUEST, booked.id, change)
        assert booked.table_id == table
    assert (await book(runtime, OTHER_GUEST)).table_id == "t1"


async def test_what_is_named_as_it_is_is_not_checked_again(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST, party_size=1)
    strict = msgspec.structs.replace(
        SAHIL, policy=msgspec.structs.replace(SAHIL.policy, lead_minutes=60, slot_minutes=7)
    )
    by_another_hand(runtime.database.path, lambda tx: restaurants.replace(tx, strict, now=clock()))
    clock.now = baku("18:30")
    change = BookingChange(start=baku("19:00"), end=at("20:30"), party_size=2, table_id="t1")
    changed = await runtime.booking.change(GUEST, booked.id, change)
    assert (changed.party_size, changed.start, changed.end) == (2, booked.start, booked.end)


async def test_a_table_that_is_named_as_it_is_is_not_left(runtime: Runtime) -> None:
    await book(runtime, OTHER_GUEST, start=at("12:00"), table_id="t1")
    booked = await book(runtime, GUEST)
    with pytest.raises(Conflict, match="table_taken"):
        await runtime.booking.change(
            GUEST, booked.id, BookingChange(start=at("12:00"), table_id="t1")
        )


async def test_asking_for_what_is_so_already_changes_nothing(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST)
    written = await audit_rows(runtime)
    for change in (
        BookingChange(),
        BookingChange(start=baku("19:00"), end=baku("20:30"), table_id="t1", party_size=2),
        BookingChange(guest_name="  Aysel "),
        BookingChange(party_size=2, start=at("19:00")),
        BookingChange(table_id=None),
    ):
        assert await runtime.booking.change(GUEST, booked.id, change) == booked
    assert await runtime.booking.act(GUEST, booked.id, "confirm") == booked
    assert await audit_rows(runtime) == written
    cancelled = await runtime.booking.act(GUEST, booked.id, "cancel")
    assert await runtime.booking.act(GUEST, booked.id, "cancel") == cancelled
    assert len(await audit_rows(runtime)) == len(written) + 1


async def test_a_new_name_or_number_changes_nothing_else(runtime: Runtime, clock: SetClock) -> None:
    booked = await book(runtime, GUEST, start=at("12:30", day=dt.date(2027, 3, 1)))
    clock.pass_minutes(25)
    new = {"guest_name": "Nigar", "guest_phone": "+994 50 123-45-67"}
    changed = await runtime.booking.change(GUEST, booked.id, BookingChange(**new))
    assert changed == msgspec.structs.replace(booked, **new, updated_at=clock(), version=2)


async def test_when_a_change_fails_the_old_booking_stands_with_its_table(runtime: Runtime) -> None:
    await book(runtime, OTHER_GUEST, table_id="t3")
    await book(runtime, OTHER_GUEST, table_id="t3", start=at("15:00"))
    booked = await book(runtime, GUEST)
    written = await audit_rows(runtime)
    for change, error in (
        (BookingChange(table_id="t3"), Conflict("table_taken")),
        (BookingChange(start=at("15:00"), table_id="t3"), Conflict("table_taken")),
        (BookingChange(party_size=5), Conflict("fully_booked")),
        (BookingChange(party_size=7), Invalid("party_too_large")),
        (BookingChange(start=at("12:00"), guest_name=" "), Invalid("name_blank")),
    ):
        with pytest.raises(type(error), match=error.code):
            await runtime.booking.change(GUEST, booked.id, change)
        assert await runtime.booking.get(GUEST, booked.id) == booked
    assert await audit_rows(runtime) == written
    with pytest.raises(Conflict, match="table_taken"):
        await book(runtime, OTHER_GUEST, table_id="t1")


async def test_a_booking_that_is_over_cannot_be_changed(runtime: Runtime, clock: SetClock) -> None:
    booked = [await book(runtime, GUEST), await book(runtime, GUEST)]
    clock.now = booked[0].start
    for each, action in zip(booked, ("cancel", "no_show"), strict=True):
        await call(runtime, action, HOST, each.id)
        with pytest.raises(Conflict, match="reservation_not_active"):
            await runtime.booking.change(GUEST, each.id, BookingChange(guest_name="Nigar"))


class TestChangingASeatedParty:
    """It never changes its table by itself."""

    @pytest.fixture
    async def seated(self, runtime: Runtime, clock: SetClock) -> Reservation:
        """Two covers at t1, who came for a long lunch that staff wrote down."""
        booked = await book(runtime, HOST, start=at("12:00"), end=at("16:00"))
        clock.now = baku("15:00")
        return await runtime.booking.act(HOST, booked.id, "seat")

    async def test_a_longer_visit_stays_where_it_is_or_is_told_where_it_could_go(
        self, runtime: Runtime, seated: Reservation
    ) -> None:
        smaller = await runtime.booking.change(
            HOST, seated.id, BookingChange(party_size=1, end=None)
        )
        assert (smaller.table_id, smaller.start, smaller.end) == (
            "t1",
            baku("12:00"),
            baku("16:00"),
        )
        following = await book(runtime, GUEST, start=at("16:00"), table_id="t1")
        await book(runtime, OTHER_GUEST, start=at("16:30"), table_id="t2")
        changes = [BookingChange(end=at("17:00")), BookingChange(end=at("17:00"), table_id=None)]
        for change in changes:
            with pytest.raises(Conflict, match="seated_party_stays") as refused:
                await runtime.booking.change(HOST, seated.id, change)
            assert refused.value.params == {"free": ["t3"]}
        await runtime.booking.act(HOST, following.id, "cancel")
        for change in reversed(changes):
            assert (await runtime.booking.change(HOST, seated.id, change)).table_id == "t1"

    async def test_a_party_that_outgrows_its_table_is_told_where_it_could_go_and_its_start_is_past(
        self, runtime: Runtime, seated: Reservation
    ) -> None:
        with pytest.raises(Conflict, match="seated_party_stays") as refused:
            await runtime.booking.change(HOST, seated.id, BookingChange(party_size=4))
        assert refused.value.params == {"free": ["t2", "t3"]}
        with pytest.raises(Conflict, match="seated_start_stands"):
            await runtime.booking.change(HOST, seated.id, BookingChange(start=at("12:30")))
        change = BookingChange(party_size=4, table_id="t3", start=at("12:00"), guest_name="Nigar")
        changed = await runtime.booking.change(HOST, seated.id, change)
        assert (changed.table_id, changed.guest_name) == ("t3", "Nigar")


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        (["cancel"], "cancelled"),
        (["cancel", "confirm"], "booked"),
        (["seat", "complete", "undo"], "seated"),
        (["seat", "complete"], "completed"),
        (["no_show", "undo"], "booked"),
    ],
)
async def test_a_host_leads_a_booking_through_its_life(
    runtime: Runtime, clock: SetClock, actions: list[Action], status: str
) -> None:
    booked = await book(runtime, GUEST)
    clock.now = booked.start
    with pytest.raises(Conflict, match="illegal_status_change"):
        await runtime.booking.act(HOST, booked.id, "complete")
    for action in actions:
        booked = await runtime.booking.act(HOST, booked.id, action)
    assert booked.status == status
    assert await runtime.booking.get(GUEST, booked.id) == booked
    taken = status in {"booked", "seated"}
    assert (await book(runtime, HOST)).table_id == ("t2" if taken else "t1")


@pytest.mark.parametrize(("ends", "returns"), [("cancel", "confirm"), ("no_show", "undo")])
async def test_a_booking_comes_back_only_to_its_own_table_if_that_is_free(
    runtime: Runtime, clock: SetClock, ends: Action, returns: Action
) -> None:
    booked = await book(runtime, GUEST)
    clock.now = booked.start
    await runtime.booking.act(HOST, booked.id, ends)
    other = await book(runtime, HOST, table_id="t1")
    with pytest.raises(Conflict, match="table_taken"):
        await runtime.booking.act(HOST, booked.id, returns)
    await runtime.booking.act(HOST, other.id, "cancel")
    back = await runtime.booking.act(HOST, booked.id, returns)
    assert (back.status, back.table_id) == ("booked", "t1")
    await runtime.booking.act(HOST, booked.id, ends)
    assert await runtime.catalogue.remove(ADMIN, SAHIL.id) == "retired"
    with pytest.raises(Conflict, match="restaurant_retired"):
        await runtime.booking.act(HOST, booked.id, returns)


async def test_of_two_that_come_back_at_once_one_gets_the_table(runtime: Runtime) -> None:
    first = await book(runtime, GUEST)
    await runtime.booking.act(GUEST, first.id, "cancel")
    second = await book(runtime, GUEST)
    await runtime.booking.act(GUEST, second.id, "cancel")
    results = await asyncio.gather(
        *(runtime.booking.act(GUEST, each.id, "confirm") for each in (first, second)),
        return_exceptions=True,
    )
    assert [type(each) for each in results] == [Reservation, Conflict]


async def test_no_party_comes_before_the_day_or_days_later(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST)
    for actor in (HOST, ADMIN):
        for action in ("seat", "no_show"):
            with pytest.raises(Conflict, match="too_early"):
                await call(runtime, action, actor, booked.id)
    clock.pass_minutes(3 * 24 * 60)
    with pytest.raises(Conflict, match="day_over"):
        await runtime.booking.act(HOST, booked.id, "seat")
    assert await runtime.booking.get(GUEST, booked.id) == booked


async def test_the_next_party_is_not_seated_while_the_first_sits(
    runtime: Runtime, clock: SetClock
) -> None:
    nigar = await a_person(runtime, "Nigar")
    first = await book(runtime, nigar.actor, start=at("18:00"), guest_name="Nigar")
    second = await book(runtime, OTHER_GUEST, start=at("20:00"), table_id="t1")
    clock.now = baku("18:05")
    await runtime.booking.act(HOST, first.id, "seat")
    clock.now = baku("20:05")
    with pytest.raises(Conflict, match="table_occupied") as refused:
        await runtime.booking.act(HOST, second.id, "seat")
    assert refused.value.params == {
        "table": "T1", "party": "Nigar", "since": "18:05", "reservation": first.id
    }  # fmt: skip
    await runtime.users.erase(OPERATOR, nigar.user.id)
    with pytest.raises(Conflict, match="table_occupied") as refused:
        await runtime.booking.act(HOST, second.id, "seat")
    assert refused.value.params["party"] == NAMELESS
    await runtime.booking.act(HOST, first.id, "complete")
    seated = await runtime.booking.act(HOST, second.id, "seat")
    assert (seated.status, seated.table_id) == ("seated", "t1")
    with pytest.raises(Conflict, match="table_occupied"):  # nor does the first come back
        await runtime.booking.act(HOST, first.id, "undo")


async def test_of_two_processes_one_seats_its_party(runtime: Runtime, clock: SetClock) -> None:
    first = await book(runtime, GUEST, start=at("18:00"))
    second = await book(runtime, OTHER_GUEST, start=at("20:00"), table_id="t1")
    clock.now = baku("19:00")
    async with open_runtime(runtime.settings, clock=clock) as other:
        results = await asyncio.gather(
            runtime.booking.act(HOST, first.id, "seat"),
            other.booking.act(HOST, second.id, "seat"),
            return_exceptions=True,
        )
    assert sorted(type(each).__name__ for each in results) == ["Conflict", "Reservation"]


class TestWaitingForATable:
    """An imported booking that found no table free."""

    @pytest.fixture
    async def waiting(self, runtime: Runtime) -> Reservation:
        found = a_reservation(
            "r1",
            restaurant_id=SAHIL.id,
            table_id=None,
            start=baku("19:00"),
            owner_id=GUEST.subject,
            attention=("no_table",),
        )
        await by_another_process(runtime.database.path, lambda tx: keep(tx, found))
        return found

    async def test_a_table_that_is_given_ends_the_waiting(
        self, runtime: Runtime, waiting: Reservation
    ) -> None:
        with pytest.raises(Conflict, match="restaurant_still_booked"):
            await runtime.catalogue.remove(ADMIN, SAHIL.id)
        seated = await runtime.booking.change(HOST, waiting.id, BookingChange(table_id="t2"))
        assert (seated.table_id, seated.needs_attention) == ("t2", False)
        moved = await runtime.booking.change(HOST, waiting.id, BookingChange(table_id=None))
        assert moved.table_id == "t1"

    async def test_coming_back_ends_the_waiting_for_a_table_as_well(
        self, runtime: Runtime, waiting: Reservation
    ) -> None:
        await runtime.booking.act(GUEST, waiting.id, "cancel")
        back = await runtime.booking.act(GUEST, waiting.id, "confirm")
        assert (back.table_id, back.needs_attention) == ("t1", False)


async def test_every_change_leaves_an_event_and_an_audit_row_under_its_actor(
    runtime: Runtime, clock: SetClock
) -> None:
    booked = await book(runtime, GUEST)
    await runtime.booking.change(ADMIN, booked.id, BookingChange(table_id="t2"))
    await runtime.booking.act(GUEST, booked.id, "cancel")
    await runtime.booking.act(GUEST, booked.id, "confirm")
    clock.now = booked.start
    for action in ("seat", "complete", "undo", "undo", "no_show", "undo"):
        await runtime.booking.act(HOST, booked.id, action)
    await runtime.booking.remove(ADMIN, booked.id)
    by_guest, by_host, by_admin = (
        ("guest", GUEST.subject), ("staff", HOST.subject), ("admin", ADMIN.subject)
    )  # fmt: skip
    assert await audit_rows(runtime) == [
        (*by_guest, "reservation.booked"),
        (*by_admin, "reservation.changed"),
        (*by_guest, "reservation.cancelled"),
        (*by_guest, "reservation.confirmed"),
        (*by_host, "reservation.seated"),
        (*by_host, "reservation.completed"),
        (*by_host, "reservation.undone"),
        (*by_host, "reservation.undone"),
        (*by_host, "reservation.marked_no_show"),
        (*by_host, "reservation.undone"),
        (*by_admin, "reservation.removed"),
    ]


async def test_the_audit_log_keeps_what_changed_and_nothing_that_names_the_guest(
    runtime: Runtime,
) -> None:
    booked = await book(runtime, GUEST, guest_name="Gülnarə", guest_phone="+994501234567")
    await runtime.booking.change(GUEST, booked.id, BookingChange(party_size=3, guest_name="Səbinə"))
    rows = await runtime.database.read(
        lambda tx: tx.all("select changes from audit union all select data from event")
    )
    assert '{"table_id":"t2","party_size":3}' in {row[0] for row in rows}
    assert not any(word in str(rows) for word in ("Gülnarə", "Səbinə", "994501234567"))


async def test_a_booking_by_one_process_is_seen_by_another_at_once(
    runtime: Runtime, clock: SetClock
) -> None:
    async with open_runtime(runtime.settings, clock=clock) as other:
        booked = await book(runtime, GUEST)
        assert await other.booking.get(GUEST, booked.id) == booked
        clock.now = booked.start
        changed = await other.booking.act(HOST, booked.id, "seat")
        assert await runtime.booking.get(GUEST, booked.id) == changed
        with pytest.raises(Conflict, match="table_taken"):
            await other.booking.create(HOST, a_request(table_id="t1"))
