"""Ids in requests: UUIDs in any letter case, table ids exactly."""

from __future__ import annotations

import pytest

from bakureserve.runtime import Runtime
from bakureserve.store import restaurants
from tests.kit.browser import Browser
from tests.kit.builders import a_restaurant
from tests.kit.houses import SetClock, by_another_process
from tests.server.asking import a_wish, ask, book, problem

UUID = "0192f0c4-7d2b-7cc3-98c4-dc0c0c07398f"


async def test_a_reservation_is_found_by_its_id_in_any_letter_case(browser: Browser) -> None:
    booked = await book(browser)
    path = f"/{booked['id'].upper()}"
    assert (await (await ask(browser, "GET", path)).json())["id"] == booked["id"]
    assert (await ask(browser, "PATCH", path, json={"guest_name": "Nigar"})).status == 200
    assert (await ask(browser, "POST", f"{path}/cancel")).status == 200


@pytest.mark.parametrize("id_", [UUID, UUID.upper()], ids=["small", "imported in capitals"])
async def test_so_is_a_restaurant_wherever_it_is_named(
    browser: Browser, runtime: Runtime, clock: SetClock, id_: str
) -> None:
    house = a_restaurant(id=id_, slug="another-house", name="Another")
    await by_another_process(
        runtime.database.path,
        lambda tx: restaurants.insert(tx, house, source="operator", now=clock()),
    )
    for written in (UUID, UUID.upper(), UUID.title()):
        shown = await browser.get(f"/v1/restaurants/{written}")
        assert (await shown.json())["id"] == id_
        booked = await book(browser, restaurant_id=written)
        assert booked["restaurant_id"] == id_
        listed = await ask(browser, "GET", f"?restaurant_id={written}", who="admin")
        assert booked["id"] in [each["id"] for each in await listed.json()]


async def test_a_table_is_named_exactly(browser: Browser) -> None:
    answer = await ask(browser, "POST", json=a_wish(table_id="T1"))
    await problem(answer, 422, "table_of_another_venue")
