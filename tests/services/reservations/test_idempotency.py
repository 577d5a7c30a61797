from __future__ import annotations

import asyncio

import msgspec
import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Conflict, Invalid
from bakureserve.domain.reservations.reservation import Reservation
from bakureserve.runtime import Runtime, open_runtime
from bakureserve.services.reservations.idempotency import IdempotentCall
from bakureserve.store.reservations.idempotency import Answer
from bakureserve.store.reservations.reservation_lists import Filter
from tests.kit.booking import a_request, at
from tests.kit.cast import ADMIN, GUEST, OTHER_GUEST
from tests.kit.houses import SetClock


def once(
    key: str = "k1", *, actor: Actor = GUEST, asked: bytes = b"a table"
) -> IdempotentCall[Reservation]:
    return IdempotentCall(
        subject=actor.subject, key=key, fingerprint=asked, status=201, encode=msgspec.json.encode
    )


async def count(runtime: Runtime) -> int:
    return len(await runtime.booking.list(ADMIN, Filter()))


async def test_the_same_call_is_done_once_and_answered_alike_whatever_has_become_of_it(
    runtime: Runtime, clock: SetClock
) -> None:
    async with open_runtime(runtime.settings, clock=clock) as other:
        results = await asyncio.gather(
            *(each.booking.create(GUEST, a_request(), once()) for each in (runtime, other))
        )
        booked, answer = sorted(results, key=lambda each: isinstance(each, Answer))
        assert isinstance(booked, Reservation)
        assert answer == Answer(201, msgspec.json.encode(booked))
        with pytest.raises(Invalid, match="idempotency_key_reused"):
            await runtime.booking.create(GUEST, a_request(), once(asked=b"another"))
        theirs = await runtime.booking.create(OTHER_GUEST, a_request(), once(actor=OTHER_GUEST))
        assert isinstance(theirs, Reservation)
        assert await count(runtime) == 2
        await runtime.booking.remove(GUEST, booked.id)
        assert await other.booking.create(GUEST, a_request(), once()) == answer
        assert await count(runtime) == 1


async def test_of_the_same_call_at_once_one_is_done_and_a_refused_one_may_be_made_again(
    runtime: Runtime,
) -> None:
    with pytest.raises(Invalid):
        await runtime.booking.create(GUEST, a_request(start=at("19:05")), once())
    results = await asyncio.gather(
        *(runtime.booking.create(GUEST, a_request(), once()) for _ in range(10)),
        return_exceptions=True,
    )
    assert [type(each) for each in results].count(Reservation) == 1
    refused = {str(each) for each in results if isinstance(each, Conflict)}
    assert refused == {"idempotency_key_in_use"}
    assert await count(runtime) == 1
    assert isinstance(await runtime.booking.create(GUEST, a_request(), once()), Answer)
