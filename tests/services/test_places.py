"""Places by name, out of the directory and from a map service."""

from __future__ import annotations

import pytest

from bakureserve.domain.errors import NotFound
from bakureserve.domain.places.gazetteer import NAMES
from bakureserve.domain.places.geo import Coordinates, Place
from bakureserve.eta.upstream import CallBudget
from bakureserve.runtime import Runtime
from bakureserve.services.places import Places, SampleRestaurants
from bakureserve.store.restaurants import restaurants
from bakureserve.store.restaurants.sample import sample_restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.builders import a_restaurant
from tests.kit.houses import CAY_EVI, NOW, SAHIL, by_another_process

DISTRICTS = {restaurant.neighborhood for restaurant in sample_restaurants()}
DOOR = Coordinates(40.3700, 49.8372)


def from_gomap(name: str, **fields: float) -> Place:
    return Place(
        id=f"gomap:{name}",
        name=name,
        provider="gomap",
        **({"latitude": 40.41, "longitude": 49.86} | fields),
    )


class Atlas:
    """A map service that knows some places, and remembers what it was asked."""

    def __init__(self, *places: Place) -> None:
        self._places = places
        self.asked: list[tuple[str, str, Coordinates | None]] = []

    async def find(
        self,
        query: str,
        *,
        language: str,
        near: Coordinates | None,
        limit: int,
        budget: CallBudget | None = None,
    ) -> list[Place]:
        if budget is not None and not budget.take():
            return []
        self.asked.append((query, language, near))
        return list(self._places[:limit])


async def found(places: Places, query: str, **more: int) -> list[str]:
    return [place.name for place in await places.search(query, **more)]


async def test_a_map_service_is_asked_in_the_guest_s_language_out_of_the_callers_budget(
    runtime: Runtime,
) -> None:
    atlas = Atlas(*(from_gomap(f"Ulduz {number}") for number in range(9)))
    places = Places(runtime.directory, atlas)
    asked = {"language": "az", "near": DOOR, "budget": CallBudget(1, lambda: 0.0)}
    assert len(await places.search("ulduz", limit=4, **asked)) == 4
    assert not await places.search("ulduz", **asked)
    assert atlas.asked == [("ulduz", "az", DOOR)]


async def test_the_directory_knows_restaurants_with_a_door_and_districts_around_them(
    runtime: Runtime,
) -> None:
    district, restaurant = await runtime.places.search("bulvar")
    assert (district.id, district.name) == ("district:bulvar", "Bulvar")
    assert (district.address, district.point) == ("Baku", DOOR)
    assert (restaurant.id, restaurant.name) == (SAHIL.id, "Sahil Bağı")
    assert (restaurant.point, restaurant.provider) == (DOOR, "directory")
    assert await found(runtime.places, "isti cay evi") == []


async def test_what_another_process_adds_is_found_at_once(runtime: Runtime) -> None:
    assert await found(runtime.places, "uzum") == []

    def open_doors(transaction: Transaction) -> None:
        new = a_restaurant(id="3", slug="uzum", name="Üzüm", latitude=40.5, longitude=50.0)
        restaurants.insert(transaction, new, source="operator", now=NOW)

    await by_another_process(runtime.settings.database_path, open_doors)
    assert await found(runtime.places, "uzum") == ["Üzüm"]


async def test_a_place_of_ours_comes_first_when_it_was_surely_meant_and_last_when_not(
    runtime: Runtime,
) -> None:
    places = Places(runtime.directory, Atlas(from_gomap("Sahil metro")))
    assert await found(places, "sahil") == ["Sahil Bağı", "Sahil metro"]
    assert await found(places, "sahel") == ["Sahil metro", "Sahil Bağı"]


async def test_one_place_that_both_know_is_given_once(runtime: Runtime) -> None:
    twin = from_gomap("SAHİL BAĞI", latitude=40.3701, longitude=49.8371)
    elsewhere = from_gomap("Sahil Bağı")
    places = Places(runtime.directory, Atlas(twin, elsewhere))
    assert [each.id for each in await places.search("sahil bagi")] == [SAHIL.id, elsewhere.id]


async def test_no_map_service_is_asked_about_nothing(runtime: Runtime) -> None:
    atlas = Atlas(from_gomap("Gənclik"))
    for query in ("", "  ", "\u2800"):
        assert await found(Places(runtime.directory, atlas), query) == []
    assert atlas.asked == []


async def test_coordinates_a_slug_an_id_and_a_name_are_a_place(runtime: Runtime) -> None:
    for text in ("40.37,49.8372", " 40.37 , 49.8372 ", "+40.370,4.98372e1"):
        place = await runtime.places.named(text)
        assert (place.name, place.provider) == ("40.37,49.8372", "coordinates")
        assert place.point == DOOR
    for text in (SAHIL.slug, SAHIL.id, "sahil bagi", "SAHL BAĞI", "bulvar"):
        assert (await runtime.places.named(text)).point == DOOR


async def test_what_is_nowhere_is_refused_and_what_is_off_earth_is_not_even_looked_up(
    runtime: Runtime,
) -> None:
    for text in ("", "nowhere at all", "1,2,3", CAY_EVI.slug):
        with pytest.raises(NotFound, match="place_unknown"):
            await runtime.places.named(text)
    atlas = Atlas(from_gomap("49"))
    for text in ("91,49", "nan,49", "40.4,-180.5"):
        with pytest.raises(NotFound, match="point_off_earth"):
            await Places(runtime.directory, atlas).named(text)
    assert atlas.asked == []


async def test_a_district_of_the_samples_is_known_by_every_name_it_has() -> None:
    places = Places(SampleRestaurants(), None)
    for district, *others in NAMES:
        for name in (district, *others) if district in DISTRICTS else ():
            assert (await places.named(name)).name == district


@pytest.mark.parametrize("typed", ["icheri sheher", "iceri seher", "ичери шехер"])
async def test_a_district_of_the_samples_is_known_by_a_name_typed_as_it_sounds(typed: str) -> None:
    assert (await Places(SampleRestaurants(), None).named(typed)).name == "Old City"
