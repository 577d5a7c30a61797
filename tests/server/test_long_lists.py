"""Lists of more restaurants than are kept as one answer."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from bakureserve.runtime import Runtime
from bakureserve.settings import Settings
from bakureserve.store.restaurants import restaurants
from bakureserve.store.transaction import Transaction
from tests.kit.browser import Browser, open_browser
from tests.kit.builders import a_restaurant
from tests.kit.houses import NOW, SetClock, by_another_hand

MANY = 1300


@pytest.fixture
def many(runtime: Runtime) -> None:
    def add(transaction: Transaction) -> None:
        for number in range(MANY):
            house = a_restaurant(
                id=f"r{number}", slug=f"r{number}", name=f"Çay {number}", tables=()
            )
            restaurants.insert(transaction, house, source="operator", now=NOW)

    by_another_hand(runtime.database.path, add)


async def by_pages(browser: Browser, query: str) -> list[object]:
    path, found = f"/v1/restaurants?limit=500{query}", []
    while path:
        answer = await browser.get(path)
        found += await answer.json()
        link = re.fullmatch(r'<(/v1/restaurants\?.+)>; rel="next"', answer.headers.get("Link", ""))
        path = link[1] if link else ""
    return found


@pytest.mark.usefixtures("many")
async def test_a_long_list_has_all_restaurants_that_its_pages_have(browser: Browser) -> None:
    for query, found in (("", MANY + 2), ("&q=cay", MANY + 1), ("&q=r1 çay", 411)):
        whole = await browser.get(f"/v1/restaurants?{query}")
        assert whole.status == 200
        assert whole.content_type == "application/json"
        listed = await whole.json()
        assert len(listed) == found
        assert listed == await by_pages(browser, query)


@pytest.mark.usefixtures("many")
async def test_a_long_list_goes_on_after_a_cursor(browser: Browser) -> None:
    first = await browser.get("/v1/restaurants?limit=100")
    cursor = re.search(r"cursor=([^>&]+)", first.headers["Link"])
    assert cursor
    rest = await (await browser.get(f"/v1/restaurants?cursor={cursor[1]}")).json()
    assert await first.json() + rest == await by_pages(browser, "")


@pytest.mark.usefixtures("many")
async def test_a_long_list_counts_by_the_restaurants_there_are(
    house_settings: Settings, clock: SetClock
) -> None:
    limited = replace(house_settings, rate_limit_requests=9, rate_limit_window_seconds=86_400)
    async with open_browser(limited, clock) as browser:
        answers = [
            await browser.get(path)
            for path in ("/v1/restaurants?limit=1", "/v1/restaurants", "/v1/restaurants?q=sahil")
        ]
        left = [answer.headers.getall("X-RateLimit-Remaining") for answer in answers]
        assert left == [["8"], ["6"], ["5"]]
        for _ in range(2):
            await (await browser.get("/v1/restaurants")).read()
        assert (await browser.get("/v1/restaurants")).status == 429


@pytest.mark.usefixtures("many")
async def test_a_long_list_is_within_the_smallest_quota(
    house_settings: Settings, clock: SetClock
) -> None:
    limited = replace(house_settings, rate_limit_requests=1, rate_limit_window_seconds=86_400)
    async with open_browser(limited, clock) as browser:
        assert len(await (await browser.get("/v1/restaurants")).json()) == MANY + 2


@pytest.mark.usefixtures("many")
async def test_the_head_of_a_long_list_has_no_body(browser: Browser) -> None:
    answer = await browser.head("/v1/restaurants")
    assert (answer.status, await answer.read()) == (200, b"")
    assert (await browser.get("/v1/restaurants/r7")).status == 200


@pytest.mark.usefixtures("many")
async def test_many_changes_at_once_are_all_seen(browser: Browser, runtime: Runtime) -> None:
    async def named(query: str) -> list[str]:
        found = await (await browser.get(f"/v1/restaurants?q={query}")).json()
        return [each["slug"] for each in found]

    assert await named("r700") == ["r700"]
    assert (await (await browser.get("/v1/restaurants/r700")).json())["name"] == "Çay 700"

    def rename(transaction: Transaction) -> None:
        transaction.execute("update restaurant set name = 'Nar' || id where id like 'r%'")

    by_another_hand(runtime.database.path, rename)
    assert await named("nar r700") == ["r700"]
    assert await named("cay r700") == []
    assert (await (await browser.get("/v1/restaurants/r700")).json())["name"] == "Narr700"
