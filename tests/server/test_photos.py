"""Photos over HTTP, and in what a restaurant's page is told."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from yarl import URL

from bakureserve.runtime import Runtime, open_runtime
from bakureserve.settings import Settings
from bakureserve.store.restaurants import restaurants
from tests.kit.browser import Browser, browser_of
from tests.kit.houses import NOW, SAHIL, SetClock, by_another_hand
from tests.kit.people import CHEAP

PUBLIC = "https://book.example"
ONE = "/assets/restaurants/sahil/1.jpg"
PICTURED = msgspec.structs.replace(
    SAHIL,
    cover_photo=ONE,
    photos=(ONE, "/assets/gone.jpg"),
    map_images=("https://maps.example/1.png",),
)


@pytest.fixture
async def gallery(
    house_settings: Settings, clock: SetClock, tmp_path: Path
) -> AsyncIterator[Runtime]:
    """A store whose restaurant names two photos, of which one is there."""
    folder = tmp_path / "pictures"
    (folder / "restaurants" / "sahil").mkdir(parents=True)
    (folder / "restaurants" / "sahil" / "1.jpg").write_bytes(b"\xff\xd8photo")
    (folder / "restaurants" / "sahil" / "page.html").write_text("<script>")
    by_another_hand(
        house_settings.database_path, lambda tx: restaurants.replace(tx, PICTURED, now=NOW)
    )
    settings = replace(house_settings, photos_dir=folder, public_url=PUBLIC)
    async with open_runtime(settings, clock=clock, hashing=CHEAP) as runtime:
        yield runtime


@pytest.fixture
async def visitor(gallery: Runtime) -> AsyncIterator[Browser]:
    async with browser_of(gallery) as opened:
        yield opened


async def test_a_restaurant_names_the_photos_that_are_there(
    visitor: Browser, gallery: Runtime
) -> None:
    detail = await (await visitor.get(f"/v1/restaurants/{SAHIL.slug}")).json()
    assert (detail["cover_photo"], detail["photos"]) == (f"{PUBLIC}{ONE}", [f"{PUBLIC}{ONE}"])
    assert detail["map_images"] == ["https://maps.example/1.png"]

    (gallery.settings.photos_folder / ONE.removeprefix("/assets/")).unlink()
    gallery.photos.look()
    detail = await (await visitor.get(f"/v1/restaurants/{SAHIL.slug}")).json()
    listed = await (await visitor.get("/v1/restaurants?q=sahil")).json()
    assert (detail["cover_photo"], detail["photos"]) == (None, [])
    assert [each["cover_photo"] for each in listed] == [None]


async def test_a_photo_is_served_with_its_type_to_be_kept(visitor: Browser) -> None:
    answer = await visitor.get(ONE, headers={"Authorization": "Bearer x"})
    assert (answer.status, await answer.read()) == (200, b"\xff\xd8photo")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "public, max-age=604800"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = await visitor.get(ONE, headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status == 304


async def test_nothing_else_is_there(visitor: Browser) -> None:
    for path in (
        "/assets/",
        "/assets/restaurants/",
        "/assets/restaurants/sahil/page.html",
        "/assets/restaurants/sahil/2.jpg",
        "/assets/../bakureserve.db",
        "/assets/%2e%2e/bakureserve.db",
        "/assets/..%2fbakureserve.db",
        "/assets//etc/passwd",
        "/assets/%00",
    ):
        address = URL(f"http://{visitor.host}:{visitor.port}{path}", encoded=True)
        async with visitor.session.get(address) as answer:
            assert answer.status == 404
            assert (await answer.json(content_type=None))["code"] == "route_not_found"
