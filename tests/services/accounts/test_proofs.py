"""Who reads the address of an account: letters, links, and what becomes of a stranger's account."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.account import User
from bakureserve.domain.errors import Invalid, NotFound, TooMany, Unauthenticated
from bakureserve.domain.notifications import LINK_LIFE, Delivery
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.notify.letters import Letters
from bakureserve.runtime import Runtime
from bakureserve.services.accounts.proofs import MOST_LETTERS
from bakureserve.settings import Settings
from bakureserve.store.accounts import users
from bakureserve.store.reservations.reservation_lists import Filter
from tests.kit import booking
from tests.kit.builders import utc
from tests.kit.cast import ADMIN, GUEST
from tests.kit.houses import SetClock
from tests.kit.people import OPERATOR, PASSWORD, Person, a_person, person, sign_up

ADDRESS = "leyla@example.az"
OWN_PASSWORD = "another horse"


@pytest.fixture
def house_settings(house_settings: Settings) -> Settings:
    """With a mail server, which is never asked."""
    return replace(house_settings, smtp_host="mail.example.az")


async def a_stranger(runtime: Runtime, name: str = "Yad Adam", **fields: str) -> Person:
    """Has signed up with Leyla's address."""
    return person(await sign_up(runtime.accounts, name, email=ADDRESS, **fields))


async def letters(runtime: Runtime) -> list[Delivery]:
    """All that was ever written to guests, the last first."""
    await runtime.outbox.plan()
    found = await runtime.outbox.list(OPERATOR)
    return [each for each in found if each.party == "guest"]


async def token_in(runtime: Runtime, delivery: Delivery) -> str:
    """What the link in the letter holds, as its reader opens it."""
    link = await runtime.proofs.link_for(delivery)
    letter = Letters("reservations@example.az", "en").letter(delivery, link)
    assert isinstance(letter, EmailMessage)
    found = re.search(r"http://127\.0\.0\.1:8000/book/#(?:verify|reset)=(\S+)", body_of(letter))
    assert found is not None
    return found[1]


def body_of(letter: EmailMessage) -> str:
    content: str = letter.get_content()
    return content


async def account(runtime: Runtime, address: str = ADDRESS) -> User:
    found = await runtime.database.read(lambda tx: users.find(tx, address))
    assert found is not None
    return found


async def book(runtime: Runtime, who: Person, hour: int = 15) -> Reservation:
    start = utc(f"2027-03-01 {hour}:00")
    return await booking.book(runtime, who.actor, start=start, guest_name="Yad Adam")


async def test_who_opens_the_link_in_the_letter_is_verified_once(runtime: Runtime) -> None:
    await a_stranger(runtime, language="ru")
    (letter,) = await letters(runtime)
    assert letter.recipient == ADDRESS
    assert letter.letter is not None
    assert letter.letter.language == "ru"
    token = await token_in(runtime, letter)
    with pytest.raises(Invalid, match="link_refused"):
        await runtime.proofs.reset(token, OWN_PASSWORD)
    await runtime.proofs.verify(token)
    assert (await account(runtime)).verified_email
    for used in (token, "", "x", "\ud800", "ə" * 1000):
        with pytest.raises(Invalid, match="link_refused"):
            await runtime.proofs.verify(used)


async def test_a_link_is_good_for_a_day(runtime: Runtime, clock: SetClock) -> None:
    await a_stranger(runtime)
    (letter,) = await letters(runtime)
    token = await token_in(runtime, letter)
    clock.now += LINK_LIFE
    with pytest.raises(Invalid, match="link_refused"):
        await runtime.proofs.verify(token)


async def test_only_the_hash_of_a_link_is_kept_and_its_letter_says_nothing_its_cause_has_typed(
    runtime: Runtime,
) -> None:
    await a_stranger(runtime, name="Pul qazan")
    (delivery,) = await letters(runtime)
    token = await token_in(runtime, delivery)
    assert len(token) * 6 >= 256
    rows = await runtime.database.read(
        lambda tx: tx.all("select * from account_proof") + tx.all("select * from event")
    )
    assert token not in repr(rows) + repr(await letters(runtime))
    letter = Letters("reservations@example.az", "az").letter(delivery, "link")
    assert "Pul qazan" not in letter.as_string() + body_of(letter)


async def test_who_is_verified_or_signs_in_elsewhere_gets_no_further_letter(
    runtime: Runtime,
) -> None:
    vouched_for = await a_person(runtime, "Nigar")
    await runtime.proofs.ask_to_verify(vouched_for.actor)
    with pytest.raises(NotFound, match="account_elsewhere"):
        await runtime.proofs.ask_to_verify(GUEST)
    assert await letters(runtime) == []


class TestStrangers:
    """An address that was not proved gets three letters a day, all with a link, and no others."""

    async def test_an_address_is_told_of_no_booking_until_it_is_proved(
        self, runtime: Runtime
    ) -> None:
        stranger = await a_stranger(runtime)
        booked = await book(runtime, stranger)
        (only,) = await letters(runtime)
        assert only.letter is not None
        await runtime.proofs.verify(await token_in(runtime, only))
        await runtime.booking.act(stranger.actor, booked.id, "cancel")
        assert "reservation.cancelled" in {each.kind for each in await letters(runtime)}

    async def test_an_unproved_address_gets_three_letters_a_day_for_all_who_ask(
        self, runtime: Runtime, clock: SetClock
    ) -> None:
        stranger = await a_stranger(runtime)
        for _ in range(MOST_LETTERS - 1):
            await runtime.proofs.ask_to_verify(stranger.actor)
        clock.pass_minutes(60)
        with pytest.raises(TooMany, match="letters_used_up") as refused:
            await runtime.proofs.ask_to_verify(stranger.actor)
        assert refused.value.retry_after == 23 * 3600
        for _ in range(3):  # who asks to be verified keeps the owner from no other password
            await runtime.proofs.forgot(ADDRESS)
        reset, *others = await letters(runtime)
        assert (reset.kind, len(others)) == ("account.reset_asked", MOST_LETTERS)
        await runtime.accounts.erase(stranger.actor)
        again = await a_stranger(runtime)  # nor does signing up again bring more
        assert await letters(runtime) == []
        clock.pass_minutes(23 * 60)
        await runtime.proofs.ask_to_verify(again.actor)
        assert len(await letters(runtime)) == 1


async def test_a_link_sets_another_password_and_ends_every_session_and_other_link(
    runtime: Runtime,
) -> None:
    leyla = await a_person(runtime, "Leyla")
    for _ in range(2):
        await runtime.proofs.forgot("LEYLA@example.az")
    token, other = [await token_in(runtime, each) for each in await letters(runtime)]
    with pytest.raises(Invalid, match="password_too_short"):
        await runtime.proofs.reset(token, "short")
    await runtime.proofs.reset(token, OWN_PASSWORD)
    with pytest.raises(Invalid, match="link_refused"):
        await runtime.proofs.reset(other, "a third horse")
    with pytest.raises(Unauthenticated):
        await runtime.accounts.refresh(leyla.refresh_token)
    with pytest.raises(Unauthenticated):
        await runtime.accounts.log_in(email=ADDRESS, password=PASSWORD)
    with pytest.raises(Unauthenticated, match="rights_changed"):
        await book(runtime, leyla)
    assert (await runtime.accounts.log_in(email=ADDRESS, password=OWN_PASSWORD)).user


async def test_who_used_a_link_is_not_locked_out_by_strangers(runtime: Runtime) -> None:
    await a_person(runtime, "Leyla")
    await runtime.proofs.forgot(ADDRESS, client="hotel")
    (letter,) = await letters(runtime)
    for number in range(20):
        with pytest.raises(Unauthenticated):
            await runtime.accounts.log_in(
                email=ADDRESS, password="wrong", client=f"address {number}"
            )
    with pytest.raises(TooMany):
        await runtime.accounts.log_in(email=ADDRESS, password=PASSWORD, client="hotel")
    await runtime.proofs.reset(await token_in(runtime, letter), OWN_PASSWORD, client="hotel")
    entered = await runtime.accounts.log_in(email=ADDRESS, password=OWN_PASSWORD, client="hotel")
    assert entered.user.email == ADDRESS


async def test_who_used_a_link_is_not_locked_out_by_those_behind_the_same_address(
    runtime: Runtime,
) -> None:
    await a_person(runtime, "Leyla")
    await runtime.proofs.forgot(ADDRESS)
    (letter,) = await letters(runtime)
    device_token = await runtime.proofs.reset(
        await token_in(runtime, letter), OWN_PASSWORD, client="cafe"
    )
    for _ in range(5):
        with pytest.raises(Unauthenticated):
            await runtime.accounts.log_in(email=ADDRESS, password="wrong", client="cafe")
    with pytest.raises(TooMany):
        await runtime.accounts.log_in(email=ADDRESS, password=OWN_PASSWORD, client="cafe")
    entered = await runtime.accounts.log_in(
        email=ADDRESS, password=OWN_PASSWORD, client="cafe", device_token=device_token
    )
    assert len(await runtime.accounts.sessions(person(entered).actor)) == 1


async def test_a_lost_password_is_answered_alike_for_an_address_that_is_known_and_one_that_is_not(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_person(runtime, "Leyla")
    done: dict[str, list[str]] = {}
    for address in (ADDRESS, "nobody@example.az"):
        done[address] = statements = []
        runtime.database.writer._connection.driver.set_trace_callback(
            lambda sql, noted=statements: noted.append(re.sub(r"'[^']*'|\d+|X'\w*'", "?", sql))
        )
        await runtime.proofs.forgot(address)
    runtime.database.writer._connection.driver.set_trace_callback(None)
    assert done[ADDRESS] == done["nobody@example.az"] != []


@pytest.mark.parametrize("end", ["erase", "disable"])
async def test_a_closed_account_gets_no_letter_and_one_that_waits_has_no_link(
    runtime: Runtime, end: str
) -> None:
    leyla = await a_person(runtime, "Leyla")
    await runtime.proofs.forgot(ADDRESS)
    (letter,) = await letters(runtime)
    await getattr(runtime.users, end)(OPERATOR, leyla.user.id)
    assert await runtime.proofs.link_for(letter) == ""
    before = await letters(runtime)
    for address in (ADDRESS, "nobody@example.az", "no address", ""):
        await runtime.proofs.forgot(address)
    assert await letters(runtime) == before


class TestHandingOver:
    """The owner of an address takes the account that a stranger opened with it."""

    @pytest.fixture
    async def taken(self, runtime: Runtime) -> dict[str, Any]:
        """By the owner, from a stranger who had booked."""
        stranger = await a_stranger(runtime)
        booked = await book(runtime, stranger)
        await runtime.proofs.forgot(ADDRESS)
        reset = next(each for each in await letters(runtime) if each.kind.endswith("reset_asked"))
        await runtime.proofs.reset(await token_in(runtime, reset), OWN_PASSWORD)
        return {"stranger": stranger, "booked": booked}

    async def test_the_owner_gets_an_account_with_nothing_that_the_stranger_typed_or_booked(
        self, runtime: Runtime, taken: dict[str, Any]
    ) -> None:
        found = await account(runtime)
        assert (found.verified_email, found.name, found.phone) == (True, "leyla", "")
        stranger = taken["stranger"]
        with pytest.raises(Unauthenticated):
            await runtime.accounts.refresh(stranger.refresh_token)
        with pytest.raises(Unauthenticated):
            await runtime.accounts.erase(stranger.actor)
        owner = person(await runtime.accounts.log_in(email=ADDRESS, password=OWN_PASSWORD))
        booked = await runtime.booking.get(ADMIN, taken["booked"].id)
        assert await runtime.booking.list(owner.actor, Filter()) == []
        assert (booked.owner_id, booked.status, booked.guest_name) == (None, "booked", "Yad Adam")

    async def test_the_letter_tells_of_the_handing_over_who_never_proved_the_address_before(
        self, runtime: Runtime
    ) -> None:
        await a_stranger(runtime)
        await a_person(runtime, "Orxan")
        for address in (ADDRESS, "orxan@example.az"):
            await runtime.proofs.forgot(address)
        english = Letters("reservations@example.az", "en")
        written = {
            each.recipient: body_of(english.letter(each, "link"))
            for each in await letters(runtime)
            if each.kind.endswith("reset_asked")
        }
        assert "starts the account afresh" in written.pop(ADDRESS)
        (proved,) = written.values()
        assert "starts the account afresh" not in proved

    async def test_who_was_verified_keeps_everything_when_the_password_was_lost(
        self, runtime: Runtime
    ) -> None:
        leyla = await a_person(runtime, "Leyla", phone="050 123 45 67")
        booked = await book(runtime, leyla)
        await runtime.proofs.forgot(ADDRESS)
        reset = next(each for each in await letters(runtime) if each.letter)
        await runtime.proofs.reset(await token_in(runtime, reset), OWN_PASSWORD)
        owner = person(await runtime.accounts.log_in(email=ADDRESS, password=OWN_PASSWORD))
        assert [each.id for each in await runtime.booking.list(owner.actor, Filter())] == [
            booked.id
        ]
        assert (
            msgspec.structs.replace(
                await account(runtime), updated_at=leyla.user.updated_at, rights=leyla.user.rights
            )
            == leyla.user
        )


async def test_links_and_counted_letters_are_forgotten_after_their_day(
    runtime: Runtime, clock: SetClock
) -> None:
    await a_stranger(runtime)
    (letter,) = await letters(runtime)
    await token_in(runtime, letter)

    async def kept() -> int:
        await runtime.housekeeping.sweep()
        return len(
            await runtime.database.read(
                lambda tx: tx.all("select at from letter_slot union select 1 from account_proof")
            )
        )

    clock.now += LINK_LIFE - timedelta(seconds=1)
    assert await kept() == 2
    clock.now += timedelta(seconds=1)
    assert await kept() == 0
