"""Deliveries made from events: none lost, none made twice, each tried until it need not be."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Forbidden, NotFound, Unavailable
from bakureserve.domain.notifications import (
    TARGETS,
    WEBHOOK_SWITCHED_OFF,
    Backlog,
    Delivery,
    Failure,
    expiry_of,
)
from bakureserve.domain.reservations.reservation import BookingChange, Reservation
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.notify.journal import JournalLine, NoticeJournal
from bakureserve.runtime import Runtime, outbox_policy
from bakureserve.services.notifications import outbox
from bakureserve.services.notifications.outbox import (
    ATTEMPTS_AT_ONCE,
    CALLS_AT_ONCE,
    Outbox,
    OutboxPolicy,
)
from bakureserve.settings import Settings
from bakureserve.store import events, notifications
from bakureserve.store.audit import AuditFilter
from bakureserve.store.codec import dumps
from bakureserve.store.maintenance.repair import repair
from bakureserve.store.transaction import Transaction
from tests.kit.booking import book
from tests.kit.builders import utc
from tests.kit.cast import ADMIN, HOST
from tests.kit.deliveries import connect
from tests.kit.houses import CAY_EVI, SAHIL, SetClock
from tests.kit.on_the_way import a_guest_on_the_way
from tests.kit.people import Person, a_person

PASSING = Failure("http_503")
FOR_GOOD = Failure("http_410", permanent=True)


@pytest.fixture
async def aysel(runtime: Runtime) -> Person:
    return await a_person(runtime, "Aysel")


def a_policy(**fields: Any) -> OutboxPolicy:
    """As the settings have it with a mail server; say what matters."""
    return replace(outbox_policy(Settings(smtp_host="mail.example.az")), **fields)


@pytest.fixture(autouse=True)
async def _connected(runtime: Runtime) -> None:
    await connect(runtime, SAHIL, CAY_EVI)
    await runtime.outbox.plan()


@pytest.fixture
def box(runtime: Runtime, clock: SetClock) -> Outbox:
    """The outbox with pauses that are always as long as they say."""
    policy = a_policy(attempts=3)
    return Outbox(runtime.database, runtime.directory, clock, policy, chance=lambda: 0.5)


async def a_booking(
    runtime: Runtime, actor: Actor, day: int = 2, house: Restaurant = SAHIL, language: str = ""
) -> Reservation:
    start = utc(f"2027-03-{day:02} 15:00")
    return await book(runtime, actor, restaurant_id=house.id, start=start, language=language)


async def deliveries(box: Outbox, admin: Actor) -> list[Delivery]:
    return list(reversed(await box.list(admin)))


async def one_due(box: Outbox) -> tuple[str, Delivery]:
    token, (taken, *_) = await box.claim()
    return token, taken


def test_what_was_agreed_on_is_worth_telling_until_the_visit_is_over() -> None:
    now = dt.datetime(2027, 3, 1, tzinfo=dt.UTC)
    assert all(expiry_of(kind, now, now) > now for kind in TARGETS)
    visit_end = now + dt.timedelta(days=30)
    assert expiry_of("reservation.booked", now, visit_end) == visit_end
    assert expiry_of("arrival.fire", now, visit_end) == now + dt.timedelta(hours=1)


async def test_a_booking_is_told_to_its_guest_and_its_restaurant(
    runtime: Runtime, box: Outbox, aysel: Person
) -> None:
    unseen = await a_booking(runtime, aysel.actor, 3)
    await runtime.booking.remove(aysel.actor, unseen.id)
    booked = await a_booking(runtime, aysel.actor)
    assert await box.plan() == 2
    made = await deliveries(box, ADMIN)
    assert {(each.party, each.channel, each.recipient) for each in made} == {
        ("guest", "email", aysel.actor.email),
        ("restaurant", "webhook", SAHIL.id),
    }
    assert {each.reservation_id for each in made} == {booked.id}
    assert made[0].notice.sequence == booked.version
    assert made[0].notice.restaurant_name == SAHIL.name
    table = SAHIL.tables_by_id[booked.table_id or ""].name
    assert {each.notice.table_name for each in made} == {table}


@pytest.mark.parametrize(
    ("booked_in", "signed_up_in", "written_in"),
    [("ru", "az", "ru"), ("", "az", "az"), ("ru", "", "ru"), ("", "", "")],
)
async def test_a_guest_is_written_to_in_the_language_they_booked_or_signed_up_in(
    runtime: Runtime,
    box: Outbox,
    aysel: Person,
    booked_in: str,
    signed_up_in: str,
    written_in: str,
) -> None:
    facts = dumps({"language": signed_up_in} if signed_up_in else {})
    await runtime.database.write(
        lambda tx: tx.execute("update user_account set extra = ?", (facts,))
    )
    await a_booking(runtime, aysel.actor, language=booked_in)
    await box.plan()
    told = {each.party: each.notice.language for each in await deliveries(box, ADMIN)}
    assert told == {"guest": written_in, "restaurant": ""}


async def test_people_get_no_letter_about_a_visit_that_is_over(
    runtime: Runtime, clock: SetClock, box: Outbox, aysel: Person
) -> None:
    booked = await a_booking(runtime, aysel.actor)
    await box.plan()
    clock.now = booked.end
    await runtime.booking.change(HOST, booked.id, BookingChange(guest_name="Nigar"))
    await box.plan()
    await runtime.booking.remove(HOST, booked.id)
    await box.plan()
    told = [(each.kind, each.channel) for each in await deliveries(box, ADMIN)]
    assert sorted(told) == [
        ("reservation.booked", "email"),
        ("reservation.booked", "webhook"),
        ("reservation.changed", "webhook"),
        ("reservation.removed", "webhook"),
    ]


async def test_no_delivery_is_made_twice_whatever_becomes_of_the_cursor(
    runtime: Runtime, box: Outbox, aysel: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_booking(runtime, aysel.actor)

    def fail(_transaction: Transaction, _event_id: int) -> None:
        raise OSError

    with monkeypatch.context() as broken:
        broken.setattr(notifications, "move_on", fail)
        with pytest.raises(OSError):
            await box.plan()
    assert await box.plan() == 2
    assert await box.plan() == 0
    await runtime.database.write(lambda tx: notifications.move_on(tx, 0))
    assert await box.plan() == 0


async def test_people_get_one_letter_about_changes_that_came_together(
    runtime: Runtime, box: Outbox, aysel: Person
) -> None:
    booked = await a_booking(runtime, aysel.actor)
    await runtime.booking.change(aysel.actor, booked.id, BookingChange(party_size=4))
    await runtime.booking.act(aysel.actor, booked.id, "cancel")
    await box.plan()
    made = await deliveries(box, ADMIN)
    assert [each.kind for each in made if each.channel == "email"] == ["reservation.cancelled"]
    assert [each.kind for each in made if each.channel == "webhook"] == [
        "reservation.booked",
        "reservation.changed",
        "reservation.cancelled",
    ]


async def test_a_removed_reservation_is_taken_back_from_who_was_told_of_it(
    runtime: Runtime, box: Outbox, aysel: Person
) -> None:
    booked = await a_booking(runtime, aysel.actor)
    await box.plan()
    await runtime.booking.remove(aysel.actor, booked.id)
    await box.plan()
    told = [each for each in await deliveries(box, ADMIN) if each.channel == "email"]
    assert [(each.kind, each.recipient) for each in told] == [
        ("reservation.booked", aysel.actor.email),
        ("reservation.removed", aysel.actor.email),
    ]
    assert told[1].notice.sequence > told[0].notice.sequence
    assert told[1].notice.status == "cancelled"


async def test_who_asks_to_be_forgotten_is_forgotten_in_the_outbox_as_well(
    runtime: Runtime, box: Outbox, aysel: Person
) -> None:
    removed = await a_booking(runtime, aysel.actor, 3)
    kept = await a_booking(runtime, aysel.actor)
    await box.plan()
    await runtime.booking.remove(aysel.actor, removed.id)
    await box.plan()
    await runtime.accounts.erase(aysel.actor)
    await box.plan()
    (left,) = await deliveries(box, ADMIN)
    assert (left.party, left.kind) == ("restaurant", "reservation.cancelled")
    assert left.reservation_id == kept.id
    assert left.notice.guest_name == left.notice.guest_phone == ""


async def test_no_delivery_is_made_when_notices_are_off_nor_later_when_they_are_on(
    runtime: Runtime, box: Outbox, clock: SetClock, aysel: Person
) -> None:
    off = Outbox(runtime.database, runtime.directory, clock, a_policy(enabled=False))
    await a_booking(runtime, aysel.actor)
    assert await off.plan() == 0
    assert await box.plan() == 0


async def test_events_are_kept_until_deliveries_were_made_from_them(
    runtime: Runtime, box: Outbox, clock: SetClock, aysel: Person
) -> None:
    for day in (2, 3):
        await a_booking(runtime, aysel.actor, day)
    clock.now += dt.timedelta(hours=runtime.settings.event_keep_hours + 1)
    await runtime.housekeeping.sweep()
    assert await box.plan() == 4
    await runtime.housekeeping.sweep()
    newest = await runtime.database.read(events.newest)
    assert await runtime.database.read(events.oldest) == newest


class TestTheJournal:
    """With no mail server and no webhook there is a line for each event, and no delivery."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "outbox"

    @pytest.fixture
    def quiet(self, runtime: Runtime, clock: SetClock, folder: Path) -> Outbox:
        journal = NoticeJournal(folder, keep=9)
        policy = a_policy(mail=False)
        return Outbox(runtime.database, runtime.directory, clock, policy, journal=journal)

    @pytest.fixture(autouse=True)
    async def _without_addresses(self, runtime: Runtime) -> None:
        await runtime.catalogue.add_or_replace(ADMIN, [SAHIL, CAY_EVI])

    def written(self, folder: Path) -> list[tuple[str, str]]:
        """The kind and the reservation of each line."""
        found = [
            msgspec.json.decode(line, type=JournalLine)
            for file in sorted(folder.glob("*"))
            for line in file.read_bytes().splitlines()
        ]
        return [(each.type, each.reservation_id) for each in found]

    async def test_however_many_events_there_are_each_has_a_line(
        self,
        runtime: Runtime,
        quiet: Outbox,
        folder: Path,
        aysel: Person,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(outbox, "EVENTS_AT_ONCE", 4)
        monkeypatch.setattr(outbox, "EVENTS_READ", 2)
        booked = [(await a_booking(runtime, aysel.actor, day)).id for day in range(2, 12)]
        assert await quiet.plan() == 0
        assert self.written(folder) == [("reservation.booked", each) for each in booked]
        assert (await quiet.backlog()).unread == 0
        assert await quiet.list(ADMIN) == []

    async def test_what_cannot_be_written_is_written_later(
        self, runtime: Runtime, quiet: Outbox, folder: Path, aysel: Person
    ) -> None:
        folder.write_text("no folder")
        booked = await a_booking(runtime, aysel.actor)
        with pytest.raises(Unavailable, match="letter_files"):
            await quiet.plan()
        folder.unlink()
        await quiet.plan()
        assert self.written(folder) == [("reservation.booked", booked.id)]

    async def test_what_was_written_before_a_crash_is_not_written_again(
        self,
        runtime: Runtime,
        quiet: Outbox,
        folder: Path,
        aysel: Person,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def fail(_transaction: Transaction, _event_id: int) -> None:
            raise OSError

        first = await a_booking(runtime, aysel.actor)
        with monkeypatch.context() as broken:
            broken.setattr(notifications, "move_on", fail)
            with pytest.raises(OSError):
                await quiet.plan()
        second = await a_booking(runtime, aysel.actor, 3)
        await asyncio.gather(quiet.plan(), quiet.plan())
        assert self.written(folder) == [
            ("reservation.booked", first.id),
            ("reservation.booked", second.id),
        ]


class TestPacing:
    """So many letters go to one address in an hour; what is beyond waits for its turn."""

    async def sent(self, slow: Outbox) -> list[Delivery]:
        """What goes out by now."""
        gone: list[Delivery] = []
        while True:
            token, taken = await slow.claim()
            if not token:
                return gone
            for delivery in taken:
                await slow.settle(delivery, token, None)
            gone += taken

    async def test_many_changes_in_an_hour_become_a_few_letters_to_each_and_all_go_to_the_webhook(
        self, runtime: Runtime, aysel: Person, clock: SetClock
    ) -> None:
        box = Outbox(runtime.database, runtime.directory, clock, a_policy(letters_per_hour=3))
        house = msgspec.structs.replace(
            SAHIL, notify_email="sahil@example.az", webhook_url="https://sahil.example/hook"
        )
        await runtime.catalogue.add_or_replace(ADMIN, [house])
        booked = await a_booking(runtime, aysel.actor)
        for number in range(20):
            change = BookingChange(guest_name=f"Aysel {number}")
            await runtime.booking.change(aysel.actor, booked.id, change)
            await box.plan()
        gone = Counter(each.recipient for each in await self.sent(box))
        assert gone == {aysel.user.email: 3, "sahil@example.az": 3, SAHIL.id: 21}
        clock.pass_minutes(59)
        assert await self.sent(box) == []
        clock.pass_minutes(1)
        last = await self.sent(box)
        assert {each.booking_notice.guest_name for each in last} == {"Aysel 19"}
        assert len(last) == 2

    async def test_bookings_wait_in_turn_and_each_is_told(
        self, runtime: Runtime, aysel: Person, clock: SetClock
    ) -> None:
        await runtime.catalogue.add_or_replace(ADMIN, [SAHIL])  # which takes no webhooks
        policy = a_policy(letters_per_hour=3)
        slow = Outbox(runtime.database, runtime.directory, clock, policy)
        for day in range(2, 9):
            await a_booking(runtime, aysel.actor, day=day)
        await slow.plan()
        told = []
        for _ in range(3):
            told.append({each.reservation_id for each in await self.sent(slow)})
            clock.pass_minutes(60)
        assert [len(each) for each in told] == [3, 3, 1]
        assert len(set.union(*told)) == 7


class TestAttempts:
    @pytest.fixture(autouse=True)
    async def _made(self, runtime: Runtime, box: Outbox) -> None:
        """One webhook: what staff book has no guest to write to."""
        await a_booking(runtime, HOST)
        assert await box.plan() == 1

    async def test_a_delivery_that_was_taken_and_sent_is_done(
        self, box: Outbox, clock: SetClock
    ) -> None:
        claims = await asyncio.gather(*(box.claim() for _ in range(5)))
        ((token, (taken,)),) = [claim for claim in claims if claim[1]]
        assert await box.settle(taken, token, None)
        clock.pass_minutes(600)
        assert (await box.claim())[1] == []
        assert await box.claim({"others": ATTEMPTS_AT_ONCE}) == ("", [])

    async def test_a_delivery_that_a_dead_process_took_is_tried_again_under_the_same_id(
        self, box: Outbox, clock: SetClock
    ) -> None:
        token, taken = await one_due(box)
        clock.pass_minutes(1)
        again, taken_over = await one_due(box)
        assert (taken_over.id, taken_over.attempts) == (taken.id, 2)
        assert not await box.settle(taken, token, None)
        assert await box.settle(taken_over, again, None)

    async def test_pauses_between_attempts_grow_or_are_as_long_as_was_asked_for(
        self, box: Outbox, clock: SetClock
    ) -> None:
        for failure, seconds in ((PASSING, 5), (Failure("http_429", retry_after=120), 120)):
            token, taken = await one_due(box)
            await box.settle(taken, token, failure)
            clock.pass_minutes((seconds - 1) / 60)
            assert (await box.claim())[1] == []
            clock.pass_minutes(1 / 60)
        assert len((await box.claim())[1]) == 1

    async def test_a_night_without_a_mail_server_uses_no_attempt_up(
        self, box: Outbox, clock: SetClock
    ) -> None:
        down, greeted = Failure("smtp_unreachable", nowhere=True), Failure("smtp_451")
        tried = 0
        morning = clock() + dt.timedelta(hours=12)
        while clock() < morning:
            token, taken = await one_due(box)
            assert await box.settle(taken, token, down)
            clock.pass_minutes(10)
            tried += 1
        assert tried == 72
        for attempt in (1, 2):
            token, taken = await one_due(box)
            assert taken.attempts == attempt
            await box.settle(taken, token, greeted)
            clock.pass_minutes(10)
        token, taken = await one_due(box)
        await box.settle(taken, token, None)
        assert taken.attempts == 3

    async def test_a_delivery_that_gets_nowhere_waits_as_long_again_as_it_has_waited(
        self, box: Outbox, clock: SetClock
    ) -> None:
        pauses = []
        for _ in range(11):
            token, taken = await one_due(box)
            await box.settle(taken, token, Failure("webhook_unreachable", nowhere=True))
            (waiting,) = await box.list(ADMIN)
            pauses.append((waiting.next_at - clock()).total_seconds())
            clock.now = waiting.next_at
        assert pauses == [5, 5, 10, 20, 40, 80, 160, 320, 600, 600, 600]

    @pytest.mark.parametrize(
        ("failure", "attempts"), [(FOR_GOOD, 1), (PASSING, 3)], ids=["for good", "too often"]
    )
    async def test_a_delivery_that_fails_is_given_up(
        self, box: Outbox, clock: SetClock, failure: Failure, attempts: int
    ) -> None:
        for _ in range(attempts):
            token, taken = await one_due(box)
            await box.settle(taken, token, failure)
            clock.pass_minutes(1)
        (dead,) = await box.list(ADMIN, ["dead"])
        assert (dead.attempts, dead.error) == (attempts, failure.code)

    async def test_what_is_not_worth_telling_any_more_is_not_attempted(
        self, runtime: Runtime, box: Outbox, clock: SetClock
    ) -> None:
        """A server that was away says no more what nobody can use, also of what it had not read."""
        await a_guest_on_the_way(runtime, decision=None)
        clock.pass_minutes(61)
        await box.plan()
        _, taken = await box.claim()
        assert {each.kind for each in taken} == {"reservation.booked"}
        (requested,) = await box.list(ADMIN, ["dead"])
        assert (requested.kind, requested.error) == ("arrival.requested", "expired")
        clock.now += dt.timedelta(days=2)
        assert (await box.claim())[1] == []
        dead = await box.list(ADMIN, ["dead"])
        assert [each.attempts for each in dead if each.id != requested.id] == [1, 1]
        assert await box.claim() == ("", [])
        await box.retry(ADMIN, [dead[0].id])
        assert len((await box.claim())[1]) == 1

    async def test_what_will_not_be_worth_telling_by_the_next_attempt_is_given_up(
        self, box: Outbox, clock: SetClock
    ) -> None:
        clock.now += dt.timedelta(days=2, seconds=-1)
        token, taken = await one_due(box)
        await box.settle(taken, token, PASSING)
        assert [each.status for each in await box.list(ADMIN)] == ["dead"]

    async def test_one_restaurant_is_sent_so_many_at_once_and_another_is_not_kept_waiting(
        self, runtime: Runtime, box: Outbox
    ) -> None:
        for day in range(3, 8):
            await a_booking(runtime, HOST, day)
        await a_booking(runtime, HOST, 8, CAY_EVI)
        await box.plan()
        _, taken = await box.claim()
        lanes = Counter(each.lane for each in taken)
        assert lanes == {SAHIL.id: CALLS_AT_ONCE, CAY_EVI.id: 1}
        assert await box.claim(lanes | {CAY_EVI.id: CALLS_AT_ONCE}) == ("", [])
        _, more = await box.claim({SAHIL.id: 1})
        assert len(more) == CALLS_AT_ONCE - 1

    async def test_nothing_overtakes_an_earlier_word_about_the_same_reservation(
        self, runtime: Runtime, box: Outbox, clock: SetClock
    ) -> None:
        token, first = await one_due(box)
        await runtime.booking.act(HOST, first.reservation_id, "cancel")
        await box.plan()
        assert (await box.claim())[1] == []
        await box.settle(first, token, PASSING)
        clock.pass_minutes(1)
        token, again = await one_due(box)
        assert again.id == first.id
        await box.settle(again, token, None)
        _, second = await one_due(box)
        assert second.kind == "reservation.cancelled"


class TestAnAddressThatIsGone:
    GONE = "https://sahil.example/hook"

    @pytest.fixture(autouse=True)
    async def _connected(self, runtime: Runtime) -> None:
        house = msgspec.structs.replace(
            SAHIL, webhook_url=self.GONE, notify_email="host@sahil.example"
        )
        await runtime.catalogue.add_or_replace(ADMIN, [house])

    async def _answer_410(self, runtime: Runtime, box: Outbox, actor: Actor, address: str) -> None:
        await a_booking(runtime, actor)
        await box.plan()
        token, taken = await box.claim()
        (hook,) = [each for each in taken if each.channel == "webhook"]
        await box.settle(hook, token, Failure("http_410", permanent=True, gone=address))

    async def test_a_gone_address_is_off_until_an_operator_puts_it_back_and_the_restaurant_is_told(
        self, runtime: Runtime, box: Outbox, aysel: Person
    ) -> None:
        await self._answer_410(runtime, box, aysel.actor, self.GONE)
        assert (await runtime.directory.known(SAHIL.id)).webhook_url == ""
        told = [each for each in await deliveries(box, ADMIN) if each.kind.startswith("restaurant")]
        assert [(each.channel, each.recipient) for each in told] == [
            ("email", "host@sahil.example")
        ]
        assert told[0].notice.guest_name == told[0].reservation_id == ""
        wanted = AuditFilter(action=WEBHOOK_SWITCHED_OFF)
        (noted,) = await runtime.audit_log.page(ADMIN, wanted, before=None, limit=9)
        assert noted.noun_id == SAHIL.id
        (house,) = await runtime.catalogue.export([SAHIL.id])
        back = msgspec.structs.replace(house, webhook_url=self.GONE)
        await runtime.catalogue.add_or_replace(ADMIN, [back])
        assert (await runtime.directory.known(SAHIL.id)).webhook_url == self.GONE

    async def test_a_gone_address_is_left_alone_when_the_restaurant_has_another_by_now(
        self, runtime: Runtime, box: Outbox, aysel: Person
    ) -> None:
        await self._answer_410(runtime, box, aysel.actor, "https://sahil.example/old")
        assert (await runtime.directory.known(SAHIL.id)).webhook_url == self.GONE
        assert not [
            each for each in await deliveries(box, ADMIN) if each.kind.startswith("restaurant")
        ]


class TestOperators:
    @pytest.fixture
    async def dead(self, runtime: Runtime, box: Outbox) -> Delivery:
        await a_booking(runtime, HOST)
        await box.plan()
        token, taken = await one_due(box)
        await box.settle(taken, token, FOR_GOOD)
        return taken

    async def test_a_delivery_that_was_given_up_can_be_tried_again_or_dropped(
        self, box: Outbox, clock: SetClock, dead: Delivery
    ) -> None:
        (again,) = await box.retry(ADMIN, [dead.id])
        assert (again.status, again.attempts, again.error) == ("waiting", 0, "")
        token, taken = await one_due(box)
        assert taken.id == dead.id
        await box.settle(taken, token, FOR_GOOD)
        assert (await box.drop(ADMIN, [dead.id]))[0].status == "dropped"
        clock.pass_minutes(60)
        assert (await box.claim())[1] == []

    async def test_a_delivery_that_was_sent_stays_sent(self, box: Outbox, dead: Delivery) -> None:
        await box.retry(ADMIN, [dead.id])
        token, taken = await one_due(box)
        await box.settle(taken, token, None)
        for verb in (box.retry, box.drop):
            with pytest.raises(Conflict, match="delivery_settled"):
                await verb(ADMIN, [dead.id])
            with pytest.raises(NotFound, match="delivery_unknown"):
                await verb(ADMIN, ["nothing"])

    async def test_what_is_still_to_be_told_is_counted(
        self, runtime: Runtime, box: Outbox, dead: Delivery, clock: SetClock
    ) -> None:
        assert await box.backlog() == Backlog(
            unread=0, waiting=0, sending=0, dead=1, unread_at=None, oldest_at=None
        )
        happened_at = clock()
        for day in range(3, 6):
            await a_booking(runtime, HOST, day)
            clock.pass_minutes(1)
        behind = await box.backlog()
        assert (behind.unread, behind.unread_at) == (3, happened_at)
        await box.plan()
        made_at = clock()
        clock.pass_minutes(5)
        await box.claim()
        assert await box.backlog() == Backlog(
            unread=0, waiting=1, sending=2, dead=1, unread_at=None, oldest_at=made_at
        )

    async def test_operators_alone_list_retry_and_drop_deliveries(
        self, box: Outbox, dead: Delivery
    ) -> None:
        for attempt in (box.list(HOST), box.retry(HOST, [dead.id]), box.drop(HOST, [dead.id])):
            with pytest.raises(Forbidden):
                await attempt

    async def test_deliveries_are_forgotten_a_month_after_the_visit(
        self, runtime: Runtime, box: Outbox, clock: SetClock, dead: Delivery
    ) -> None:
        clock.now = dead.notice.end + notifications.KEPT
        await runtime.housekeeping.sweep()
        assert len(await box.list(ADMIN)) == 1
        clock.pass_minutes(1)
        await runtime.housekeeping.sweep()
        assert await box.list(ADMIN) == []
        assert await box.counts() == {}

    async def test_deliveries_are_counted_as_they_are_stored_whatever_becomes_of_them(
        self, runtime: Runtime, box: Outbox, dead: Delivery
    ) -> None:
        await a_booking(runtime, HOST, 9)
        await box.plan()
        await one_due(box)
        await runtime.database.write(
            lambda tx: tx.execute(
                "update outbox_delivery set channel = 'email' where id = ?", (dead.id,)
            )
        )
        counted = {("email", "dead"): 1, ("webhook", "sending"): 1}
        assert await box.counts() == counted
        await runtime.database.write(
            lambda tx: tx.execute("update delivery_tally set number = 7 where status = 'sent'")
        )
        repair(runtime.database.path, busy_timeout=5)
        assert await box.counts() == counted
