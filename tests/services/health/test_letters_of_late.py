"""Letters that do not go out, as attempts leave them: what health tells of mail."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from bakureserve.domain.notifications import Delivery, Failure
from bakureserve.runtime import Runtime
from bakureserve.services.health.dependencies import MailCheck
from bakureserve.settings import Settings
from tests.kit.booking import at, book
from tests.kit.houses import SetClock
from tests.kit.people import a_person


@pytest.fixture
def house_settings(house_settings: Settings) -> Settings:
    """With a mail server, which is never asked."""
    return replace(house_settings, smtp_host="mail.example.az")


@pytest.fixture
async def letters(runtime: Runtime) -> tuple[str, list[Delivery]]:
    """Letters about two bookings, taken to be attempted, under their token."""
    aysel = await a_person(runtime, "Aysel")
    for time in ("12:00", "20:00"):
        await book(runtime, aysel.actor, start=at(time))
    await runtime.outbox.plan()
    token, taken = await runtime.outbox.claim()
    return token, [each for each in taken if each.channel == "email"]


async def told(runtime: Runtime, clock: SetClock) -> str:
    return (await MailCheck(runtime.outbox, clock, "mail server").look()).code


async def test_one_that_goes_out_ends_the_talk_of_those_given_up_or_tried_in_vain_before(
    runtime: Runtime, clock: SetClock, letters: tuple[str, list[Delivery]]
) -> None:
    token, (first, second) = letters
    assert await told(runtime, clock) == ""
    await runtime.outbox.settle(first, token, Failure("no_way_out", permanent=True))
    assert await told(runtime, clock) == "mail_given_up"
    clock.pass_minutes(1)
    await runtime.outbox.settle(second, token, Failure("smtp_refused", nowhere=True))
    assert await told(runtime, clock) == "mail_failing"
    clock.now += dt.timedelta(minutes=10)
    again, taken = await runtime.outbox.claim()
    assert await told(runtime, clock) == "mail_failing"
    (retried,) = [each for each in taken if each.id == second.id]
    await runtime.outbox.settle(retried, again, None)
    assert await told(runtime, clock) == ""
