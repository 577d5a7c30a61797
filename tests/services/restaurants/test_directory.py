from __future__ import annotations

import msgspec
import pytest

from bakureserve.domain.errors import NotFound
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.booking import book, change_sahil
from tests.kit.builders import a_restaurant
from tests.kit.cast import GUEST
from tests.kit.houses import CAY_EVI, NOW, SAHIL, by_another_process

THIRD = a_restaurant(id="33333333-3333-4333-8333-333333333333", slug="ucuncu", name="Üçüncü")


async def listed(runtime: Runtime) -> list[str]:
    return [card.id async for page in runtime.directory.pages() for card in page]


async def test_a_restaurant_is_found_by_id_and_by_slug(runtime: Runtime) -> None:
    for asked in (SAHIL.id, SAHIL.slug):
        found = await runtime.directory.restaurant(asked)
        assert (found.id, found.hours, found.policy) == (SAHIL.id, SAHIL.hours, SAHIL.policy)
    with pytest.raises(NotFound, match="restaurant_unknown"):
        await runtime.directory.restaurant("nowhere")


async def test_words_are_looked_for_without_regard_to_case_and_accents(runtime: Runtime) -> None:
    for houses, queries in (
        ((SAHIL, CAY_EVI), ("", "  ")),
        ((CAY_EVI,), ("cay", "ÇAY", "isti", "ISTI", "İSTİ", "seki", "şəki", "isti-cay")),
        ((SAHIL,), ("bagi", "sahil bağı", "bagi sahil", "qehve", "bulvar", "AZERBAIJANI")),
        ((), ("cay sahil", "pizza", "%")),
    ):
        for query in queries:
            found = [card.id for card in await runtime.directory.page(query, limit=9)]
            assert found == [house.id for house in houses], query


async def test_what_another_process_changes_is_seen_at_the_next_look(runtime: Runtime) -> None:
    path = runtime.database.path
    assert await listed(runtime) == [SAHIL.id, CAY_EVI.id]
    await by_another_process(
        path, lambda tx: restaurants.insert(tx, THIRD, source="operator", now=NOW)
    )
    assert await listed(runtime) == [SAHIL.id, CAY_EVI.id, THIRD.id]
    renamed = msgspec.structs.replace(SAHIL, slug="kohne-sahil", name="Köhnə Sahil")
    await by_another_process(path, lambda tx: restaurants.replace(tx, renamed, now=NOW))
    assert (await runtime.directory.restaurant("kohne-sahil")).name == "Köhnə Sahil"
    with pytest.raises(NotFound):
        await runtime.directory.restaurant(SAHIL.slug)
    await by_another_process(path, lambda tx: restaurants.remove(tx, CAY_EVI.id, now=NOW))
    assert await listed(runtime) == [SAHIL.id, THIRD.id]


async def test_only_a_changed_restaurant_is_loaded_again(runtime: Runtime) -> None:
    async def both() -> tuple[Restaurant, Restaurant]:
        return await directory.restaurant(SAHIL.id), await directory.restaurant(CAY_EVI.slug)

    directory = runtime.directory
    sahil, cay_evi = await both()
    mark = await directory.current()
    await book(runtime, GUEST)
    assert await directory.current() == mark
    assert (await both())[0] is sahil
    await change_sahil(runtime, tags=("busy",))
    assert await directory.current() > mark
    changed, same = await both()
    assert same is cay_evi
    assert changed.tags == ("busy",)


async def test_a_retired_restaurant_is_hidden_and_its_reservations_are_not(
    runtime: Runtime,
) -> None:
    booked = await book(runtime, GUEST)
    await runtime.booking.act(GUEST, booked.id, "cancel")

    def retire(transaction: Transaction) -> None:
        assert not restaurants.remove(transaction, SAHIL.id, now=NOW)

    assert [card.id for card in await runtime.directory.page("sahil", limit=9)] == [SAHIL.id]
    await by_another_process(runtime.database.path, retire)
    assert await listed(runtime) == [CAY_EVI.id]
    assert await runtime.directory.page("sahil", limit=9) == []
    with pytest.raises(NotFound):
        await runtime.directory.restaurant(SAHIL.id)
    assert (await runtime.directory.known(SAHIL.id)).name == SAHIL.name
    with pytest.raises(NotFound, match="restaurant_unknown"):
        await book(runtime, GUEST)
    assert (await runtime.booking.get(GUEST, booked.id)).status == "cancelled"


async def test_a_restaurant_that_is_held_no_more_is_read_again(runtime: Runtime) -> None:
    directory = runtime.directory
    known = await directory.known(SAHIL.id)
    assert directory.latest(SAHIL.id) is known
    directory.clear()
    assert directory.latest(SAHIL.id) == known
    with pytest.raises(NotFound, match="restaurant_unknown"):
        directory.latest("nowhere")


async def test_several_restaurants_are_found_at_once(runtime: Runtime) -> None:
    sahil = await runtime.directory.known(SAHIL.id)
    found = await runtime.directory.named({SAHIL.id, CAY_EVI.id, "nowhere"})
    assert found[SAHIL.id] is sahil
    assert {each: house.name for each, house in found.items()} == {
        SAHIL.id: SAHIL.name,
        CAY_EVI.id: CAY_EVI.name,
    }
    runtime.directory.clear()
    await runtime.directory.known(SAHIL.id)
    zones = await runtime.directory.zones_of({SAHIL.id, CAY_EVI.id})
    assert {each: zone.key for each, zone in zones.items()} == {
        SAHIL.id: SAHIL.timezone,
        CAY_EVI.id: CAY_EVI.timezone,
    }


async def test_a_search_finds_what_another_process_changed_and_not_what_was(
    runtime: Runtime,
) -> None:
    async def found(query: str) -> list[str]:
        return [card.id for card in await runtime.directory.page(query, limit=9)]

    path = runtime.database.path
    assert await found("sahil") == [SAHIL.id]
    renamed = msgspec.structs.replace(SAHIL, slug="kohne", name="Köhnə")
    await by_another_process(path, lambda tx: restaurants.replace(tx, renamed, now=NOW))
    assert await found("sahil") == []
    assert await found("KOHNE") == [SAHIL.id]
    await by_another_process(path, lambda tx: restaurants.remove(tx, SAHIL.id, now=NOW))
    assert await found("kohne") == []
    await by_another_process(
        path, lambda tx: restaurants.insert(tx, renamed, source="operator", now=NOW)
    )
    runtime.directory.clear()
    assert await found("kohne") == [SAHIL.id]


async def test_what_is_held_serves_only_as_long_as_it_is_what_the_transaction_sees(
    runtime: Runtime,
) -> None:
    async def held() -> Restaurant | None:
        return await runtime.database.read(lambda tx: runtime.directory.held(tx, SAHIL.id))

    assert await held() is None  # nothing was looked at yet
    for forget in (runtime.directory.clear, None):
        await runtime.directory.known(SAHIL.id)
        assert await held() == runtime.directory.latest(SAHIL.id)
        if forget:
            forget()
            assert await held() is None
    await change_sahil(runtime, name="Köhnə Sahil")
    assert await held() is None
