"""Taking restaurants in whole or not at all, removing them, and what is written down about it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import pytest

from bakureserve.domain.accounts.actor import cli_actor
from bakureserve.domain.errors import Conflict, Forbidden, NotFound
from bakureserve.domain.restaurants.restaurant import Restaurant
from bakureserve.runtime import Runtime
from bakureserve.services.restaurants.catalogue import Outcome
from bakureserve.settings import Settings
from bakureserve.store.transaction import Row, Transaction
from tests.kit.builders import a_restaurant, some_tables
from tests.kit.cast import GUEST, HOST
from tests.kit.houses import CAY_EVI, NOW, SAHIL, by_another_hand
from tests.kit.rows import a_reservation, book

OPERATOR = cli_actor("nigar")
NEW = a_restaurant(id="33333333-3333-4333-8333-333333333333", slug="yeni", name="Yeni")


def changed(restaurant: Restaurant, **fields: Any) -> Restaurant:
    return msgspec.structs.replace(restaurant, **fields)


def without_table_one(restaurant: Restaurant) -> Restaurant:
    (room,) = restaurant.areas
    return changed(restaurant, areas=(msgspec.structs.replace(room, tables=room.tables[1:]),))


def changes_of(outcomes: list[Outcome]) -> dict[str, str]:
    return {outcome.slug: outcome.change for outcome in outcomes}


@pytest.fixture
def booked(house_settings: Settings) -> None:
    """Somebody is to come to table t1 of Sahil Bağı."""
    to_come = a_reservation(start=NOW + dt.timedelta(days=1))
    by_another_hand(house_settings.database_path, lambda tx: book(tx, to_come))


@pytest.fixture
def visited(house_settings: Settings) -> None:
    """Somebody has been at table t1 of Sahil Bağı."""
    past = a_reservation(status="completed")
    by_another_hand(house_settings.database_path, lambda tx: book(tx, past))


async def audit_rows(runtime: Runtime) -> list[Row]:
    def audit(transaction: Transaction) -> list[Row]:
        return transaction.all(
            "select a.actor_kind, a.actor, a.action, a.noun_id, a.changes, e.kind, e.restaurant_id"
            " from audit a join event e on e.id = a.id order by a.id"
        )

    return await runtime.database.read(audit)


async def test_new_changed_and_equal_restaurants_are_told_apart_and_written_down(
    runtime: Runtime,
) -> None:
    moved = changed(SAHIL, address="Yeni küçə", name="Sahil")
    revision = (await runtime.directory.restaurant(CAY_EVI.id)).revision
    outcomes = await runtime.catalogue.add_or_replace(OPERATOR, [NEW, moved, CAY_EVI])
    assert changes_of(outcomes) == {
        "yeni": "added",
        "sahil-bagi": "changed",
        "isti-cay-evi": "unchanged",
    }
    assert (await runtime.directory.restaurant("sahil-bagi")).address == "Yeni küçə"
    assert (await runtime.directory.restaurant("yeni")).name == "Yeni"
    assert (await runtime.directory.restaurant(CAY_EVI.id)).revision == revision
    added, replaced = await audit_rows(runtime)
    assert added[:4] == ("cli", "nigar", "restaurant.added", NEW.id)
    assert added[5:] == ("restaurant.added", NEW.id)
    assert replaced[:4] == ("cli", "nigar", "restaurant.changed", SAHIL.id)
    assert msgspec.json.decode(replaced[4]) == {"address": "Yeni küçə", "name": "Sahil"}
    sources = await runtime.database.read(
        lambda tx: tx.one("select source from restaurant where id = ?", (NEW.id,))
    )
    assert sources == ("operator",)


async def test_a_dry_run_of_an_import_tells_the_same_and_keeps_nothing(runtime: Runtime) -> None:
    wanted = [NEW, changed(SAHIL, name="Sahil")]
    rehearsed = await runtime.catalogue.add_or_replace(OPERATOR, wanted, dry_run=True)
    assert await audit_rows(runtime) == []
    assert await runtime.directory.size() == 2
    assert rehearsed == await runtime.catalogue.add_or_replace(OPERATOR, wanted)


@pytest.mark.parametrize("dry_run", [False, True])
@pytest.mark.usefixtures("booked")
async def test_every_conflict_of_an_import_is_named_and_nothing_is_taken(
    dry_run: bool, runtime: Runtime
) -> None:
    wanted = [NEW, without_table_one(SAHIL), changed(NEW, id="other", slug=CAY_EVI.slug)]
    with pytest.raises(Conflict) as refused:
        await runtime.catalogue.add_or_replace(OPERATOR, wanted, dry_run=dry_run)
    assert [(each.slug, each.reason.code) for each in refused.value.params["refusals"]] == [
        ("sahil-bagi", "table_still_booked"),
        ("isti-cay-evi", "slug_taken"),
    ]
    assert refused.value.code == "restaurants_in_conflict"
    assert refused.value.params["restaurants"] == ["sahil-bagi", "isti-cay-evi"]
    assert await runtime.directory.size() == 2
    assert await audit_rows(runtime) == []


@pytest.mark.usefixtures("visited")
async def test_a_restaurant_that_was_removed_comes_back_even_if_equal(runtime: Runtime) -> None:
    for name, change in ((SAHIL, "changed"), (CAY_EVI, "added")):
        await runtime.catalogue.remove(OPERATOR, name.id)
        outcomes = await runtime.catalogue.add_or_replace(OPERATOR, [name])
        assert changes_of(outcomes) == {name.slug: change}
    key = (await runtime.directory.restaurant(SAHIL.id)).tables_by_id["t2"].key
    await runtime.catalogue.add_or_replace(OPERATOR, [without_table_one(SAHIL)])
    left = await runtime.directory.restaurant(SAHIL.id)
    assert [(table.id, table.key) for table in left.tables] == [("t2", key), ("t3", key + 1)]


@pytest.mark.parametrize("name", [SAHIL.id, SAHIL.slug])
async def test_a_removed_restaurant_without_reservations_is_gone(
    name: str, runtime: Runtime
) -> None:
    assert await runtime.catalogue.remove(OPERATOR, name) == "removed"
    assert [restaurant.id for restaurant in await runtime.catalogue.export()] == [CAY_EVI.id]
    with pytest.raises(NotFound):
        await runtime.catalogue.export([SAHIL.id])
    with pytest.raises(NotFound):
        await runtime.catalogue.remove(OPERATOR, name)
    assert [row[2] for row in await audit_rows(runtime)] == ["restaurant.removed"]


@pytest.mark.usefixtures("visited")
async def test_a_removed_restaurant_with_a_past_is_hidden_and_can_still_be_exported_by_name(
    runtime: Runtime,
) -> None:
    assert await runtime.catalogue.remove(OPERATOR, SAHIL.slug) == "retired"
    assert [restaurant.id for restaurant in await runtime.catalogue.export()] == [CAY_EVI.id]
    assert [restaurant.id for restaurant in await runtime.catalogue.export([SAHIL.slug])] == [
        SAHIL.id
    ]
    assert (await audit_rows(runtime))[0][5:] == ("restaurant.retired", SAHIL.id)


async def test_restaurants_are_exported_as_they_are_named_and_once(runtime: Runtime) -> None:
    found = await runtime.catalogue.export([CAY_EVI.slug, SAHIL.id, CAY_EVI.id])
    assert [restaurant.slug for restaurant in found] == ["isti-cay-evi", "sahil-bagi"]


async def test_what_was_exported_is_unchanged_when_taken_in(runtime: Runtime) -> None:
    await runtime.catalogue.seed(OPERATOR)
    exported = await runtime.catalogue.export()
    outcomes = await runtime.catalogue.add_or_replace(OPERATOR, exported)
    assert len(outcomes) == len(exported) > 2
    assert {outcome.change for outcome in outcomes} == {"unchanged"}


async def test_a_sample_that_never_was_is_added_once(runtime: Runtime) -> None:
    rehearsed = await runtime.catalogue.seed(OPERATOR, dry_run=True)
    assert await runtime.directory.size() == 2
    first = await runtime.catalogue.seed(OPERATOR)
    second = await runtime.catalogue.seed(OPERATOR)
    assert rehearsed == first
    assert first.added
    assert (second.added, second.kept) == ((), first.added)
    assert await runtime.directory.size() == 2 + len(first.added)
    assert {row[:3] for row in await audit_rows(runtime)} == {("cli", "nigar", "restaurant.added")}


async def test_a_sample_that_the_operator_deleted_stays_deleted(runtime: Runtime) -> None:
    gone = (await runtime.catalogue.seed(OPERATOR)).added[0]
    await runtime.catalogue.remove(OPERATOR, gone)
    assert gone in (await runtime.catalogue.seed(OPERATOR)).kept
    with pytest.raises(NotFound):
        await runtime.catalogue.export([gone])


async def test_an_operators_restaurant_keeps_a_sample_of_its_slug_out(runtime: Runtime) -> None:
    slug = (await runtime.catalogue.seed(OPERATOR, dry_run=True)).added[0]
    await runtime.catalogue.add_or_replace(OPERATOR, [changed(NEW, slug=slug)])
    seeded = await runtime.catalogue.seed(OPERATOR)
    assert seeded.slug_taken == (slug,)
    assert (await runtime.directory.restaurant(slug)).id == NEW.id


async def test_only_those_who_see_everything_change_the_directory(runtime: Runtime) -> None:
    smaller = a_restaurant(tables=some_tables(2))
    for actor in (GUEST, HOST):
        for attempt in (
            runtime.catalogue.add_or_replace(actor, [smaller]),
            runtime.catalogue.remove(actor, SAHIL.id),
            runtime.catalogue.seed(actor),
        ):
            with pytest.raises(Forbidden):
                await attempt
    assert await audit_rows(runtime) == []
