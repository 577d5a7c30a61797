from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bakureserve.domain.errors import Conflict, Invalid, NotFound
from bakureserve.domain.reservations.lifecycle import Action
from bakureserve.domain.reservations.reservation import BookingChange, BookingRequest, Reservation
from bakureserve.domain.restaurants.restaurant import OpeningHours, Period, Restaurant, SpecialDay
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.reservations.availability import (
    Availability,
    DayAvailability,
    OfferedSitting,
)
from bakureserve.services.restaurants.directory import Directory
from bakureserve.settings import Settings
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.booking import DAY, at, book, change_sahil, free_at
from tests.kit.builders import a_restaurant, some_hours, some_tables
from tests.kit.cast import GUEST, HOST, OTHER_GUEST
from tests.kit.examples import examples
from tests.kit.houses import CAY_EVI, SAHIL, SetClock, by_another_hand, by_another_process
from tests.kit.strategies import PARTIES, days
from tests.kit.strategies import restaurants as any_restaurants

TODAY = dt.date(2027, 3, 1)
Change = Callable[[Runtime, Reservation], Awaitable[object]]


async def fresh(
    runtime: Runtime, restaurant: str, date: dt.date, party: int
) -> tuple[OfferedSitting, ...]:
    """What a service that remembers nothing answers."""
    overstay = dt.timedelta(minutes=runtime.settings.overstay_minutes)
    clean = Availability(
        runtime.database, Directory(runtime.database), runtime.clock, overstay=overstay
    )
    return (await clean.on(restaurant, date, party)).sittings


class Watcher:
    """Looks at many days after every change, and knows every answer by its tag."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        self.by_tag: dict[str, tuple[OfferedSitting, ...]] = {}

    async def look(self) -> None:
        for restaurant in (SAHIL.id, CAY_EVI.slug):
            for date in (TODAY, DAY, TODAY + dt.timedelta(days=60), TODAY + dt.timedelta(days=61)):
                for party in (0, 2, 5, 7):
                    await self._look_at(restaurant, date, party)

    async def _look_at(self, restaurant: str, date: dt.date, party: int) -> None:
        answer = await self.runtime.availability.on(restaurant, date, party)
        assert answer.sittings == await fresh(self.runtime, restaurant, date, party)
        assert self.by_tag.setdefault(answer.tag, answer.sittings) == answer.sittings


def elsewhere(change: Callable[[Transaction], object]) -> Change:
    """The change made as the CLI, or another server, would make it."""

    async def work(runtime: Runtime, _booked: Reservation) -> object:
        return await by_another_process(runtime.database.path, change)

    return work


def altered(**fields: Any) -> Change:
    """Sahil Bağı changed by an operator."""
    house = msgspec.structs.replace(SAHIL, **fields)
    return elsewhere(lambda tx: restaurants.replace(tx, house, now=dt.datetime.now(dt.UTC)))


def _closed_tomorrow() -> Change:
    special = (SpecialDay(date=DAY, note="a wedding"),)
    return altered(hours=msgspec.structs.replace(SAHIL.hours, special_days=special))


def _by_another_runtime(work: Change) -> Change:
    async def change(runtime: Runtime, booked: Reservation) -> object:
        async with open_runtime(runtime.settings, clock=runtime.clock) as other:
            return await work(other, booked)

    return change


async def in_its_time(runtime: Runtime, booked: Reservation, action: Action) -> object:
    """What the host does when the party's time has come."""
    assert isinstance(runtime.clock, SetClock)
    runtime.clock.now = booked.start
    return await runtime.booking.act(HOST, booked.id, action)


CHANGES: dict[str, Change] = {
    "a booking": lambda run, _: book(run, OTHER_GUEST, start=at("12:00")),
    "a booking of another day": lambda run, _: book(
        run, OTHER_GUEST, start=at("19:00", day=dt.date(2027, 4, 1))
    ),
    "a booking elsewhere": lambda run, _: book(run, OTHER_GUEST, restaurant_id=CAY_EVI.id),
    "a later time": lambda run, booked: run.booking.change(
        GUEST, booked.id, BookingChange(start=at("21:00"))
    ),
    "another table": lambda run, booked: run.booking.change(
        GUEST, booked.id, BookingChange(table_id="t3")
    ),
    "a larger party": lambda run, booked: run.booking.change(
        GUEST, booked.id, BookingChange(party_size=5)
    ),
    "another name": lambda run, booked: run.booking.change(
        GUEST, booked.id, BookingChange(guest_name="Nigar")
    ),
    "a cancellation": lambda run, booked: run.booking.act(GUEST, booked.id, "cancel"),
    "a no-show": lambda run, booked: in_its_time(run, booked, "no_show"),
    "a seating": lambda run, booked: in_its_time(run, booked, "seat"),
    "a removal": lambda run, booked: run.booking.remove(HOST, booked.id),
    "other tables": altered(
        areas=(msgspec.structs.replace(SAHIL.areas[0], tables=some_tables(2, 4, 6, 6)),)
    ),
    "another turn time": altered(policy=msgspec.structs.replace(SAHIL.policy, slot_minutes=45)),
    "a closed day": _closed_tomorrow(),
    "another zone": altered(timezone="Europe/London"),
    "another name of the house": altered(name="Köhnə Sahil"),
    "a restaurant gone": elsewhere(
        lambda tx: tx.execute("delete from opening_period where restaurant_id = ?", (CAY_EVI.id,))
    ),
}


@pytest.mark.parametrize("alone", [True, False], ids=["in this process", "by another"])
@pytest.mark.parametrize("name", CHANGES)
async def test_what_is_remembered_is_exact_after(runtime: Runtime, name: str, alone: bool) -> None:
    work = CHANGES[name] if alone else _by_another_runtime(CHANGES[name])
    watcher = Watcher(runtime)
    await watcher.look()
    booked = await book(runtime, GUEST)
    await watcher.look()
    await work(runtime, booked)
    await watcher.look()


async def test_what_is_remembered_is_exact_as_time_passes(
    runtime: Runtime, clock: SetClock
) -> None:
    watcher = Watcher(runtime)
    for minutes in (0, 1, 29, 1 / 60_000_000, 60, 9 * 60, 60, 24 * 60, 59 * 24 * 60):
        clock.pass_minutes(minutes)
        await watcher.look()


async def test_an_answer_changes_at_the_very_moment_it_says(
    runtime: Runtime, clock: SetClock
) -> None:
    async def ask() -> DayAvailability:
        return await runtime.availability.on(SAHIL.id, TODAY, 2)

    for _ in range(30):
        now = await ask()
        if now.good_until is None:
            break
        clock.now = now.good_until - dt.timedelta(microseconds=1)
        assert (await ask()).sittings == now.sittings
        clock.now = now.good_until
        assert (await ask()).sittings == now.sittings[1:]
    assert (await ask()).sittings == ()


async def test_a_sitting_lists_the_free_tables_smallest_first_and_stays_when_they_are_gone(
    runtime: Runtime,
) -> None:
    counts = []
    for _ in range(3):
        day = await runtime.availability.on(SAHIL.id, DAY, 2)
        counts.append(free_at(day, "19:00"))
        await book(runtime, GUEST)
    day = await runtime.availability.on(SAHIL.id, DAY, 2)
    assert counts == [["t1", "t2", "t3"], ["t2", "t3"], ["t3"]]
    assert free_at(day, "19:00") == []
    assert len(day.sittings) == 24  # 10:00 to 21:30, every half an hour
    assert free_at(day, "17:30") == ["t1", "t2", "t3"]


async def test_a_party_right_after_midnight_is_in_the_way_of_the_evenings_last(
    runtime: Runtime,
) -> None:
    await change_sahil(
        runtime,
        hours=some_hours("00:00-24:00"),
        areas=a_restaurant(tables=some_tables(2)).areas,
        slot_minutes=60,
        buffer_minutes=30,
    )
    day_after = DAY + dt.timedelta(days=1)
    await book(runtime, HOST, start=at("00:30", day=day_after))
    day = await runtime.availability.on(SAHIL.id, DAY, 2)
    assert free_at(day, "22:00") == ["t1"]  # until 23:30, and laid anew by 24:00
    assert free_at(day, "23:00") == []  # until 00:30, and laid anew by 01:00


async def test_what_there_is_not_is_refused_and_a_party_not_taken_is_offered_nothing(
    runtime: Runtime,
) -> None:
    with pytest.raises(NotFound):
        await runtime.availability.on("nowhere", DAY, 2)
    with pytest.raises(Invalid):
        await runtime.availability.on(SAHIL.id, dt.date.max, 2)
    for party in (0, 7):
        assert (await runtime.availability.on(SAHIL.id, DAY, party)).sittings == ()


@settings(max_examples=examples(30))
@given(
    house=any_restaurants(), day=days(), ahead=st.integers(-180, 5 * 24 * 60), party=PARTIES,
    chance=st.randoms(use_true_random=False),
)  # fmt: skip
def test_every_offered_sitting_can_be_booked_and_nothing_else(
    furnished: Path, house: Restaurant, day: dt.date, ahead: int, party: int, chance: Any
) -> None:
    clock = SetClock(
        dt.datetime.combine(day, dt.time(12), house.zone).astimezone(dt.UTC)
        - dt.timedelta(minutes=ahead)
    )
    house = msgspec.structs.replace(house, id="any", slug="any", hours=_storable(house.hours))
    with tempfile.TemporaryDirectory() as folder:
        kept = Settings(data_dir=Path(folder), seed=False, bookings_per_guest=0)
        shutil.copy(furnished, kept.database_path)
        by_another_hand(
            kept.database_path,
            lambda tx: restaurants.insert(tx, house, source="operator", now=clock()),
        )
        asyncio.run(_book_what_is_offered(kept, clock, day, party, chance))


def _storable(hours: OpeningHours) -> OpeningHours:
    """The hours with each opening of a day once, as every document has them."""

    def once(periods: tuple[Period, ...]) -> tuple[Period, ...]:
        return tuple({period.opens: period for period in periods}.values())

    return OpeningHours(
        weekly=tuple(once(day) for day in hours.weekly),
        special_days=tuple(
            msgspec.structs.replace(day, periods=once(day.periods)) for day in hours.special_days
        ),
    )


async def _book_what_is_offered(
    kept: Settings, clock: SetClock, day: dt.date, party: int, chance: Any
) -> None:
    async with open_runtime(kept, clock=clock) as runtime:

        async def offered() -> dict[dt.datetime, OfferedSitting]:
            found = (await runtime.availability.on("any", day, party)).sittings
            assert found == await fresh(runtime, "any", day, party)
            return {each.sitting.start: each for each in found}

        async def ask(start: dt.datetime, **fields: Any) -> object:
            request = BookingRequest(
                restaurant_id="any", party_size=party, start=start, guest_name="Aysel", **fields
            )
            return await runtime.booking.create(GUEST, request)

        for start, before in list((await offered()).items()):
            now = await offered()
            if not now[start].tables:
                with pytest.raises(Conflict):
                    await ask(start)
                continue
            table = chance.choice(now[start].tables)
            booked = await ask(start, end=before.sitting.end, table_id=table.id)
            assert isinstance(booked, Reservation)
            assert (booked.end, booked.table_id) == (before.sitting.end, table.id)
            assert table not in (await offered())[start].tables
            with pytest.raises(Conflict):
                await ask(start, table_id=table.id)
        await _ask_for_what_is_not_offered(runtime, day, set(await offered()), ask, chance)


async def _ask_for_what_is_not_offered(
    runtime: Runtime, day: dt.date, offered: set[dt.datetime], ask: Any, chance: Any
) -> None:
    zone = (await runtime.directory.restaurant("any")).zone
    midnight = dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)
    for _ in range(20):
        start = midnight + dt.timedelta(minutes=5 * chance.randint(0, 288))
        if start in offered:
            continue
        try:
            booked = await ask(start)
        except (Invalid, Conflict):
            continue
        # It belongs to the service of the day before, which offers it.
        assert booked.service_date != day
        before = await runtime.availability.on("any", booked.service_date, booked.party_size)
        assert start in {each.sitting.start for each in before.sittings}
