"""What time alone brings about: starts, late guests, silence, trips given up; each told once."""

from __future__ import annotations

import asyncio

import pytest

from bakureserve.domain.reservations.reservation import BookingChange
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.arrivals.arrivals import Decision
from bakureserve.store.arrivals import trips
from tests.kit.booking import at, book
from tests.kit.cast import GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SAHIL, SetClock
from tests.kit.on_the_way import TODAY, a_guest_on_the_way, all_data, events, north_of_the_door


async def test_of_several_processes_one_tells_the_kitchen(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    clock.pass_minutes(15)
    async with open_runtime(runtime.settings, clock=clock) as other:
        looks = await asyncio.gather(*(each.arrival_watch.look() for each in (runtime, other) * 3))
    assert sum(look.counts.get("fire", 0) for look in looks) == 1
    assert (await events(runtime)).count("fire") == 1
    fired = (await runtime.booking.get(GUEST, id_)).arrival_intent
    assert fired.fire_at == clock()


async def test_a_late_guests_table_waits_while_no_other_party_needs_it(
    runtime: Runtime, clock: SetClock
) -> None:
    await a_guest_on_the_way(runtime, lead_minutes=60)
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert seen.punctuality == "late"
    assert seen.late_minutes is not None
    assert seen.late_minutes >= 30
    assert seen.table is not None
    assert (seen.table.kept, seen.table.options) == (True, ())
    assert (await events(runtime)).count("late") == 1
    clock.pass_minutes(30)
    assert "late" not in (await runtime.arrival_watch.look()).counts


async def test_staff_are_warned_with_the_options_when_the_next_party_needs_the_table(
    runtime: Runtime, clock: SetClock
) -> None:
    """Two covers at t1 from 12:30 to 14:00; the next have it at 14:00, and t2 is free."""
    following = await book(runtime, OTHER_GUEST, start=at("14:00", day=TODAY), table_id="t1")
    await a_guest_on_the_way(runtime, booking={"table_id": "t1"}, lead_minutes=60)
    assert (await events(runtime))[-2:] == ["late", "approved"]
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert seen.table is not None
    assert not seen.table.kept
    assert seen.table.next_start == following.start
    options = {each.kind: each for each in seen.table.options}
    assert list(options) == ["shorten_sitting", "move_guest", "move_next", "release_table"]
    assert options["shorten_sitting"].minutes in range(45, 61)
    assert options["move_guest"].tables == ("t2", "t3")
    assert options["move_next"].tables == ("t2", "t3")
    assert options["move_next"].reservation_id == following.id
    clock.pass_minutes(1)
    assert "late" not in (await runtime.arrival_watch.look()).counts
    told = next(each for each in await all_data(runtime) if "options" in each)
    assert (told["table"], told["late_minutes"] >= 30) == ("at_risk", True)
    assert told["options"][0]["kind"] == "shorten_sitting"
    assert "Aysel" not in str(told)


async def test_who_has_not_come_in_time_is_late_though_nothing_is_heard(
    runtime: Runtime, clock: SetClock
) -> None:
    await a_guest_on_the_way(runtime, share_location=False)
    clock.pass_minutes(40)
    await runtime.arrival_watch.look()
    assert "late" not in await events(runtime)
    clock.pass_minutes(1)
    assert (await runtime.arrival_watch.look()).counts == {"late": 1}


async def test_a_guest_who_falls_silent_is_told_once(runtime: Runtime, clock: SetClock) -> None:
    id_ = await a_guest_on_the_way(runtime, decision="queue")
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(8_000))
    clock.pass_minutes(3)
    assert (await runtime.arrival_watch.look()).counts == {"quiet": 1}
    assert (await runtime.arrival_watch.look()).counts == {}
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert seen.stale


async def test_a_trip_ends_with_the_sitting_that_its_guest_did_not_come_to(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = await a_guest_on_the_way(runtime)
    await runtime.arrivals.locate(GUEST, id_, north_of_the_door(8_000))
    clock.pass_minutes(24 * 60)
    await runtime.arrival_watch.look()
    ended = (await runtime.booking.get(GUEST, id_)).arrival_intent
    assert (ended.status, ended.current_location) == ("cancelled", None)
    assert (await events(runtime))[-1] == "lapsed"
    assert (await runtime.arrival_watch.look()).trips == 0


async def test_the_board_shows_silent_parties_from_their_time_until_they_sit_or_it_is_over(
    runtime: Runtime, clock: SetClock
) -> None:
    coming = await a_guest_on_the_way(runtime, start="13:30", lead_minutes=90)
    # Ids of one millisecond are in no order, and the board sorts by them.
    booked = [await book(runtime, OTHER_GUEST, start=at("12:30", day=TODAY)) for _ in range(2)]
    id_, unseen = sorted(each.id for each in booked)
    seen = []
    for _ in range(3):
        clock.pass_minutes(29)
        seen.append(await runtime.arrivals.board(HOST, SAHIL.id))
        live = (await runtime.live.of_restaurant(HOST, SAHIL.id)).current
        assert [each.id for each in live] == [each.reservation_id for each in seen[-1]]
    assert [[each.reservation_id for each in board] for board in seen] == [
        [coming], [id_, unseen, coming], [id_, unseen, coming]
    ]  # fmt: skip
    assert [board[0].late_minutes for board in seen[1:]] == [28, 57]
    assert (seen[2][0].status, seen[2][0].minutes) == ("idle", None)
    await runtime.booking.act(HOST, id_, "seat")
    board = await runtime.arrivals.board(HOST, SAHIL.id)
    assert [each.reservation_id for each in board] == [unseen, coming]
    clock.pass_minutes(33)
    board = await runtime.arrivals.board(HOST, SAHIL.id)
    assert [each.reservation_id for each in board] == [coming]


@pytest.mark.parametrize("decision", ["reject", "cancel"])
async def test_a_party_whose_way_was_turned_down_or_called_off_does_not_escape_the_board(
    runtime: Runtime, clock: SetClock, decision: Decision
) -> None:
    await a_guest_on_the_way(runtime, decision=decision)
    clock.pass_minutes(30 + 45)
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert (seen.late_minutes, seen.minutes, seen.punctuality) == (45, None, "late")
    assert [each.id for each in (await runtime.live.of_restaurant(HOST, SAHIL.id)).current] == [
        seen.reservation_id
    ]


async def test_what_becomes_of_the_table_of_a_silent_party_is_shown_and_told_once(
    runtime: Runtime, clock: SetClock
) -> None:
    await book(runtime, GUEST, start=at("12:30", day=TODAY), table_id="t1")
    await book(runtime, OTHER_GUEST, start=at("14:00", day=TODAY), table_id="t1")
    clock.pass_minutes(40)
    assert (await runtime.arrival_watch.look()).counts == {}
    clock.pass_minutes(1)
    assert (await runtime.arrival_watch.look()).counts == {"missed": 1}
    told, *_ = await all_data(runtime)
    assert (told["late_minutes"], told["table"]) == (11, "at_risk")
    assert told["options"][0] == {"kind": "shorten_sitting", "minutes": 79}
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert seen.table is not None
    assert not seen.table.kept
    for _ in range(3):
        clock.pass_minutes(5)
        assert (await runtime.arrival_watch.look()).counts == {}


async def test_a_silent_party_is_told_of_after_a_restart_by_one_of_several_servers(
    runtime: Runtime, clock: SetClock
) -> None:
    await book(runtime, GUEST, start=at("12:30", day=TODAY))
    clock.pass_minutes(75)
    async with open_runtime(runtime.settings, clock=clock) as other:
        looks = await asyncio.gather(*(each.arrival_watch.look() for each in (runtime, other) * 2))
    assert sum(look.counts.get("missed", 0) for look in looks) == 1
    async with open_runtime(runtime.settings, clock=clock) as again:
        assert (await again.arrival_watch.look()).counts == {}


async def test_a_party_that_sits_is_at_the_door_or_is_not_coming_is_not_missed(
    runtime: Runtime, clock: SetClock
) -> None:
    seated, cancelled, arrived = [
        (await book(runtime, GUEST, start=at("12:30", day=TODAY))).id for _ in range(3)
    ]
    clock.pass_minutes(31)
    await runtime.booking.act(HOST, seated, "seat")
    await runtime.booking.act(HOST, cancelled, "cancel")
    await runtime.arrivals.arrive(HOST, arrived)
    clock.pass_minutes(44)
    assert "missed" not in (await runtime.arrival_watch.look()).counts
    (seen,) = await runtime.arrivals.board(HOST, SAHIL.id)
    assert (seen.reservation_id, seen.status) == (arrived, "arrived")
    clock.pass_minutes(24 * 60)
    await runtime.arrival_watch.look()
    assert (await runtime.arrival_watch.look()).trips == 0
    assert await runtime.arrivals.board(HOST, SAHIL.id) == []


async def test_a_silent_party_moved_to_a_later_time_is_missed_at_that_time(
    runtime: Runtime, clock: SetClock
) -> None:
    id_ = (await book(runtime, GUEST, start=at("12:30", day=TODAY))).id
    clock.pass_minutes(45)
    assert (await runtime.arrival_watch.look()).counts == {"missed": 1}
    await runtime.booking.change(HOST, id_, BookingChange(start=at("14:00", day=TODAY)))
    assert (await events(runtime))[-1] == "cleared"
    assert await runtime.arrivals.board(HOST, SAHIL.id) == []
    clock.pass_minutes(30 + 60)
    assert (await runtime.arrival_watch.look()).counts == {"missed": 1}


async def test_silent_parties_are_found_by_indexes(runtime: Runtime) -> None:
    """Of a restaurant, or of all of them, only the sittings in question are looked at."""
    of_one, of_all = await runtime.database.read(
        lambda tx: [
            [row[3] for row in tx.all(f"explain query plan {statement}", values)]
            for statement, values in (
                (trips._EXPECTED, ("x", "x", 0, 0, 0)),
                (trips._MISSED, (0, 0, 0)),
            )
        ]
    )
    assert not [step for step in of_one if "SCAN" in step]
    assert any("(restaurant_id=? AND starts_at>" in step for step in of_one), of_one
    assert any("(restaurant_id=? AND due_at>" in step for step in of_one), of_one
    assert "(status=? AND starts_at>" in of_all[0], of_all


async def test_trips_that_are_over_are_not_looked_at(runtime: Runtime, clock: SetClock) -> None:
    """The watch's question is answered from an index of the trips that are open."""
    for decision in ("reject", "cancel"):
        await a_guest_on_the_way(runtime, decision=decision)  # type: ignore[arg-type]
    clock.pass_minutes(600)
    assert (await runtime.arrival_watch.look()).trips == 0
    plan = await runtime.database.read(
        lambda tx: tx.all(f"explain query plan {trips._DUE}", (0, 1))
    )
    assert "SEARCH" in plan[0][3], plan
    assert "due_at" in plan[0][3], plan
