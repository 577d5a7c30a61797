"""A restaurant's rules change, and what is told and done about the bookings it has."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.errors import Conflict
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime
from bakureserve.services.restaurants.rule_change import Stranded
from bakureserve.settings import Settings
from bakureserve.store.reservations import reservations
from bakureserve.store.transaction import Row
from tests.kit.builders import some_hours, some_tables, utc
from tests.kit.cast import HOST
from tests.kit.houses import SAHIL, SetClock, by_another_hand
from tests.kit.rows import a_reservation, book

OPERATOR = cli_actor("nigar")
AS_IT_WAS = SAHIL
CLOSED = msgspec.structs.replace(SAHIL, hours=some_hours(special={"2027-03-05": ""}))
SMALL_HALL = msgspec.structs.replace(SAHIL.areas[0], tables=some_tables(1, 4, 6))
SMALL = msgspec.structs.replace(SAHIL, areas=(SMALL_HALL,))
MOSCOW = msgspec.structs.replace(SAHIL, timezone="Europe/Moscow")
FRIDAY_EVENING = utc("2027-03-05 15:00")


@pytest.fixture(autouse=True)
def bookings(house_settings: Settings) -> None:
    """Two are to come on Friday at 19:00; of others the sitting is over, or off, or elsewhere."""
    past = utc("2027-02-26 15:00")
    rows = [
        a_reservation("aysel", start=FRIDAY_EVENING),
        a_reservation("samir", start=utc("2027-03-06 15:00")),
        a_reservation("before", start=past, service_date=past.date()),
        a_reservation("off", start=FRIDAY_EVENING, status="cancelled"),
    ]

    def add(transaction: Any) -> None:
        for row in rows:
            book(transaction, row)

    by_another_hand(house_settings.database_path, add)


async def change(runtime: Runtime, restaurant: Restaurant, **how: Any) -> tuple[Stranded, ...]:
    (outcome,) = await runtime.catalogue.add_or_replace(OPERATOR, [restaurant], **how)
    return outcome.stranded


async def stored(runtime: Runtime, id_: str = "aysel") -> Reservation:
    found = await runtime.database.read(lambda tx: reservations.get(tx, id_))
    assert found is not None
    return found


async def marks(runtime: Runtime) -> dict[str, tuple[str, ...]]:
    ids = ("aysel", "samir", "before", "off")
    return {id_: attention for id_ in ids if (attention := (await stored(runtime, id_)).attention)}


async def written_down(runtime: Runtime, kind: str) -> list[Row]:
    return await runtime.database.read(
        lambda tx: tx.all(
            "select e.reservation_id, a.actor from event e join audit a on a.id = e.id"
            " where e.kind = ? and a.action = e.kind order by e.id",
            (kind,),
        )
    )


async def test_each_booking_that_the_new_rules_refuse_is_told_with_the_reason_and_marked(
    runtime: Runtime,
) -> None:
    rehearsed = await change(runtime, CLOSED, dry_run=True)
    assert await marks(runtime) == {}
    (stranded,) = await change(runtime, CLOSED)
    assert rehearsed == (stranded,)
    assert (stranded.id, stranded.start, stranded.party_size) == ("aysel", "2027-03-05 19:00", 2)
    (reason,) = stranded.reasons
    assert (reason.code, reason.params) == ("closed_that_day", {"date": "2027-03-05"})
    assert await marks(runtime) == {"aysel": ("closed_that_day",)}
    assert (await stored(runtime)).needs_attention
    assert (await stored(runtime)).version == 2
    assert await written_down(runtime, "reservation.flagged") == [("aysel", "nigar")]


async def test_a_smaller_table_is_told_of_all_until_staff_give_them_one_that_does(
    runtime: Runtime,
) -> None:
    await change(runtime, SMALL)
    mark = ("party_larger_than_table",)
    assert await marks(runtime) == {"aysel": mark, "samir": mark}
    await runtime.booking.change(HOST, "aysel", BookingChange(table_id="t2"))
    assert await marks(runtime) == {"samir": mark}


async def test_a_later_change_that_heals_it_takes_the_mark_off_and_another_leaves_it(
    runtime: Runtime,
) -> None:
    await change(runtime, CLOSED)
    await change(runtime, msgspec.structs.replace(CLOSED, areas=(SMALL_HALL,)))
    told = await change(runtime, CLOSED)
    assert [each.id for each in told] == ["aysel"]
    assert await change(runtime, msgspec.structs.replace(CLOSED, address="Bulvar 1")) == ()
    assert await marks(runtime) == {"aysel": ("closed_that_day",)}
    assert ("aysel", "nigar") in await written_down(runtime, "reservation.flagged")
    assert await change(runtime, AS_IT_WAS) == ()
    assert await marks(runtime) == {}
    assert ("aysel", "nigar") in await written_down(runtime, "reservation.cleared")


async def test_a_change_of_no_rule_says_nothing_and_writes_nothing(runtime: Runtime) -> None:
    await change(runtime, CLOSED)
    for same in (CLOSED, msgspec.structs.replace(CLOSED, address="Bulvar 1")):
        assert await change(runtime, same) == ()
    assert await written_down(runtime, "reservation.flagged") == [("aysel", "nigar")]


@pytest.mark.parametrize("action", ["cancel", "seat", "no_show"])
async def test_a_mark_goes_with_a_party_that_is_not_to_come_any_more(
    runtime: Runtime, clock: SetClock, action: Action
) -> None:
    await change(runtime, CLOSED)
    clock.now = FRIDAY_EVENING
    await runtime.booking.act(HOST, "aysel", action)
    assert await marks(runtime) == {}


async def test_another_zone_is_refused_while_guests_were_told_another_time(
    runtime: Runtime,
) -> None:
    assert await change(runtime, msgspec.structs.replace(SAHIL, timezone="Asia/Tbilisi")) == ()
    with pytest.raises(Conflict, match="restaurants_in_conflict") as refused:
        await change(runtime, MOSCOW)
    (refusal,) = refused.value.params["refusals"]
    assert refusal.reason.code == "zone_change_shifts_bookings"
    assert refusal.reason.params["count"] == 2
    assert (await runtime.directory.restaurant(SAHIL.id)).timezone == "Asia/Tbilisi"
    assert await marks(runtime) == {}


async def test_another_zone_that_is_allowed_keeps_the_moment_and_marks_the_booking(
    runtime: Runtime,
) -> None:
    stranded = await change(runtime, MOSCOW, allow_zone_change=True)
    assert [(each.id, each.start) for each in stranded] == [
        ("aysel", "2027-03-05 18:00"),
        ("samir", "2027-03-06 18:00"),
    ]
    assert (await stored(runtime)).start == FRIDAY_EVENING
    assert await marks(runtime) == {"aysel": ("zone_changed",), "samir": ("zone_changed",)}
    tashkent = msgspec.structs.replace(SAHIL, timezone="Asia/Tashkent")
    (told, _) = await change(runtime, tashkent, allow_zone_change=True)
    assert told.reasons[-1].params == {"before": "Asia/Baku", "after": "Asia/Tashkent"}
    await change(runtime, AS_IT_WAS, allow_zone_change=True)
    assert await marks(runtime) == {}


async def test_a_booking_after_midnight_goes_to_the_date_whose_service_it_is_now(
    house_settings: Settings, runtime: Runtime
) -> None:
    start = utc("2027-03-05 20:30")
    late = a_reservation("late", start=start, table_id="t3", service_date=FRIDAY_EVENING.date())
    by_another_hand(house_settings.database_path, lambda tx: book(tx, late))
    await change(runtime, msgspec.structs.replace(SAHIL, hours=some_hours("00:00-24:00")))
    assert (await stored(runtime, "late")).service_date == utc("2027-03-06 00:00").date()
    assert (await stored(runtime, "aysel")).service_date == FRIDAY_EVENING.date()


@pytest.mark.parametrize("action", ["seat", "no_show"])
async def test_a_booking_that_comes_back_is_marked_with_what_the_rules_have_against_it(
    runtime: Runtime, clock: SetClock, action: Action
) -> None:
    clock.now = FRIDAY_EVENING
    await runtime.booking.act(HOST, "aysel", action)
    await change(runtime, CLOSED)
    assert (await stored(runtime)).attention == ()
    back = await runtime.booking.act(HOST, "aysel", "undo")
    assert (back.status, back.attention) == ("booked", ("closed_that_day",))
    await change(runtime, AS_IT_WAS)
    assert (await stored(runtime)).attention == ()
