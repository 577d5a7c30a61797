"""Whatever the program has learnt of a person, it hands over on demand and forgets on demand."""

from __future__ import annotations

import datetime as dt
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from bakureserve.domain.arrivals.trip import Wish
from bakureserve.domain.places.geo import Coordinates
from bakureserve.domain.reservations.reservation import BookingRequest, Reservation
from bakureserve.notify.webhook import Webhooks
from bakureserve.runtime import Runtime
from bakureserve.server.deliveries import courier_of
from bakureserve.services.accounts.proofs import mark_verified
from bakureserve.services.reservations.idempotency import IdempotentCall
from bakureserve.services.reservations.preorder import PreorderRequest
from bakureserve.settings import Settings
from tests.kit.booking import a_request
from tests.kit.builders import utc
from tests.kit.houses import SAHIL, SetClock
from tests.kit.people import OPERATOR, PASSWORD, Person, person, sign_up

TRACES = {
    "name": "Zərifə",
    "address": "zerife",
    "telephone": "505550101",
    "name booked under": "Qonaq Xanım",
    "telephone booked under": "505550202",
    "pre-ordered dish": "Düşbərə",
    "note to the kitchen": "fıstıq allergiyası",
    "device": "Telefon 7",
    "latitude": "40.371",
}
"""Words that stand nowhere else."""


def a_wish(hour: int, **fields: object) -> BookingRequest:
    names = {"guest_name": TRACES["name booked under"], "guest_phone": "+994505550202"}
    return a_request(start=utc(f"2027-03-01 {hour}:00"), **(names | fields))


@pytest.fixture
def house_settings(house_settings: Settings) -> Settings:
    """With a mail server, which is never asked."""
    return replace(house_settings, smtp_host="mail.example.az")


@pytest.fixture
async def zarifa(runtime: Runtime, clock: SetClock) -> Person:
    """Has booked, pre-ordered, set out, been told of it, and removed another booking."""
    entered = await runtime.accounts.sign_up(
        name=TRACES["name"],
        email="zerife@example.az",
        phone="050 555 01 01",
        password=PASSWORD,
        device=TRACES["device"],
    )
    zarifa = person(entered)
    await runtime.database.write(lambda tx: mark_verified(tx, zarifa.user, clock()))
    once = IdempotentCall[Reservation](
        subject=zarifa.user.id,
        key="k1",
        fingerprint=b"1" * 32,
        status=201,
        encode=msgspec.json.encode,
    )
    booked = await runtime.booking.create(zarifa.actor, a_wish(15), once)
    assert isinstance(booked, Reservation)
    order = PreorderRequest(minutes_away=20, scope="full", items=(TRACES["pre-ordered dish"],))
    await runtime.preorder.confirm(zarifa.actor, booked.id, order)
    removed = await runtime.booking.create(zarifa.actor, a_wish(17))
    assert isinstance(removed, Reservation)
    await runtime.outbox.plan()
    await runtime.booking.remove(zarifa.actor, removed.id)
    clock.pass_minutes(6 * 60)
    wish = Wish(
        lead_minutes=30,
        prep_scope="full",
        share_location=True,
        eta_source="location",
        auto_charge=False,
        notes=TRACES["note to the kitchen"],
    )
    await runtime.arrivals.request(zarifa.actor, booked.id, wish)
    await runtime.arrivals.locate(zarifa.actor, booked.id, Coordinates(40.371, 49.832))
    await runtime.outbox.plan()
    return zarifa


def traces_in(text: str) -> set[str]:
    return {what for what, words in TRACES.items() if words in text}


def everything_stored(runtime: Runtime) -> str:
    """Every row of every table, with what is kept in bytes as the text that it may be."""
    with closing(sqlite3.connect(runtime.settings.database_path)) as connection:
        connection.execute("pragma wal_checkpoint")
        tables = connection.execute("select name from sqlite_master where type = 'table'")
        rows = [row for (name,) in tables.fetchall() for row in _rows(connection, name)]
    return "\n".join(_text(value) for row in rows for value in row)


def _rows(connection: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    return connection.execute(f'select * from "{table}"').fetchall()


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


async def test_all_that_is_stored_is_handed_over(runtime: Runtime, zarifa: Person) -> None:
    data = await runtime.accounts.export(zarifa.actor)
    assert traces_in(everything_stored(runtime)) == TRACES.keys()
    assert traces_in(msgspec.json.encode(data).decode()) == TRACES.keys()
    assert len(data.trips) == 1
    assert {notice.recipient for notice in data.notices} == {"zerife@example.az"}


def log_of(runtime: Runtime) -> Path:
    """The write-ahead log, where erased rows lie until it is cut."""
    return Path(f"{runtime.settings.database_path}-wal")


async def test_neither_log_nor_table_holds_a_trace_of_who_was_erased(
    runtime: Runtime, zarifa: Person
) -> None:
    assert log_of(runtime).stat().st_size > 0
    await runtime.accounts.erase(zarifa.actor)
    assert log_of(runtime).stat().st_size == 0
    await runtime.outbox.plan()
    assert traces_in(everything_stored(runtime)) == set()


async def test_a_log_with_a_reader_is_cut_later(runtime: Runtime, zarifa: Person) -> None:
    with closing(sqlite3.connect(runtime.settings.database_path)) as reader:
        reader.execute("begin")
        reader.execute("select count(*) from reservation").fetchone()
        await runtime.accounts.erase(zarifa.actor)
        assert log_of(runtime).stat().st_size > 0
    await runtime.housekeeping.sweep()
    assert log_of(runtime).stat().st_size == 0


async def test_letters_in_files_go_with_whom_they_are_about(
    runtime: Runtime, zarifa: Person
) -> None:
    webhooks = Webhooks(master="", private_addresses=False, timeout=1, clock=runtime.clock)
    without = replace(runtime, settings=replace(runtime.settings, smtp_host=""))
    courier = courier_of(without, webhooks)
    _, waiting = await runtime.outbox.claim()
    assert waiting
    for delivery in waiting:
        await courier.deliver(delivery)
    await courier.close()
    for file in runtime.settings.data_dir.glob("outbox/*.eml"):
        file.rename(file.with_stem(f"{file.stem}-of-a-delivery-that-is-forgotten"))
    await runtime.files.put("of-another.eml", b"Reservation: 1")
    await runtime.users.erase(OPERATOR, zarifa.user.id)
    assert [file.name for file in runtime.settings.data_dir.glob("outbox/*")] == ["of-another.eml"]


async def test_who_signs_up_with_a_restaurant_s_address_erases_none_of_its_mail(
    runtime: Runtime, zarifa: Person
) -> None:
    house = msgspec.structs.replace(SAHIL, notify_email="sahil@example.az")
    await runtime.catalogue.add_or_replace(OPERATOR, [house])
    booked = await runtime.booking.create(zarifa.actor, a_wish(17))
    assert isinstance(booked, Reservation)
    await runtime.outbox.plan()
    stranger = await sign_up(runtime.accounts, "Yad", email="sahil@example.az")
    before = await runtime.outbox.list(OPERATOR)
    await runtime.accounts.erase(person(stranger).actor)
    assert "sahil@example.az" in {each.recipient for each in before}
    assert await runtime.outbox.list(OPERATOR) == before


@pytest.mark.parametrize(("minutes_to_start", "late"), [(1, False), (-1, True)])
async def test_a_booking_that_goes_with_its_account_is_cancelled_late_like_any_other(
    runtime: Runtime, zarifa: Person, clock: SetClock, minutes_to_start: int, late: bool
) -> None:
    booked = await runtime.booking.create(zarifa.actor, a_wish(17))
    assert isinstance(booked, Reservation)
    clock.now = booked.start - dt.timedelta(minutes=minutes_to_start)
    await runtime.users.erase(OPERATOR, zarifa.user.id)
    left = await runtime.booking.get(OPERATOR, booked.id)
    assert (left.status, left.cancelled_late) == ("cancelled", late)
