from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import msgspec
import pytest

from bakureserve.runtime import Runtime
from bakureserve.store.restaurants import restaurants
from tests.kit.browser import Browser
from tests.kit.builders import a_restaurant, some_tables
from tests.kit.calls import a_wish, ask, book, problem
from tests.kit.cast import bearing
from tests.kit.houses import CAY_EVI, NOW, SAHIL, SetClock, by_another_hand, by_another_process

ITEM = {
    "id", "name", "slug", "cuisine", "city", "timezone", "neighborhood", "address",
    "short_description", "price_level", "tags", "average_spend", "cover_photo",
}  # fmt: skip
DETAIL = ITEM | {
    "phone", "photos", "highlights", "map_images", "latitude", "longitude", "directions_url",
    "menu_url", "instagram", "whatsapp", "dress_code", "experiences", "areas", "opening_hours",
    "booking",
}  # fmt: skip
TABLE = {
    "id", "name", "capacity", "position", "shape", "tags", "rotation", "footprint",
    "noise_level", "featured",
}  # fmt: skip
EVERY_GET = [
    "/v1/restaurants",
    "/v1/restaurants?q=sahil",
    f"/v1/restaurants/{SAHIL.slug}",
    f"/v1/restaurants/{SAHIL.id}/floorplan",
    f"/v1/restaurants/{SAHIL.id}/availability?date=2027-03-02&party_size=2",
]


async def get(browser: Browser, path: str, **headers: str) -> Any:
    answer = await browser.get(path, headers=headers)
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "application/json"
    return await answer.json()


async def test_the_list_has_every_restaurant_in_its_shape_for_every_caller(
    browser: Browser,
) -> None:
    listed = await get(browser, "/v1/restaurants")
    assert [each["slug"] for each in listed] == [SAHIL.slug, CAY_EVI.slug]
    assert all(each.keys() == ITEM for each in listed)
    assert listed[0]["cuisine"] == ["Azerbaijani"]


async def test_q_finds_with_and_without_azerbaijani_letters(browser: Browser) -> None:
    for query, slugs in (
        ("cay", [CAY_EVI.slug]),
        ("Çay", [CAY_EVI.slug]),
        ("seki", [CAY_EVI.slug]),
        ("qehve", [SAHIL.slug]),
        ("", [SAHIL.slug, CAY_EVI.slug]),
        ("nothing of the kind", []),
    ):
        found = await get(browser, f"/v1/restaurants?q={quote(query)}")
        assert [each["slug"] for each in found] == slugs


async def test_pages_lead_from_one_to_the_next_and_end(browser: Browser) -> None:
    path, slugs = "/v1/restaurants?limit=1", []
    for _ in range(2):
        answer = await browser.get(path)
        slugs += [each["slug"] for each in await answer.json()]
        link = re.fullmatch(r'<(/v1/restaurants\?.+)>; rel="next"', answer.headers.get("Link", ""))
        path = link[1] if link else ""
    assert slugs == [SAHIL.slug, CAY_EVI.slug]
    assert path == ""


async def test_a_cursor_without_a_limit_leads_to_all_the_others(browser: Browser) -> None:
    whole = await get(browser, "/v1/restaurants")
    link = (await browser.get("/v1/restaurants?limit=1")).headers["Link"]
    cursor = re.search(r"cursor=([^>&]+)", link)
    assert cursor
    assert await get(browser, f"/v1/restaurants?cursor={cursor[1]}") == whole[1:]
    assert (await browser.get("/v1/restaurants?cursor=eyJpZCI6IngifQ")).status == 422


async def test_one_restaurant_has_its_rooms_and_hours(browser: Browser) -> None:
    for name in (SAHIL.id, SAHIL.slug):
        detail = await get(browser, f"/v1/restaurants/{name}")
        assert detail.keys() == DETAIL
        (area,) = detail["areas"]
        assert area.keys() == {"id", "name", "theme", "landmarks", "tables"}
        assert all(table.keys() == TABLE for table in area["tables"])
        assert [table["capacity"] for table in area["tables"]] == [2, 4, 6]


async def test_the_floor_plan_has_a_canvas_and_the_rooms(browser: Browser) -> None:
    plan = await get(browser, f"/v1/restaurants/{SAHIL.id}/floorplan")
    assert plan["canvas"] == {"width": 100, "height": 100}
    assert plan["areas"] == (await get(browser, f"/v1/restaurants/{SAHIL.id}"))["areas"]


async def test_availability_is_in_the_restaurants_own_offset(browser: Browser) -> None:
    path = "/v1/restaurants/{}/availability?date=2027-03-02&party_size=2"
    sahil = await get(browser, path.format(SAHIL.slug))
    assert sahil["restaurant_timezone"] == "Asia/Baku"
    assert len(sahil["slots"]) == 24
    assert sahil["slots"][0] == {
        "start": "2027-03-02T10:00:00+04:00",
        "end": "2027-03-02T11:30:00+04:00",
        "available_table_ids": ["t1", "t2", "t3"],
        "count": 3,
    }
    cay_evi = await get(browser, path.format(CAY_EVI.id))
    assert cay_evi["slots"][0]["start"] == "2027-03-02T12:00:00+01:00"


async def test_a_slot_whose_tables_are_gone_stays_with_none(browser: Browser) -> None:
    for _ in range(3):
        await book(browser)
    day = await get(browser, f"/v1/restaurants/{SAHIL.id}/availability?date=2027-03-02")
    by_start = {slot["start"][11:16]: slot for slot in day["slots"]}
    assert (by_start["19:00"]["count"], by_start["19:00"]["available_table_ids"]) == (0, [])
    assert by_start["20:30"]["count"] == 3


async def test_what_has_not_changed_is_not_sent_again(browser: Browser, runtime: Runtime) -> None:
    for path in EVERY_GET:
        first = await browser.get(path)
        tag = first.headers["ETag"]
        assert tag.startswith('"')
        for seen in (tag, f"W/{tag}", f'"other", {tag}', "*"):
            again = await browser.get(path, headers={"If-None-Match": seen})
            assert (again.status, again.headers["ETag"], await again.read()) == (304, tag, b"")
        assert (await browser.get(path, headers={"If-None-Match": '"other"'})).status == 200


@pytest.mark.parametrize("path", EVERY_GET)
async def test_what_another_hand_changed_has_another_tag(
    browser: Browser, runtime: Runtime, path: str
) -> None:
    tag = (await browser.get(path)).headers["ETag"]
    (area,) = SAHIL.areas
    wider = msgspec.structs.replace(area, tables=some_tables(2, 4, 6, 8))
    changed = msgspec.structs.replace(SAHIL, name="Köhnə Sahil", areas=(wider,))
    by_another_hand(runtime.database.path, lambda tx: restaurants.replace(tx, changed, now=NOW))
    answer = await browser.get(path, headers={"If-None-Match": tag})
    assert answer.status == 200
    text = await answer.text()
    assert "Köhnə Sahil" in text or '"t4"' in text


async def test_a_booking_changes_the_tag_of_its_restaurants_slots_alone(browser: Browser) -> None:
    slots = f"/v1/restaurants/{SAHIL.id}/availability?date=2027-03-02"
    others = [f"/v1/restaurants/{CAY_EVI.id}/availability?date=2027-03-02", *EVERY_GET[:4]]
    tags = {path: (await browser.get(path)).headers["ETag"] for path in (slots, *others)}
    await book(browser)
    for path, tag in tags.items():
        answer = await browser.get(path, headers={"If-None-Match": tag})
        assert answer.status == (200 if path == slots else 304), path


async def test_a_bad_question_is_told_what_is_wrong(browser: Browser) -> None:
    for path, status, code, field in (
        ("/nowhere", 404, "restaurant_unknown", None),
        ("/nowhere/floorplan", 404, "restaurant_unknown", None),
        ("/nowhere/availability?date=2027-03-02", 404, "restaurant_unknown", None),
        ("/%00", 404, "route_not_found", None),
        (f"/{SAHIL.id}/tables", 404, "route_not_found", None),
        ("?limit=0", 422, "field_too_small", "limit"),
        ("?limit=1001", 422, "field_too_large", "limit"),
        ("?limit=ten", 422, "field_not_an_integer", "limit"),
        ("?cursor=nonsense", 422, "cursor_malformed", "cursor"),
        ("?q=" + "a" * 201, 422, "field_too_long", "q"),
        ("?q=%00", 422, "field_bad_character", "q"),
        (f"/{SAHIL.id}/availability", 422, "field_missing", "date"),
        (f"/{SAHIL.id}/availability?date=2027-02-29", 422, "field_not_a_date", "date"),
        (f"/{SAHIL.id}/availability?date=9999-12-31", 422, "time_out_of_range", "date"),
        (f"/{SAHIL.id}/availability?date=2027-03-02&party_size=0", 422, None, "party_size"),
        (f"/{SAHIL.id}/availability?date=2027-03-02&party_size=1e99", 422, None, "party_size"),
    ):
        document = await problem(await browser.get(f"/v1/restaurants{path}"), status, code)
        assert [error["field"] for error in document.get("errors", [])] == (
            [field] if field else []
        )


UUID = "0192f0c4-7d2b-7cc3-98c4-dc0c0c07398f"


async def test_a_reservation_is_found_by_its_id_in_any_letter_case(browser: Browser) -> None:
    booked = await book(browser)
    path = f"/{booked['id'].upper()}"
    assert (await (await ask(browser, "GET", path)).json())["id"] == booked["id"]
    assert (await ask(browser, "PATCH", path, json={"guest_name": "Nigar"})).status == 200
    assert (await ask(browser, "POST", f"{path}/cancel")).status == 200


@pytest.mark.parametrize("id_", [UUID, UUID.upper()], ids=["small", "imported in capitals"])
async def test_a_restaurant_is_found_by_its_id_in_any_letter_case(
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


async def test_what_is_the_same_for_everyone_comes_in_gzip_where_that_is_accepted(
    browser: Browser,
) -> None:
    path = f"/v1/restaurants/{SAHIL.slug}/availability?date={NOW.date()}"
    plain = await browser.get(path, headers={"Accept-Encoding": "identity"})
    packed = await browser.get(path, headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert int(packed.headers["Content-Length"]) < int(plain.headers["Content-Length"]) / 2
    assert await packed.read() == await plain.read()  # the client unpacks it
    for tag in (plain.headers["ETag"], packed.headers["ETag"]):
        again = await browser.get(path, headers={"Accept-Encoding": "gzip", "If-None-Match": tag})
        assert again.status == 304


async def test_a_personal_answer_is_never_compressed(browser: Browser) -> None:
    """Its length would tell what is in it, to a stranger who can have something put beside it."""
    for hour in range(12, 17):
        await book(browser, start=f"2027-03-02T{hour}:00:00+04:00", notes="by the window " * 10)
    for who, path in (
        ("guest", "/v1/reservations"),
        ("host", f"/v1/reservations?restaurant_id={SAHIL.id}"),
        ("admin", "/v1/admin/audit"),
    ):
        answer = await browser.get(path, headers=bearing(who) | {"Accept-Encoding": "gzip"})
        assert answer.status == 200, await answer.text()
        assert len(await answer.read()) > 1024
        assert "Content-Encoding" not in answer.headers
