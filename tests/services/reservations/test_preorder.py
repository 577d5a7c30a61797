from __future__ import annotations

from typing import Any

import pytest

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.arrivals.kitchen import PrepQuote
from bakureserve.domain.errors import Conflict, Invalid, NotFound
from bakureserve.domain.reservations.reservation import Prep
from bakureserve.runtime import Runtime
from bakureserve.services.reservations.preorder import Preorder, PreorderRequest
from tests.kit.booking import book
from tests.kit.cast import ADMIN, GUEST, HOST, OTHER_GUEST
from tests.kit.houses import SetClock

STARTERS = PreorderRequest(minutes_away=30, scope="starters", items=(" Düşbərə  ", "Ayran"))


async def ask(runtime: Runtime, call: str, actor: Actor, id_: str, **fields: Any) -> object:
    request = PreorderRequest(**({"minutes_away": 30, "scope": "full"} | fields))
    said = {"in_words": in_words} if call == "confirm" else {}
    return await getattr(runtime.preorder, call)(actor, id_, request, **said)


def in_words(quote: PrepQuote) -> str:
    return f"{quote.recommended_prep_minutes} minutes before you"


async def test_a_quote_says_when_the_kitchen_begins_and_changes_nothing(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST)
    quoted = await runtime.preorder.quote(GUEST, booked.id, STARTERS)
    assert quoted == PrepQuote("prep_starts_before_arrival", 10)
    assert await runtime.booking.get(GUEST, booked.id) == booked


@pytest.mark.parametrize("actor", [GUEST, HOST, ADMIN], ids=lambda each: each.subject)
async def test_a_confirmed_preorder_is_kept_with_the_reservation(
    runtime: Runtime, clock: SetClock, actor: Actor
) -> None:
    booked = await book(runtime, GUEST)
    clock.pass_minutes(5)
    confirmed = await runtime.preorder.confirm(actor, booked.id, STARTERS, in_words=in_words)
    assert confirmed.prep == Prep(
        eta_minutes=30,
        request_time=clock(),
        items=("Düşbərə", "Ayran"),
        scope="starters",
        status="accepted",
        policy="10 minutes before you",
    )
    assert await runtime.booking.get(GUEST, booked.id) == confirmed
    audit = await runtime.database.read(
        lambda tx: tx.one("select actor, action from audit order by id desc limit 1")
    )
    assert audit == (actor.subject, "reservation.preordered")


async def test_what_the_kitchen_cannot_read_or_use_is_refused(
    runtime: Runtime, clock: SetClock
) -> None:
    booked, gone = await book(runtime, GUEST), await book(runtime, GUEST)
    await runtime.booking.act(GUEST, gone.id, "cancel")
    for call in ("quote", "confirm"):
        for fields, code in (
            ({"minutes_away": 61}, "minutes_away_out_of_range"),
            ({"items": ("p" * 81,)}, "prep_item_too_long"),
        ):
            with pytest.raises(Invalid, match=code):
                await ask(runtime, call, GUEST, booked.id, **fields)
        with pytest.raises(NotFound, match="reservation_unknown"):
            await ask(runtime, call, OTHER_GUEST, booked.id)
        with pytest.raises(Conflict, match="reservation_not_active"):
            await ask(runtime, call, GUEST, gone.id)
    assert await runtime.booking.get(GUEST, booked.id) == booked
    clock.now = booked.end
    with pytest.raises(Conflict, match="sitting_over"):
        await ask(runtime, "confirm", GUEST, booked.id)


async def test_switched_off_it_is_not_there(runtime: Runtime) -> None:
    booked = await book(runtime, GUEST)
    switched_off = Preorder(runtime.units, enabled=False)
    for call in (switched_off.quote, switched_off.confirm):
        with pytest.raises(NotFound, match="preorder_disabled"):
            await call(GUEST, booked.id, STARTERS)
