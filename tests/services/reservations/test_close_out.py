"""What becomes of a day's reservations that nobody brought to their end."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.actor import system_actor
from bakureserve.domain.errors import Conflict, Forbidden
from bakureserve.domain.notifications import TARGETS
from bakureserve.domain.reservations.lifecycle import Unsettled
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.runtime import Runtime
from bakureserve.store.codec import to_us
from tests.kit.booking import DAY, at, baku, book, change_sahil
from tests.kit.builders import some_hours
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_process
from tests.kit.rows import a_reservation
from tests.kit.rows import book as keep

HOUSEKEEPER = system_actor("housekeeping")
NEXT_DAY = DAY + dt.timedelta(days=1)


@pytest.fixture
async def evening(runtime: Runtime, clock: SetClock) -> dict[str, Reservation]:
    """One party sat and was never seen to leave, one never sat, one is booked for the next day."""
    sat = await book(runtime, GUEST, start=at("18:00"))
    missed = await book(runtime, OTHER_GUEST, start=at("20:00"))
    ahead = await book(runtime, GUEST, start=at("19:00", day=NEXT_DAY))
    clock.now = baku("18:05")
    await runtime.booking.act(HOST, sat.id, "seat")
    return {"sat": sat, "missed": missed, "ahead": ahead}


async def statuses(runtime: Runtime, evening: dict[str, Reservation]) -> dict[str, str]:
    found = {name: await runtime.booking.get(ADMIN, each.id) for name, each in evening.items()}
    return {
        name: f"{each.status} {','.join(each.attention)}".strip() for name, each in found.items()
    }


OLD = a_reservation("old", restaurant_id=SAHIL.id, start=baku("19:00"), source="import")


async def note_an_import(runtime: Runtime, at_: dt.datetime) -> None:
    """From the old server, whose reservations came with it."""
    statement = "insert into import_run (at, files, report) values (?, '[]', '{}')"
    await by_another_process(runtime.database.path, lambda tx: tx.execute(statement, (to_us(at_),)))


AS_THEY_WERE = {"sat": "seated", "missed": "booked", "ahead": "booked"}
SETTLED_BY_ITSELF = {"sat": "completed", "missed": "booked not_settled", "ahead": "booked"}


async def test_a_day_closes_once_three_hours_after_its_end(
    runtime: Runtime, clock: SetClock, evening: dict[str, Reservation]
) -> None:
    clock.now = baku("23:00") + dt.timedelta(hours=3, minutes=-1)
    assert await runtime.close_out.sweep(HOUSEKEEPER) == []
    assert await statuses(runtime, evening) == AS_THEY_WERE
    clock.pass_minutes(1)
    (closed,) = await runtime.close_out.sweep(HOUSEKEEPER)
    assert closed.date == DAY
    assert (closed.left, closed.flagged) == ((evening["sat"].id,), (evening["missed"].id,))
    assert await runtime.close_out.sweep(HOUSEKEEPER) == []
    assert await statuses(runtime, evening) == SETTLED_BY_ITSELF


async def test_a_day_closes_however_long_no_server_ran(
    runtime: Runtime, clock: SetClock, evening: dict[str, Reservation]
) -> None:
    clock.pass_minutes(40 * 24 * 60)
    days = [each.date for each in await runtime.close_out.sweep(HOUSEKEEPER)]
    assert days == [DAY, NEXT_DAY]
    assert (await statuses(runtime, evening))["ahead"] == "booked not_settled"


async def test_a_day_is_closed_under_a_name_of_its_own_with_events_and_without_letters(
    runtime: Runtime, clock: SetClock, evening: dict[str, Reservation]
) -> None:
    clock.now = baku("12:00", day=NEXT_DAY)
    await runtime.close_out.sweep(HOUSEKEEPER)
    told = await runtime.database.read(
        lambda tx: tx.all("select actor, action, noun_id from audit order by id desc limit 2")
    )
    kinds = await runtime.database.read(
        lambda tx: tx.all("select kind from event order by id desc limit 2")
    )
    assert told == [
        ("housekeeping", "reservation.flagged", evening["missed"].id),
        ("housekeeping", "reservation.completed", evening["sat"].id),
    ]
    assert kinds == [("reservation.flagged",), ("reservation.completed",)]
    assert not any("email" in ways for (kind,) in kinds for ways in TARGETS.get(kind, ()))
    missed = await runtime.booking.act(HOST, evening["missed"].id, "no_show")
    assert (missed.status, missed.attention) == ("no_show", ())


@pytest.mark.parametrize(("days", "flagged"), [(10, []), (-1, ["old"])])
async def test_what_was_over_before_it_was_imported_stays_as_it_came(
    runtime: Runtime, clock: SetClock, days: int, flagged: list[str]
) -> None:
    await by_another_process(runtime.database.path, lambda tx: keep(tx, OLD))
    await note_an_import(runtime, OLD.start + dt.timedelta(days=days))
    clock.now = OLD.start + dt.timedelta(days=20)
    closed = await runtime.close_out.sweep(HOUSEKEEPER)
    assert [id_ for day in closed for id_ in day.flagged] == flagged


async def test_who_came_with_an_import_and_waits_to_be_settled_can_be_after_another_import(
    runtime: Runtime, clock: SetClock
) -> None:
    await by_another_process(runtime.database.path, lambda tx: keep(tx, OLD))
    clock.now = baku("12:00", day=NEXT_DAY)
    (flagged,) = await runtime.close_out.sweep(HOUSEKEEPER)
    await note_an_import(runtime, clock.now)
    closed = await runtime.close_out.close(HOST, SAHIL.id, DAY, "came")
    assert closed.came == flagged.flagged == (OLD.id,)


@pytest.mark.parametrize(
    ("unsettled", "missed"),
    [("came", "completed"), ("no_show", "no_show"), ("flag", "booked not_settled")],
)
@pytest.mark.parametrize("flagged_before", [False, True])
async def test_staff_settle_in_one_press_who_was_never_seated(
    runtime: Runtime,
    clock: SetClock,
    evening: Any,
    unsettled: Unsettled,
    missed: str,
    flagged_before: bool,
) -> None:
    clock.now = baku("12:00", day=NEXT_DAY)
    if flagged_before:
        await runtime.close_out.sweep(HOUSEKEEPER)
    dry = await runtime.close_out.close(HOST, SAHIL.slug, DAY, unsettled, dry_run=True)
    done = await runtime.close_out.close(HOST, SAHIL.slug, DAY, unsettled)
    assert dry == done
    assert await statuses(runtime, evening) == {
        "sat": "completed", "missed": missed, "ahead": "booked"
    }  # fmt: skip


async def test_a_day_is_settled_by_staff_alone_and_not_before_the_restaurant_has_closed(
    runtime: Runtime, clock: SetClock, evening: dict[str, Reservation]
) -> None:
    clock.now = baku("22:59")
    with pytest.raises(Conflict, match="too_early"):
        await runtime.close_out.close(HOST, SAHIL.id, DAY, "came")
    assert await statuses(runtime, evening) == AS_THEY_WERE
    clock.pass_minutes(1)
    for actor, restaurant in ((GUEST, SAHIL.id), (HOST, CAY_EVI.id)):
        with pytest.raises(Forbidden):
            await runtime.close_out.close(actor, restaurant, DAY, "came")
    assert (await runtime.close_out.close(HOST, SAHIL.id, DAY, "came")).count == 2


@pytest.mark.parametrize("unsettled", ["came", "no_show", "flag"])
async def test_no_party_still_to_come_is_settled_when_the_restaurant_closes_sooner_than_booked(
    runtime: Runtime, clock: SetClock, evening: Any, unsettled: Unsettled
) -> None:
    early = some_hours(special={DAY.isoformat(): "10:00-19:00"})
    await runtime.catalogue.add_or_replace(ADMIN, [msgspec.structs.replace(SAHIL, hours=early)])
    clock.now = baku("19:00")
    closed = await runtime.close_out.close(HOST, SAHIL.id, DAY, unsettled)
    assert (closed.left, closed.count) == ((evening["sat"].id,), 1)
    assert (await statuses(runtime, evening))["missed"] == "booked outside_hours"
    clock.now = evening["missed"].start
    assert (await runtime.close_out.close(HOST, SAHIL.id, DAY, unsettled)).count == 1


async def test_no_party_that_sits_on_or_may_still_come_is_settled_where_the_restaurant_never_closes(
    runtime: Runtime, clock: SetClock
) -> None:
    await change_sahil(runtime, hours=some_hours("00:00-24:00"))
    sits = await book(runtime, GUEST, start=at("23:30"))
    awaited = await book(runtime, OTHER_GUEST, start=at("23:00"))
    clock.now = sits.start
    await runtime.booking.act(HOST, sits.id, "seat")
    for clock_time, settled in (("00:00", ()), ("00:30", (awaited.id,)), ("00:59", ())):
        clock.now = baku(clock_time, day=NEXT_DAY)
        closed = await runtime.close_out.close(HOST, SAHIL.id, DAY, "no_show")
        assert (closed.no_show, closed.left) == (settled, ())
    clock.now = sits.end
    assert (await runtime.close_out.close(HOST, SAHIL.id, DAY)).left == (sits.id,)


async def test_a_party_that_was_never_seen_to_leave_keeps_no_table_the_next_day(
    runtime: Runtime, clock: SetClock, evening: dict[str, Reservation]
) -> None:
    ahead = await runtime.booking.change(HOST, evening["ahead"].id, BookingChange(table_id="t1"))
    clock.now = baku("19:00", day=NEXT_DAY)
    with pytest.raises(Conflict, match="table_occupied"):
        await runtime.booking.act(HOST, ahead.id, "seat")
    await runtime.close_out.sweep(HOUSEKEEPER)
    assert (await runtime.booking.act(HOST, ahead.id, "seat")).status == "seated"
