from __future__ import annotations

import asyncio
import json
import re
from base64 import urlsafe_b64encode
from pathlib import Path
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from bakureserve.runtime import Runtime, open_runtime
from bakureserve.server.serving import application
from tests.conftest import Browser
from tests.kit.cast import ADMIN, by_token
from tests.kit.houses import CAY_EVI, SetClock
from tests.server.asking import TOMORROW_AT_SEVEN, Json, a_wish, ask, book, problem

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
EVERY_CALL = [
    ("GET", ""),
    ("POST", ""),
    ("GET", "/{id}"),
    ("PATCH", "/{id}"),
    ("DELETE", "/{id}"),
    *(("POST", f"/{{id}}/{act}") for act in ("cancel", "confirm", "seat", "complete", "no-show")),
    ("POST", "/{id}/undo"),
    ("POST", "/{id}/preorder/quote"),
    ("POST", "/{id}/preorder/confirm"),
]
ON_ONE = [call for call in EVERY_CALL if call[1]]
BODIES: dict[str, Json] = {
    "PATCH/{id}": {"guest_name": "Nigar"},
    "POST": a_wish(),
    "POST/{id}/preorder/quote": {"minutes_away": 20, "scope": "full"},
    "POST/{id}/preorder/confirm": {"minutes_away": 20, "scope": "full"},
}


def a_cursor(starts_at: int) -> str:
    """One that no list gave out."""
    return urlsafe_b64encode(json.dumps({"starts_at": starts_at, "id": "x"}).encode()).decode()


async def call(browser: Browser, method: str, path: str, id_: str, who: str | None) -> Any:
    body = BODIES.get(method + path)
    more = {"json": body} if body else {}
    return await ask(browser, method, path.format(id=id_), who=who, **more)


class TestShapes:
    async def test_a_new_reservation_is_told_whole_with_its_address(self, browser: Browser) -> None:
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

    async def test_every_call_answers_the_whole_reservation(
        self, browser: Browser, clock: SetClock
    ) -> None:
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

    async def test_a_preorder_is_quoted_and_kept(self, browser: Browser) -> None:
        path = f"/{(await book(browser))['id']}/preorder"
        body = {"minutes_away": 20, "scope": "starters", "items": ["Düşbərə"]}
        quote = await (await ask(browser, "POST", f"{path}/quote", json=body)).json()
        assert quote.keys() == {"policy", "recommended_prep_minutes"}
        assert quote["recommended_prep_minutes"] == 10
        assert "10 minutes" in quote["policy"]
        kept = await (await ask(browser, "POST", f"{path}/confirm", json=body)).json()
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

    async def test_a_preorder_is_for_starters_unless_it_says_otherwise(
        self, browser: Browser
    ) -> None:
        path = f"/{(await book(browser))['id']}/preorder/confirm"
        body = {"minutes_away": "20", "items": ["Düşbərə", "", "  "]}
        kept = await (await ask(browser, "POST", path, json=body)).json()
        assert (kept["prep_scope"], kept["prep_items"]) == ("starters", ["Düşbərə"])

    async def test_a_list_shows_what_was_at_a_restaurant_that_was_removed(
        self, browser: Browser, runtime: Runtime, clock: SetClock
    ) -> None:
        there = await book(browser, restaurant_id=CAY_EVI.id, start="2027-03-02T18:00")
        here = await book(browser, start="2027-03-05T19:00")
        clock.pass_minutes(2 * 24 * 60)
        assert await runtime.catalogue.remove(ADMIN, CAY_EVI.id) == "retired"
        listed = await (await ask(browser, "GET")).json()
        assert [each["id"] for each in listed] == [there["id"], here["id"]]
        assert listed[0]["start"] == "2027-03-02T18:00:00+01:00"


class TestTimes:
    @pytest.mark.parametrize(
        "start",
        [
            "2027-03-02T19:00:00+04:00",
            "2027-03-02T19:00:00",
            "2027-03-02T19:00",
            "2027-03-02 19:00",
            "2027-03-02T15:00:00Z",
            "2027-03-02T15:00:00.000Z",
            "2027-03-02t15:00:00z",
            "2027-03-02T10:00-05:00",
        ],
    )
    async def test_with_an_offset_a_moment_and_without_the_local_time(
        self, browser: Browser, start: str
    ) -> None:
        booked = await book(browser, start=start)
        assert booked["start"] == TOMORROW_AT_SEVEN
        again = await ask(browser, "POST", json=a_wish(table_id="t1"))
        await problem(again, 409, "table_taken")

    @pytest.mark.parametrize("start", ["2027-03-02T19:00", "2027-03-02T15:00:00Z"])
    @pytest.mark.parametrize("end", ["2027-03-02T20:30", "2027-03-02T16:30:00Z", None])
    async def test_both_kinds_may_be_mixed(
        self, browser: Browser, start: str, end: str | None
    ) -> None:
        booked = await book(browser, start=start, end=end)
        assert booked["end"] == "2027-03-02T20:30:00+04:00"
        change = {"start": "2027-03-02T20:00", "end": "2027-03-02T17:30Z"}
        changed = await ask(browser, "PATCH", f"/{booked['id']}", json=change)
        assert (await changed.json())["end"] == "2027-03-02T21:30:00+04:00"

    async def test_each_restaurant_answers_in_its_own_offset(self, browser: Browser) -> None:
        # Berlin is in winter time on the first date and in summer time on the second.
        for day, offset in (("2027-03-02", "+01:00"), ("2027-04-02", "+02:00")):
            booked = await book(browser, restaurant_id=CAY_EVI.id, start=f"{day}T19:00")
            assert booked["start"] == f"{day}T19:00:00{offset}"


class TestWhoMay:
    @pytest.mark.parametrize(("method", "path"), EVERY_CALL)
    async def test_nobody_without_a_token(self, browser: Browser, method: str, path: str) -> None:
        booked = await book(browser)
        answer = await call(browser, method, path, booked["id"], None)
        await problem(answer, 401, "token_missing")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(("method", "path"), EVERY_CALL)
    async def test_nobody_with_a_wrong_token(
        self, browser: Browser, method: str, path: str
    ) -> None:
        answer = await call(browser, method, path, "any", "wrong")
        await problem(answer, 401, "token_bad")
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")

    @pytest.mark.parametrize(("method", "path"), ON_ONE)
    @pytest.mark.parametrize("who", ["other-guest", "host"])
    async def test_what_is_anothers_is_not_there(
        self, browser: Browser, method: str, path: str, who: str
    ) -> None:
        booked = await book(browser, restaurant_id=CAY_EVI.id)
        answer = await call(browser, method, path, booked["id"], who)
        await problem(answer, 404, "reservation_unknown")
        assert await (await ask(browser, "GET", f"/{booked['id']}")).json() == booked

    @pytest.mark.parametrize("act", ["seat", "complete", "no-show", "undo"])
    async def test_a_guest_does_not_do_the_hosts_work(self, browser: Browser, act: str) -> None:
        booked = await book(browser)
        await problem(await ask(browser, "POST", f"/{booked['id']}/{act}"), 403, "staff_only")

    @pytest.mark.parametrize(
        ("who", "query", "names"),
        [
            ("guest", "", ["A", "C"]),
            ("other-guest", "", ["B"]),
            ("host", "", ["A", "B"]),
            ("host", "?restaurant_id={here}", ["A", "B"]),
            ("admin", "", ["A", "B", "C"]),
            ("admin", "?restaurant_id={there}", ["C"]),
            ("admin", "?date=2027-03-02", ["A", "C"]),
            ("admin", "?date=2027-03-03&status=booked", ["B"]),
            ("admin", "?status=cancelled", []),
        ],
    )
    async def test_lists_hold_what_one_may_see(
        self, browser: Browser, who: str, query: str, names: list[str]
    ) -> None:
        here = (await book(browser, guest_name="A"))["restaurant_id"]
        await book(browser, "other-guest", guest_name="B", start="2027-03-03T19:00")
        await book(browser, guest_name="C", restaurant_id=CAY_EVI.id)
        answer = await ask(browser, "GET", query.format(here=here, there=CAY_EVI.id), who=who)
        assert sorted(each["guest_name"] for each in await answer.json()) == names


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


LONG = "2027-03-02T19:00:00.000000000000000000000000+04:00"
MUTATIONS: list[tuple[Json, int, str, str]] = [
    ({"guest_name": ""}, 422, "name_blank", "guest_name"),
    ({"guest_name": " \n\t "}, 422, "name_blank", "guest_name"),
    ({"guest_name": "\u200b\u202e"}, 422, "name_blank", "guest_name"),
    ({"guest_name": "ə" * 81}, 422, "name_too_long", "guest_name"),
    ({"guest_name": "a" * 401}, 422, "field_too_long", "guest_name"),
    ({"guest_name": "a\0b"}, 422, "field_bad_character", "guest_name"),
    ({"guest_name": None}, 422, "field_not_text", "guest_name"),
    ({"guest_name": 7}, 422, "field_not_text", "guest_name"),
    ({"guest_phone": "12345"}, 422, "phone_malformed", "guest_phone"),
    ({"guest_phone": "1" * 33}, 422, "phone_malformed", "guest_phone"),
    ({"guest_phone": "call me maybe"}, 422, "phone_malformed", "guest_phone"),
    ({"guest_phone": "+994 50 123;45"}, 422, "phone_malformed", "guest_phone"),
    ({"guest_phone": 994501234567}, 422, "field_not_text", "guest_phone"),
    ({"party_size": 0}, 422, "field_too_small", "party_size"),
    ({"party_size": -2}, 422, "field_too_small", "party_size"),
    ({"party_size": 7}, 422, "party_too_large", "party_size"),
    ({"party_size": 1001}, 422, "field_too_large", "party_size"),
    ({"party_size": 10**30}, 422, "field_out_of_range", "party_size"),
    ({"party_size": 2.5}, 422, "field_not_an_integer", "party_size"),
    ({"party_size": "two"}, 422, "field_not_an_integer", "party_size"),
    ({"party_size": True}, 422, "field_not_an_integer", "party_size"),
    ({"party_size": None}, 422, "field_not_an_integer", "party_size"),
    ({"start": "2027-03-02T19:10"}, 422, "start_off_grid", "start"),
    ({"start": "2027-03-02T19:00:01"}, 422, "start_off_grid", "start"),
    ({"start": "2027-03-02T09:30"}, 422, "outside_hours", "start"),
    ({"start": "2027-03-02T22:00"}, 422, "after_last_seating", "start"),
    ({"start": "2027-03-01T11:30"}, 422, "start_in_past", "start"),
    ({"start": "2027-05-01T19:00"}, 422, "start_beyond_horizon", "start"),
    ({"start": "1899-12-31T19:00"}, 422, "time_out_of_range", "start"),
    ({"start": "9999-12-31T23:59:59-12:00"}, 422, "time_out_of_range", "start"),
    ({"start": "tomorrow"}, 422, "field_not_a_timestamp", "start"),
    ({"start": "2027-02-30T19:00"}, 422, "field_not_a_timestamp", "start"),
    ({"start": ""}, 422, "field_not_a_timestamp", "start"),
    ({"start": LONG}, 422, "field_too_long", "start"),
    ({"start": 1803996000}, 422, "field_not_text", "start"),
    ({"start": None}, 422, "field_not_text", "start"),
    ({"end": "2027-03-02T19:00"}, 422, "end_before_start", "end"),
    ({"end": "2027-03-02T14:00Z"}, 422, "end_before_start", "end"),
    ({"end": "2027-03-02T20:00"}, 422, "end_not_offered", "end"),
    ({"end": "later"}, 422, "field_not_a_timestamp", "end"),
    ({"table_id": "t9"}, 422, "table_of_another_venue", "table_id"),
    ({"table_id": "t1", "party_size": 3}, 422, "party_larger_than_table", "table_id"),
    ({"table_id": 1}, 422, "field_not_text", "table_id"),
    ({"table_id": "t3"}, 409, "table_taken", ""),
    ({"party_size": 5}, 409, "fully_booked", ""),
]


class TestLimits:
    @pytest.mark.parametrize(("mutation", "status", "code", "field"), MUTATIONS)
    @pytest.mark.parametrize("method", ["POST", "PATCH"])
    async def test_a_bad_wish_is_told_what_would_be_right(
        self, browser: Browser, method: str, mutation: Json, status: int, code: str, field: str
    ) -> None:
        await book(browser, "other-guest", table_id="t3")
        booked = await book(browser)
        path = f"/{booked['id']}" if method == "PATCH" else ""
        body = a_wish(**mutation) if method == "POST" else mutation
        document = await problem(await ask(browser, method, path, json=body), status, code)
        assert [each["field"] for each in document.get("errors", [])] == ([field] if field else [])
        stored = await (await ask(browser, "GET", who="admin")).json()
        assert len(stored) == 2
        assert booked in stored

    @pytest.mark.parametrize("field", ["restaurant_id", "party_size", "start", "guest_name"])
    async def test_what_is_missing_is_named(self, browser: Browser, field: str) -> None:
        wish = a_wish()
        del wish[field]
        document = await problem(await ask(browser, "POST", json=wish), 422, "field_missing")
        assert [each["field"] for each in document["errors"]] == [field]

    async def test_everything_that_is_wrong_is_told_at_once(self, browser: Browser) -> None:
        wish = a_wish(party_size="two", guest_name=None, start=5)
        document = await problem(await ask(browser, "POST", json=wish), 422, "fields_wrong")
        assert {each["field"] for each in document["errors"]} == {
            "party_size", "guest_name", "start"
        }  # fmt: skip

    @pytest.mark.parametrize("restaurant", ["nowhere", "", "../x"])
    async def test_an_unknown_restaurant_is_not_found(
        self, browser: Browser, restaurant: str
    ) -> None:
        answer = await ask(browser, "POST", json=a_wish(restaurant_id=restaurant))
        await problem(answer, 404, "restaurant_unknown")

    @pytest.mark.parametrize(
        "accepted",
        [
            {"guest_name": "ə" * 80},
            {"guest_name": "  A \n B  "},
            {"guest_phone": "123456"},
            {"guest_phone": "(+994) 50.123-45 67" + "0" * 13},
            {"guest_phone": None},
            {"guest_phone": ""},
            {"table_id": None},
            {"end": None},
            {"party_size": 2.0},
            {"something_new": 1},
        ],
    )
    async def test_what_just_fits_is_taken(self, browser: Browser, accepted: Json) -> None:
        await book(browser, **accepted)

    async def test_a_blank_end_or_table_is_none_in_a_change_as_in_a_new_booking(
        self, browser: Browser
    ) -> None:
        blank = {"end": "", "table_id": ""}
        booked = await book(browser, **blank)
        changed = await ask(browser, "PATCH", f"/{booked['id']}", json=blank)
        assert changed.status == 200
        assert (await changed.json())["table_id"] == booked["table_id"]

    @pytest.mark.parametrize(
        ("body", "headers", "status", "code"),
        [
            (b"{", {}, 400, "body_not_json"),
            (b'{"a":NaN}', {}, 400, "body_not_json"),
            (b"\xff\xfe", {}, 400, "body_not_json"),
            (b"[" * 60_000, {}, 400, "body_too_deep"),
            (b"", {}, 400, "body_missing"),
            (b"[]", {}, 422, "field_not_an_object"),
            (b"null", {}, 422, "field_not_an_object"),
            (b" " * (64 * 1024 + 1), {}, 413, "body_too_large"),
            (b"{}", {"Content-Type": "text/plain"}, 415, "media_type_unsupported"),
            (b"{}", {"Content-Type": "application/json; charset=utf-16"}, 415, None),
        ],
    )
    async def test_a_body_that_is_none_is_refused(
        self, browser: Browser, body: bytes, headers: dict[str, str], status: int, code: str | None
    ) -> None:
        given = {"Content-Type": "application/json"} | headers
        await problem(await ask(browser, "POST", data=body, headers=given), status, code)

    async def test_a_chunked_body_is_cut_off_at_the_limit_too(self, browser: Browser) -> None:
        async def chunks() -> Any:
            for _ in range(65):
                yield b" " * 1024

        headers = {"Content-Type": "application/json"}
        answer = await ask(browser, "POST", data=chunks(), headers=headers)
        await problem(answer, 413, "body_too_large")

    async def test_a_body_of_just_64_kib_is_read(self, browser: Browser) -> None:
        body = json.dumps(a_wish()).encode()
        body += b" " * (64 * 1024 - len(body))
        headers = {"Content-Type": "application/json"}
        assert (await ask(browser, "POST", data=body, headers=headers)).status == 201

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"minutes_away": 4, "scope": "full"}, "field_too_small"),
            ({"minutes_away": 61, "scope": "full"}, "field_too_large"),
            ({"minutes_away": 20, "scope": "dessert"}, None),
            ({"minutes_away": 20, "scope": "full", "items": ["a"] * 13}, "prep_items_too_many"),
            ({"minutes_away": 20, "scope": "full", "items": ["a" * 81]}, "prep_item_too_long"),
            ({"minutes_away": 20, "scope": "full", "items": "plov"}, "field_not_a_list"),
            ({"scope": "full"}, "field_missing"),
        ],
    )
    @pytest.mark.parametrize("step", ["quote", "confirm"])
    async def test_a_preorder_the_kitchen_cannot_read_is_refused(
        self, browser: Browser, step: str, body: Json, code: str | None
    ) -> None:
        booked = await book(browser)
        answer = await ask(browser, "POST", f"/{booked['id']}/preorder/{step}", json=body)
        await problem(answer, 422, code)

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("?status=gone", "field_not_a_choice"),
            ("?date=soon", "field_not_a_date"),
            ("?limit=0", "field_too_small"),
            ("?cursor=AAAA", "cursor_malformed"),
            ("?cursor=eyJpZCI6MX0", "cursor_malformed"),
            (f"?cursor={a_cursor(2**63)}", "cursor_malformed"),
            (f"?cursor={a_cursor(-(2**63) - 1)}", "cursor_malformed"),
            (f"?cursor={a_cursor(10**30)}", "cursor_malformed"),
        ],
    )
    async def test_a_bad_list_is_refused(self, browser: Browser, query: str, code: str) -> None:
        await problem(await ask(browser, "GET", query), 422, code)


class TestConflicts:
    async def test_a_cancelled_booking_comes_back_only_while_its_table_is_free(
        self, browser: Browser
    ) -> None:
        path = f"/{(await book(browser))['id']}"
        for _ in range(2):
            assert (await ask(browser, "POST", f"{path}/cancel")).status == 200
        await book(browser, "other-guest", table_id="t1")
        await problem(await ask(browser, "POST", f"{path}/confirm"), 409, "table_taken")

    async def test_an_illegal_change_names_what_is_possible(self, browser: Browser) -> None:
        path = f"/{(await book(browser))['id']}"
        answer = await ask(browser, "POST", f"{path}/complete", who="host")
        await problem(answer, 409, "illegal_status_change")

    async def test_a_cancelled_booking_takes_no_preorder(self, browser: Browser) -> None:
        path = f"/{(await book(browser))['id']}"
        await ask(browser, "POST", f"{path}/cancel")
        body = {"minutes_away": 20, "scope": "full"}
        answer = await ask(browser, "POST", f"{path}/preorder/quote", json=body)
        await problem(answer, 409, "reservation_not_active")


KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}


class TestIdempotencyKeys:
    async def test_the_same_call_is_answered_with_the_same_bytes(self, browser: Browser) -> None:
        first = await ask(browser, "POST", json=a_wish(), headers=KEY)
        again = await ask(browser, "POST", json=a_wish(), headers=KEY)
        assert (first.status, again.status) == (201, 201)
        assert await first.read() == await again.read()
        assert "Idempotent-Replayed" not in first.headers
        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.headers["Location"] == first.headers["Location"]
        assert len(await (await ask(browser, "GET")).json()) == 1

    async def test_also_after_a_restart(
        self, browser: Browser, runtime: Runtime, clock: SetClock
    ) -> None:
        first = await ask(browser, "POST", json=a_wish(), headers=KEY)
        async with (
            open_runtime(runtime.settings, clock=clock) as reopened,
            TestClient(TestServer(application(reopened, identify=by_token))) as other,
        ):
            again = await ask(other, "POST", json=a_wish(), headers=KEY)
            assert await again.read() == await first.read()
            assert again.headers["Idempotent-Replayed"] == "true"

    async def test_another_body_under_the_key_is_refused(self, browser: Browser) -> None:
        await ask(browser, "POST", json=a_wish(), headers=KEY)
        other = await ask(browser, "POST", json=a_wish(party_size=3), headers=KEY)
        await problem(other, 422, "idempotency_key_reused")

    async def test_a_key_still_at_work_is_a_conflict_and_books_once(self, browser: Browser) -> None:
        answers = await asyncio.gather(
            *(ask(browser, "POST", json=a_wish(), headers=KEY) for _ in range(8))
        )
        statuses = {answer.status for answer in answers}
        assert 201 in statuses
        assert statuses <= {201, 409}
        assert len(await (await ask(browser, "GET")).json()) == 1

    @pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
    async def test_a_key_that_is_none_is_refused(self, browser: Browser, key: str) -> None:
        answer = await ask(browser, "POST", json=a_wish(), headers={"Idempotency-Key": key})
        await problem(answer, 400, "idempotency_key_malformed")


async def test_preorders_are_not_there_when_switched_off(runtime: Runtime, tmp_path: Path) -> None:
    switched_off = runtime.settings.__class__(
        data_dir=tmp_path, rate_limit_requests=1_000_000, prep_notify_enabled=False
    )
    async with (
        open_runtime(switched_off, clock=runtime.clock) as reopened,
        TestClient(TestServer(application(reopened, identify=by_token))) as browser,
    ):
        path = f"/{(await book(browser))['id']}/preorder/quote"
        body = {"minutes_away": 20, "scope": "full"}
        await problem(await ask(browser, "POST", path, json=body), 404, "preorder_disabled")
