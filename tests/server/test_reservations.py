from __future__ import annotations

import datetime as dt
import json
import re
from base64 import urlsafe_b64encode
from dataclasses import replace

import pytest

from bakureserve.domain.localtime import moment_of
from bakureserve.runtime import Runtime
from bakureserve.server.reply import AT_A_TIME
from bakureserve.settings import Settings
from bakureserve.store.transaction import Transaction
from tests.kit import rows
from tests.kit.browser import Browser, open_browser
from tests.kit.calls import TOMORROW_AT_SEVEN, Json, a_wish, ask, book, problem
from tests.kit.cast import ADMIN, bearing
from tests.kit.houses import CAY_EVI, SAHIL, SetClock

RESERVATION = {
    "id", "restaurant_id", "table_id", "party_size", "start", "end", "guest_name", "guest_phone",
    "status", "owner_id", "arrival_intent", "prep_eta_minutes", "prep_request_time", "prep_items",
    "prep_scope", "prep_status", "prep_policy", "needs_attention", "attention",
    "notes", "staff_notes", "tags", "source", "tables", "pinned", "cancelled_late",
    "created_at", "updated_at",
}  # fmt: skip
ARRIVAL_INTENT = {
    "status", "lead_minutes", "prep_scope", "eta_source", "last_signal", "share_location", "notes",
    "auto_charge", "predicted_eta_minutes", "predicted_eta_seconds", "typical_eta_minutes",
    "confirmed_eta_minutes", "current_location", "last_location", "route_distance_km",
    "route_summary", "traffic_condition", "traffic_source", "traffic_updated_at", "fire_at",
    "arrived_at",
}  # fmt: skip
MUTATIONS: list[tuple[Json, str, str]] = [
    ({"guest_name": "\u200b\u202e"}, "name_blank", "guest_name"),
    ({"guest_name": "a" * 401}, "field_too_long", "guest_name"),
    ({"guest_name": None}, "field_not_text", "guest_name"),
    ({"guest_phone": "12345"}, "phone_malformed", "guest_phone"),
    ({"guest_phone": 994501234567}, "field_not_text", "guest_phone"),
    ({"party_size": 0}, "field_too_small", "party_size"),
    ({"party_size": 7}, "party_too_large", "party_size"),
    ({"party_size": 1001}, "field_too_large", "party_size"),
    ({"party_size": "two"}, "field_not_an_integer", "party_size"),
    ({"start": "2027-03-02T19:10"}, "start_off_grid", "start"),
    ({"start": "2027-03-01T11:30"}, "start_in_past", "start"),
    ({"start": "1899-12-31T19:00"}, "time_out_of_range", "start"),
    ({"start": "2027-02-30T19:00"}, "field_not_a_timestamp", "start"),
    ({"start": f"2027-03-02T19:00:00.{'0' * 24}+04:00"}, "field_too_long", "start"),
    ({"start": None}, "field_not_text", "start"),
    ({"end": "2027-03-02T14:00Z"}, "end_before_start", "end"),
    ({"end": "2027-03-02T20:00"}, "end_not_offered", "end"),
    ({"end": "later"}, "field_not_a_timestamp", "end"),
    ({"table_id": "t9"}, "table_of_another_venue", "table_id"),
    ({"table_id": "t1", "party_size": 3}, "party_larger_than_table", "table_id"),
    ({"table_id": 1}, "field_not_text", "table_id"),
    ({"table_id": "t3"}, "table_taken", ""),
    ({"party_size": 5}, "fully_booked", ""),
]
"""What may be wrong with a wish, the code that says so, and its field; a conflict has none."""


def a_cursor(starts_at: int) -> str:
    """One that no list gave out."""
    return urlsafe_b64encode(json.dumps({"starts_at": starts_at, "id": "x"}).encode()).decode()


async def test_a_new_reservation_is_told_whole_with_its_address(browser: Browser) -> None:
    answer = await ask(browser, "POST", json=a_wish(guest_phone="+994 50 123-45-67"))
    booked = await answer.json()
    assert answer.status == 201
    assert answer.headers["Location"] == f"/v1/reservations/{booked['id']}"
    assert booked.keys() == RESERVATION
    assert booked["arrival_intent"].keys() == ARRIVAL_INTENT
    assert booked["arrival_intent"]["status"] == "idle"
    assert booked | {"id": "", "restaurant_id": "", "arrival_intent": ""} == {
        "id": "",
        "restaurant_id": "",
        "table_id": "t1",
        "party_size": 2,
        "start": "2027-03-02T19:00:00+04:00",
        "end": "2027-03-02T20:30:00+04:00",
        "guest_name": "Aysel",
        "guest_phone": "+994 50 123-45-67",
        "status": "booked",
        "owner_id": "guest-aysel",
        "arrival_intent": "",
        "prep_eta_minutes": None,
        "prep_request_time": None,
        "prep_items": [],
        "prep_scope": None,
        "prep_status": None,
        "prep_policy": None,
        "needs_attention": False,
        "attention": [],
        "notes": None,
        "staff_notes": None,
        "tags": [],
        "source": "api",
        "tables": ["t1"],
        "pinned": False,
        "cancelled_late": False,
        "created_at": "2027-03-01T08:00:00Z",
        "updated_at": "2027-03-01T08:00:00Z",
    }


async def test_every_call_answers_the_whole_reservation(browser: Browser, clock: SetClock) -> None:
    booked = await book(browser)
    path = f"/{booked['id']}"
    statuses = []
    for method, after, body in (
        ("GET", "", None),
        ("PATCH", "", {"start": "2027-03-02T20:00", "party_size": 4}),
        ("POST", "/cancel", None),
        ("POST", "/confirm", None),
        ("POST", "/preorder/confirm", {"minutes_away": 20, "scope": "starters"}),
        ("POST", "/seat", None),
        ("POST", "/complete", None),
        ("POST", "/undo", None),
        ("POST", "/undo", None),
        ("POST", "/no-show", None),
        ("POST", "/undo", None),
        ("DELETE", "", None),
    ):
        more = {"json": body} if body else {}
        if after == "/seat":
            clock.pass_minutes(32 * 60)
        answer = await ask(browser, method, path + after, who="host", **more)
        document = await answer.json()
        assert answer.status == 200, document
        assert document.keys() == RESERVATION
        assert document["id"] == booked["id"]
        statuses.append(document["status"])
    assert statuses == [
        "booked", "booked", "cancelled", "booked", "booked", "seated", "completed", "seated",
        "booked", "no_show", "booked", "booked",
    ]  # fmt: skip
    await problem(await ask(browser, "GET", path), 404, "reservation_unknown")


async def test_a_preorder_is_quoted_and_kept(browser: Browser) -> None:
    path = f"/{(await book(browser))['id']}/preorder"
    body = {"minutes_away": 20, "scope": "starters", "items": ["Düşbərə"]}
    quote = await (await ask(browser, "POST", f"{path}/quote", json=body)).json()
    assert quote.keys() == {"policy", "recommended_prep_minutes"}
    assert quote["recommended_prep_minutes"] == 10
    assert "10 minutes" in quote["policy"]
    short = {"minutes_away": "20", "items": ["Düşbərə", "", "  "]}
    kept = await (await ask(browser, "POST", f"{path}/confirm", json=short)).json()
    assert {name: kept[name] for name in kept if name.startswith("prep_")} == {
        "prep_eta_minutes": 20,
        "prep_request_time": "2027-03-01T08:00:00Z",
        "prep_items": ["Düşbərə"],
        "prep_scope": "starters",
        "prep_status": "accepted",
        "prep_policy": quote["policy"],
    }
    shown = await (await ask(browser, "GET", path.removesuffix("/preorder"))).json()
    assert shown["prep_policy"] == quote["policy"]


async def test_a_list_shows_what_was_at_a_restaurant_that_was_removed(
    browser: Browser, runtime: Runtime, clock: SetClock
) -> None:
    there = await book(browser, restaurant_id=CAY_EVI.id, start="2027-03-02T18:00")
    here = await book(browser, start="2027-03-05T19:00")
    clock.pass_minutes(2 * 24 * 60)
    assert await runtime.catalogue.remove(ADMIN, CAY_EVI.id) == "retired"
    listed = await (await ask(browser, "GET")).json()
    assert [each["id"] for each in listed] == [there["id"], here["id"]]
    assert listed[0]["start"] == "2027-03-02T18:00:00+01:00"


async def test_a_start_with_an_offset_is_a_moment_and_without_one_local_time(
    browser: Browser,
) -> None:
    booked = await book(browser, start="2027-03-02T18:00")
    for start in (
        "2027-03-02T19:00:00+04:00",
        "2027-03-02T19:00:00",
        "2027-03-02T19:00",
        "2027-03-02 19:00",
        "2027-03-02T15:00:00.000Z",
        "2027-03-02t15:00:00z",
        "2027-03-02T10:00-05:00",
    ):
        answer = await ask(browser, "PATCH", f"/{booked['id']}", json={"start": start})
        assert (await answer.json())["start"] == TOMORROW_AT_SEVEN, start
        await ask(browser, "PATCH", f"/{booked['id']}", json={"start": "2027-03-02T18:00"})


async def test_start_and_end_may_be_given_in_different_ways(browser: Browser) -> None:
    for number, start in enumerate(("2027-03-02T19:00", "2027-03-02T15:00:00Z")):
        end = ("2027-03-02T16:30:00Z", "2027-03-02T20:30")[number]
        booked = await book(browser, start=start, end=end)
        assert booked["end"] == "2027-03-02T20:30:00+04:00"
    change = {"start": "2027-03-02T20:00", "end": "2027-03-02T17:30Z"}
    changed = await ask(browser, "PATCH", f"/{booked['id']}", json=change)
    assert (await changed.json())["end"] == "2027-03-02T21:30:00+04:00"


async def test_lists_hold_what_one_may_see(browser: Browser) -> None:
    here = (await book(browser, guest_name="A"))["restaurant_id"]
    await book(browser, "other-guest", guest_name="B", start="2027-03-03T19:00")
    await book(browser, guest_name="C", restaurant_id=CAY_EVI.id)
    for who, query, names in (
        ("guest", "", ["A", "C"]),
        ("other-guest", "", ["B"]),
        ("host", f"?restaurant_id={here}", ["A", "B"]),
        ("admin", "", ["A", "B", "C"]),
        ("admin", f"?restaurant_id={CAY_EVI.id}", ["C"]),
        ("admin", "?date=2027-03-03&status=booked", ["B"]),
        ("admin", "?status=cancelled", []),
    ):
        answer = await ask(browser, "GET", query, who=who)
        assert sorted(each["guest_name"] for each in await answer.json()) == names, (who, query)


async def test_pages_hold_every_reservation_once(browser: Browser) -> None:
    hours = ["12:00", "13:30", "15:00"]
    wanted = [await book(browser, start=f"2027-03-02T{h}") for h in hours for _ in range(3)]
    path, found, pages = "?limit=4", [], 0
    while path:
        answer = await ask(browser, "GET", path)
        found += await answer.json()
        pages += 1
        link = re.fullmatch(r'<[^?]+(\?.+)>; rel="next"', answer.headers.get("Link", ""))
        path = link[1] if link else ""
    assert pages == 3
    assert sorted(each["id"] for each in found) == sorted(each["id"] for each in wanted)
    assert [each["start"] for each in found] == sorted(each["start"] for each in found)


async def test_a_list_without_a_limit_is_whole_however_long(
    browser: Browser, runtime: Runtime
) -> None:
    count = 2 * AT_A_TIME + 1

    def fill(transaction: Transaction) -> None:
        for number in range(count):  # many start together, so that their ids decide
            start = moment_of("2027-03-02T15:00Z") + dt.timedelta(minutes=number // 40)
            fields: Json = {"restaurant_id": SAHIL.id, "start": start, "status": "cancelled"}
            rows.book(transaction, rows.a_reservation(f"r{number}", **fields))

    await runtime.database.write(fill)
    whole = await (await ask(browser, "GET", who="admin")).json()
    paged = await (await ask(browser, "GET", "?limit=1000", who="admin")).json()
    assert whole == paged
    assert len({each["id"] for each in whole}) == count
    answer = await ask(browser, "GET", "?limit=10", who="admin")
    cursor = re.search("cursor=[^&>]+", answer.headers["Link"])
    assert cursor
    rest = await ask(browser, "GET", f"?{cursor[0]}", who="admin")
    assert await rest.json() == whole[10:]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
async def test_a_bad_wish_is_refused_with_its_field_and_changes_nothing(
    browser: Browser, method: str
) -> None:
    await book(browser, "other-guest", table_id="t3")
    booked = await book(browser)
    path = f"/{booked['id']}" if method == "PATCH" else ""
    for mutation, code, field in MUTATIONS:
        body = a_wish(**mutation) if method == "POST" else mutation
        answer = await ask(browser, method, path, json=body)
        document = await problem(answer, 422 if field else 409, code)
        assert [each["field"] for each in document.get("errors", [])] == ([field] if field else [])
    stored = await (await ask(browser, "GET", who="admin")).json()
    assert len(stored) == 2
    assert booked in stored


async def test_everything_that_is_missing_or_wrong_is_named_at_once(browser: Browser) -> None:
    for wish, code, fields in (
        ({}, "fields_wrong", {"restaurant_id", "party_size", "start", "guest_name"}),
        ({"restaurant_id": "x", "party_size": 2, "guest_name": "A"}, "field_missing", {"start"}),
        (
            a_wish(party_size="two", guest_name=None, start=5),
            "fields_wrong",
            {"party_size", "guest_name", "start"},
        ),
    ):
        document = await problem(await ask(browser, "POST", json=wish), 422, code)
        assert {each["field"] for each in document["errors"]} == fields


async def test_an_unknown_restaurant_is_not_found(browser: Browser) -> None:
    for restaurant in ("nowhere", "", "../x"):
        answer = await ask(browser, "POST", json=a_wish(restaurant_id=restaurant))
        await problem(answer, 404, "restaurant_unknown")


async def test_what_just_fits_is_taken(browser: Browser) -> None:
    for day, accepted in enumerate(
        (
            {"guest_name": "ə" * 80},
            {"guest_phone": "(+994) 50.123-45 67" + "0" * 13},
            {"guest_phone": ""},
            {"table_id": None, "end": None, "guest_phone": None},
            {"table_id": "", "end": ""},
            {"party_size": 2.0},
            {"something_new": 1},
        ),
        start=10,
    ):
        booked = await book(browser, start=f"2027-03-{day}T19:00", **accepted)
    blank = {"end": "", "table_id": ""}
    changed = await ask(browser, "PATCH", f"/{booked['id']}", json=blank)
    assert (await changed.json())["table_id"] == booked["table_id"]


async def test_a_preorder_the_kitchen_cannot_read_is_refused(browser: Browser) -> None:
    path = f"/{(await book(browser))['id']}/preorder"
    full: Json = {"minutes_away": 20, "scope": "full"}
    for body, code in (
        (full | {"minutes_away": 4}, "field_too_small"),
        (full | {"minutes_away": 61}, "field_too_large"),
        (full | {"scope": "dessert"}, "prep_scope_unknown"),
        (full | {"items": ["a"] * 13}, "prep_items_too_many"),
        (full | {"items": ["a" * 81]}, "prep_item_too_long"),
        (full | {"items": "plov"}, "field_not_a_list"),
        ({"scope": "full"}, "field_missing"),
    ):
        for step in ("quote", "confirm"):
            await problem(await ask(browser, "POST", f"{path}/{step}", json=body), 422, code)


async def test_a_bad_list_is_refused(browser: Browser) -> None:
    for query, code in (
        ("?status=gone", "field_not_a_choice"),
        ("?date=soon", "field_not_a_date"),
        ("?limit=0", "field_too_small"),
        ("?cursor=AAAA", "cursor_malformed"),
        ("?cursor=eyJpZCI6MX0", "cursor_malformed"),
        (f"?cursor={a_cursor(2**63)}", "cursor_malformed"),
        (f"?cursor={a_cursor(-(2**63) - 1)}", "cursor_malformed"),
    ):
        await problem(await ask(browser, "GET", query), 422, code)


async def test_an_illegal_change_is_a_conflict(browser: Browser) -> None:
    path = f"/{(await book(browser))['id']}"
    answer = await ask(browser, "POST", f"{path}/complete", who="host")
    await problem(answer, 409, "illegal_status_change")


KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


async def test_a_call_with_a_known_key_is_answered_with_the_same_bytes(
    browser: Browser, runtime: Runtime, clock: SetClock
) -> None:
    first = await ask(browser, "POST", json=a_wish(), headers=KEY)
    assert first.status == 201
    assert "Idempotent-Replayed" not in first.headers
    async with open_browser(runtime.settings, clock) as after_a_restart:
        for there in (browser, after_a_restart):
            again = await ask(there, "POST", json=a_wish(), headers=KEY)
            assert (again.status, await again.read()) == (201, await first.read())
            assert again.headers["Idempotent-Replayed"] == "true"
            assert again.headers["Location"] == first.headers["Location"]
    other = await ask(browser, "POST", json=a_wish(party_size=3), headers=KEY)
    await problem(other, 422, "idempotency_key_reused")
    assert len(await (await ask(browser, "GET")).json()) == 1


async def test_there_are_no_preorders_when_they_are_switched_off(
    house_settings: Settings, clock: SetClock
) -> None:
    settings = replace(house_settings, prep_notify_enabled=False)
    async with open_browser(settings, clock) as browser:
        path = f"/{(await book(browser))['id']}/preorder/quote"
        body = {"minutes_away": 20, "scope": "full"}
        await problem(await ask(browser, "POST", path, json=body), 404, "preorder_disabled")


CLOSE = f"/v1/restaurants/{SAHIL.slug}/day/close"


async def test_one_call_settles_a_day(browser: Browser, clock: SetClock) -> None:
    booked = await book(browser, start="2027-03-01T19:00")
    day = {"date": "2027-03-01", "unsettled": "no_show"}

    early = await browser.post(CLOSE, json=day, headers=bearing("host"))
    await problem(early, 409, "too_early")

    clock.pass_minutes(24 * 60)
    answer = await browser.post(CLOSE, json=day, headers=bearing("host"))
    assert (answer.status, await answer.json()) == (
        200,
        {
            "restaurant_id": SAHIL.id,
            "date": "2027-03-01",
            "left": [],
            "came": [],
            "no_show": [booked["id"]],
            "flagged": [],
        },
    )


async def test_a_day_is_closed_with_one_of_three_words(browser: Browser) -> None:
    body = {"date": "2027-02-01", "unsettled": "perhaps"}
    await problem(await browser.post(CLOSE, json=body, headers=bearing("host")), 422)
