from __future__ import annotations

import msgspec
import pytest

from bakureserve.domain.errors import NotFound
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime
from bakureserve.store import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.builders import a_restaurant
from tests.kit.cast import GUEST
from tests.kit.houses import CAY_EVI, NOW, SAHIL, by_another_process
from tests.services.asking import book

THIRD = a_restaurant(id="33333333-3333-4333-8333-333333333333", slug="ucuncu", name="Üçüncü")


async def listed(runtime: Runtime) -> list[str]:
    return [restaurant.id for restaurant in (await runtime.directory.snapshot()).restaurants]


@pytest.mark.parametrize("asked", [SAHIL.id, SAHIL.slug])
async def test_a_restaurant_is_found_by_id_and_by_slug(runtime: Runtime, asked: str) -> None:
    found = await runtime.directory.restaurant(asked)
    assert (found.id, found.hours, found.policy) == (SAHIL.id, SAHIL.hours, SAHIL.policy)


async def test_another_is_not_found(runtime: Runtime) -> None:
    with pytest.raises(NotFound, match="restaurant_unknown"):
        await runtime.directory.restaurant("nowhere")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", [SAHIL, CAY_EVI]),
        ("  ", [SAHIL, CAY_EVI]),
        ("cay", [CAY_EVI]),
        ("ÇAY", [CAY_EVI]),
        ("isti", [CAY_EVI]),
        ("ISTI", [CAY_EVI]),
        ("İSTİ", [CAY_EVI]),
        ("seki", [CAY_EVI]),
        ("şəki", [CAY_EVI]),
        ("bagi", [SAHIL]),
        ("sahil bağı", [SAHIL]),
        ("bagi sahil", [SAHIL]),
        ("qehve", [SAHIL]),
        ("bulvar", [SAHIL]),
        ("AZERBAIJANI", [SAHIL]),
        ("isti-cay", [CAY_EVI]),
        ("cay sahil", []),
        ("pizza", []),
        ("%", []),
    ],
)
async def test_words_are_looked_for_without_regard_to_case_and_accents(
    runtime: Runtime, query: str, found: list[Restaurant]
) -> None:
    snapshot = await runtime.directory.snapshot()
    assert [restaurant.id for restaurant in snapshot.search(query)] == [
        restaurant.id for restaurant in found
    ]


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
    before = await runtime.directory.snapshot()
    await book(runtime, GUEST)
    assert await runtime.directory.snapshot() is before
    busier = msgspec.structs.replace(SAHIL, tags=("busy",))
    await by_another_process(
        runtime.database.path, lambda tx: restaurants.replace(tx, busier, now=NOW)
    )
    after = await runtime.directory.snapshot()
    assert after.mark > before.mark
    assert after.restaurant(CAY_EVI.id) is before.restaurant(CAY_EVI.id)
    assert after.restaurant(SAHIL.id).tags == ("busy",)
    assert before.restaurant(SAHIL.id).tags == SAHIL.tags


async def test_a_retired_restaurant_is_hidden_and_its_reservations_are_not(
    runtime: Runtime,
) -> None:
    booked = await book(runtime, GUEST)
    await runtime.booking.act(GUEST, booked.id, "cancel")

    def retire(transaction: Transaction) -> None:
        assert not restaurants.remove(transaction, SAHIL.id, now=NOW)

    await by_another_process(runtime.database.path, retire)
    assert await listed(runtime) == [CAY_EVI.id]
    with pytest.raises(NotFound):
        await runtime.directory.restaurant(SAHIL.id)
    assert (await runtime.directory.known(SAHIL.id)).name == SAHIL.name
    with pytest.raises(NotFound, match="restaurant_unknown"):
        await book(runtime, GUEST)
    assert (await runtime.booking.get(GUEST, booked.id)).status == "cancelled"


async def test_what_is_held_serves_only_as_long_as_it_is_what_the_transaction_sees(
    runtime: Runtime,
) -> None:
    def held(transaction: Transaction) -> Restaurant | None:
        return runtime.directory.held(transaction, SAHIL.id)

    assert await runtime.database.read(held) is None  # nothing was looked at yet
    await listed(runtime)
    assert await runtime.database.read(held) == runtime.directory.latest(SAHIL.id)
    moved = msgspec.structs.replace(SAHIL, name="Köhnə Sahil")
    await by_another_process(
        runtime.database.path, lambda tx: restaurants.replace(tx, moved, now=NOW)
    )
    assert await runtime.database.read(held) is None


async def test_after_a_clearing_nothing_is_held(runtime: Runtime) -> None:
    await listed(runtime)
    runtime.directory.clear()
    assert await runtime.database.read(lambda tx: runtime.directory.held(tx, SAHIL.id)) is None
