from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Iterator

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST

from bakureserve.auth.passwords import Checked, Passwords
from bakureserve.domain.errors import TooMany

IMPORTED = "$argon2id$v=19$m=65536,t=3,p=4$"
NOT_OK = Checked(ok=False)


class Held:
    """A hasher's verify that stands still until it is let go, and notes what it was asked."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.calls: list[str] = []
        self.niceness: list[int] = []

    def verify(self, stored: str, _password: str) -> bool:
        self.calls.append(stored)
        self.niceness.append(os.getpriority(os.PRIO_PROCESS, threading.get_native_id()))
        self.gate.wait(10)
        return True


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    made = Passwords(CHEAPEST)
    yield made
    made.close()


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[Held]:
    hasher = Held()
    monkeypatch.setattr(PasswordHasher, "verify", hasher.verify)
    yield hasher
    hasher.gate.set()


async def test_the_right_password_is_right_and_another_is_not(passwords: Passwords) -> None:
    stored = await passwords.hash("Şəkər çörəyi 🍞")
    assert await passwords.verify(stored, "Şəkər çörəyi 🍞") == Checked(ok=True)
    for wrong in ("Şəkər çörəyi", "\ud800"):
        assert await passwords.verify(stored, wrong) == NOT_OK
        assert await passwords.verify(None, wrong) == NOT_OK


async def test_a_hash_is_argon2id_with_its_parameters_and_a_salt_of_its_own() -> None:
    passwords = Passwords()
    first, second = await asyncio.gather(passwords.hash("one word"), passwords.hash("one word"))
    passwords.close()
    assert first.startswith(IMPORTED)
    assert second.startswith(IMPORTED)
    assert first != second


async def test_a_hash_with_other_parameters_is_checked_and_a_better_one_offered(
    passwords: Passwords,
) -> None:
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash("old friend")
    assert await passwords.verify(old, "old fiend") == NOT_OK
    checked = await passwords.verify(old, "old friend")
    assert checked.ok
    assert checked.better is not None
    assert checked.better.startswith("$argon2id$v=19$m=8,t=1,p=1$")
    assert await passwords.verify(checked.better, "old friend") == Checked(ok=True)


async def test_a_damaged_hash_fits_no_password(passwords: Passwords) -> None:
    for stored in (
        "",
        "plain text",
        "$2b$12$abcdefghijklmnopqrstuu",
        "$argon2id$",
        "$argon2id$v=19$m=8,t=1,p=1$",
        "$argon2id$v=19$m=8,t=1,p=1$!!!!$????",
        "$argon2id$v=19$m=0,t=0,p=0$c2FsdHNhbHQ$aGFzaGhhc2g",
        "$argon2id$v=19$m=-1,t=1,p=1$c2FsdHNhbHQ$aGFzaGhhc2g",
        "$argon2id$şifrə",
        "\ud800",
        "x" * 100_000,
    ):
        assert await passwords.verify(stored, "whatever it was") == NOT_OK


async def test_an_unknown_account_costs_one_check_with_the_same_parameters(
    passwords: Passwords, held: Held
) -> None:
    """The hasher even says yes: still nobody is let in."""
    held.gate.set()
    assert await passwords.verify(None, "anything") == NOT_OK
    assert [each.rpartition("p=1$")[0] for each in held.calls] == ["$argon2id$v=19$m=8,t=1,"]


@pytest.mark.parametrize(
    "unfit",
    [
        "damaged",
        "$argon2id$v=19$m=4194304,t=1,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
        "$argon2id$v=19$m=8,t=999999,p=1$c29tZXNhbHQ$aGFzaGhhc2hoYXNoaGFzaA",
    ],
)
async def test_a_hash_that_is_damaged_or_too_dear_costs_the_usual_check_instead(
    passwords: Passwords, monkeypatch: pytest.MonkeyPatch, unfit: str
) -> None:
    tried: list[str] = []
    verify = PasswordHasher.verify

    def noted(self: PasswordHasher, stored: str, password: str) -> bool:
        tried.append(stored)
        return verify(self, stored, password)

    monkeypatch.setattr(PasswordHasher, "verify", noted)
    assert await passwords.verify(unfit, "anything") == NOT_OK
    (nobodys,) = tried
    assert nobodys.startswith("$argon2id$v=19$m=8,t=1,p=1$")


async def test_what_exceeds_the_queue_is_refused_at_once(held: Held) -> None:
    passwords = Passwords(CHEAPEST, workers=1, most_waiting=2)
    stored = await passwords.hash("something")
    checks = [asyncio.create_task(passwords.verify(stored, "something")) for _ in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(TooMany) as refused:
        await passwords.verify(stored, "something")
    assert (refused.value.code, refused.value.retry_after) == ("logins_busy", 1)
    held.gate.set()
    assert [check.ok for check in await asyncio.gather(*checks)] == [True] * 3
    assert (await passwords.verify(stored, "something")).ok
    passwords.close()


async def test_who_asks_for_many_is_refused_and_no_other_client(held: Held) -> None:
    passwords = Passwords(CHEAPEST, workers=1, most_waiting=4)
    stored = await passwords.hash("something")
    flood = [asyncio.create_task(passwords.verify(None, "x", client="flood")) for _ in range(110)]
    await asyncio.sleep(0)
    honest = [
        asyncio.create_task(passwords.verify(stored, "something", client=f"guest {number}"))
        for number in range(2)
    ]
    await asyncio.sleep(0)
    held.gate.set()
    assert [checked.ok for checked in await asyncio.gather(*honest)] == [True, True]
    outcomes = await asyncio.gather(*flood, return_exceptions=True)
    assert [type(outcome) for outcome in outcomes].count(TooMany) == 110 - 3
    passwords.close()


async def test_who_leaves_the_queue_makes_room(held: Held) -> None:
    passwords = Passwords(CHEAPEST, workers=1, most_waiting=1)
    stored = await passwords.hash("something")
    working = asyncio.create_task(passwords.verify(stored, "something"))
    while not held.calls:
        await asyncio.sleep(0.001)
    waiting = asyncio.create_task(passwords.verify(stored, "something"))
    await asyncio.sleep(0)
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    another = asyncio.create_task(passwords.verify(stored, "something"))
    await asyncio.sleep(0)
    working.cancel()
    with pytest.raises(TooMany):  # the cancelled one is still being worked on
        await passwords.verify(stored, "something")
    held.gate.set()
    assert (await another).ok
    passwords.close()


async def test_the_loop_runs_on_while_a_password_is_checked(
    passwords: Passwords, held: Held
) -> None:
    check = asyncio.create_task(passwords.verify(None, "anything"))
    while not held.calls:
        await asyncio.sleep(0.001)
    assert not check.done()
    held.gate.set()
    await check
    assert held.niceness == [19]
