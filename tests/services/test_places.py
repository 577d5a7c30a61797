"""Places by name, out of the directory and from a map service."""

from __future__ import annotations

import pytest

from bakureserve.domain.errors import NotFound
from bakureserve.domain.places.gazetteer import NAMES
from bakureserve.domain.places.geo import Coordinates, Place
from bakureserve.eta.upstream import CallBudget
from bakureserve.runtime import Runtime
from bakureserve.services.arrivals.places import Places, SampleRestaurants
from bakureserve.store import restaurants
from bakureserve.store.sample import sample_restaurants
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


class TestSearching:
    async def test_a_map_service_is_asked_out_of_the_callers_budget(self, runtime: Runtime) -> None:
        atlas = Atlas(from_gomap("Ulduz metrosu"))
        places = Places(runtime.directory, atlas)
        budget = CallBudget(1, lambda: 0.0)
        assert [each.name for each in await places.search("ulduz", budget=budget)]
        assert not await places.search("ulduz", budget=budget)
        assert len(atlas.asked) == 1

    async def test_the_directory_answers_without_any_map_service(self, runtime: Runtime) -> None:
        (restaurant,) = await runtime.places.search("sahil bagi")
        assert (restaurant.id, restaurant.name) == (SAHIL.id, "Sahil Bağı")
        assert (restaurant.point, restaurant.provider) == (DOOR, "directory")

    async def test_a_district_is_a_place_in_the_middle_of_its_restaurants(
        self, runtime: Runtime
    ) -> None:
        district, restaurant = await runtime.places.search("bulvar")
        assert (district.id, district.name, district.address) == (
            "district:bulvar",
            "Bulvar",
            "Baku",
        )
        assert district.point == DOOR
        assert restaurant.name == "Sahil Bağı"

    async def test_a_restaurant_without_coordinates_is_no_place(self, runtime: Runtime) -> None:
        assert await found(runtime.places, "isti cay evi") == []

    async def test_what_another_process_adds_is_found_at_once(self, runtime: Runtime) -> None:
        assert await found(runtime.places, "uzum") == []

        def open_doors(transaction: Transaction) -> None:
            new = a_restaurant(id="3", slug="uzum", name="Üzüm", latitude=40.5, longitude=50.0)
            restaurants.insert(transaction, new, source="operator", now=NOW)

        await by_another_process(runtime.settings.database_path, open_doors)
        assert await found(runtime.places, "uzum") == ["Üzüm"]

    async def test_a_map_service_is_asked_in_the_guest_s_language_near_the_restaurant(
        self, runtime: Runtime
    ) -> None:
        atlas = Atlas(from_gomap("Gənclik"))
        places = Places(runtime.directory, atlas)
        assert [each.name for each in await places.search("genclik", language="az", near=DOOR)] == [
            "Gənclik"
        ]
        assert atlas.asked == [("genclik", "az", DOOR)]

    async def test_our_own_comes_first_when_it_was_surely_meant_and_last_when_not(
        self, runtime: Runtime
    ) -> None:
        places = Places(runtime.directory, Atlas(from_gomap("Sahil metro")))
        assert await found(places, "sahil") == ["Sahil Bağı", "Sahil metro"]
        assert await found(places, "sahel") == ["Sahil metro", "Sahil Bağı"]

    async def test_one_place_that_both_know_is_given_once(self, runtime: Runtime) -> None:
        twin = from_gomap("SAHİL BAĞI", latitude=40.3701, longitude=49.8371)
        elsewhere = from_gomap("Sahil Bağı")
        places = Places(runtime.directory, Atlas(twin, elsewhere))
        assert [each.id for each in await places.search("sahil bagi")] == [SAHIL.id, elsewhere.id]

    async def test_no_more_are_given_than_asked_for(self, runtime: Runtime) -> None:
        atlas = Atlas(*(from_gomap(f"Bulvar {number}") for number in range(9)))
        assert len(await found(Places(runtime.directory, atlas), "bulvar", limit=4)) == 4

    @pytest.mark.parametrize("query", ["", "  ", "\u2800"])
    async def test_nobody_is_asked_about_nothing(self, runtime: Runtime, query: str) -> None:
        atlas = Atlas(from_gomap("Gənclik"))
        assert await found(Places(runtime.directory, atlas), query) == []
        assert atlas.asked == []


class TestNaming:
    @pytest.mark.parametrize("text", ["40.37,49.8372", " 40.37 , 49.8372 ", "+40.370,4.98372e1"])
    async def test_coordinates_are_a_place(self, runtime: Runtime, text: str) -> None:
        place = await runtime.places.named(text)
        assert (place.point, place.name, place.provider) == (DOOR, "40.37,49.8372", "coordinates")

    @pytest.mark.parametrize("text", [SAHIL.slug, SAHIL.id, "sahil bagi", "SAHL BAĞI", "bulvar"])
    async def test_so_are_a_slug_an_id_and_a_name(self, runtime: Runtime, text: str) -> None:
        assert (await runtime.places.named(text)).point == DOOR

    @pytest.mark.parametrize("text", ["", "nowhere at all", "1,2,3", CAY_EVI.slug])
    async def test_what_is_nowhere_is_refused(self, runtime: Runtime, text: str) -> None:
        with pytest.raises(NotFound, match="place_unknown"):
            await runtime.places.named(text)

    @pytest.mark.parametrize("text", ["91,49", "nan,49", "40.4,-180.5"])
    async def test_a_point_that_is_not_on_earth_is_never_looked_up_as_a_name(
        self, runtime: Runtime, text: str
    ) -> None:
        atlas = Atlas(from_gomap("49"))
        with pytest.raises(NotFound, match="point_off_earth"):
            await Places(runtime.directory, atlas).named(text)
        assert atlas.asked == []

    @pytest.mark.parametrize(
        ("name", "district"),
        [(other, names[0]) for names in NAMES for other in names if names[0] in DISTRICTS],
    )
    async def test_a_district_of_the_samples_is_known_by_every_name_it_has(
        self, name: str, district: str
    ) -> None:
        places = Places(SampleRestaurants(), None)
        assert (await places.named(name)).name == district

    @pytest.mark.parametrize("typed", ["icheri sheher", "iceri seher", "ичери шехер"])
    async def test_so_is_one_that_is_typed_as_it_sounds(self, typed: str) -> None:
        assert (await Places(SampleRestaurants(), None).named(typed)).name == "Old City"
