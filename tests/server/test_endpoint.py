from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from aiohttp.base_protocol import BaseProtocol
from aiohttp.streams import StreamReader
from aiohttp.test_utils import make_mocked_request

from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import BadRequest
from bakureserve.server.call import read_json
from bakureserve.server.caller import dev_identity
from tests.kit.calls import problem
from tests.server.conftest import NOW, Client, MakeClient

JSON = {"Content-Type": "application/json"}
GOOD = {"covers": 2, "name": "Leyla"}


async def order(client: Client, body: Any) -> Any:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await client.post("/v1/orders", data=raw, headers=JSON)


async def test_a_query_is_read_with_its_types_and_what_it_does_not_know_is_ignored(
    client: Client,
) -> None:
    answer = await client.get("/v1/things/a%20b?size=3&day=2027-03-01&q=%C3%A7ay&more=1")
    seen = await answer.json()
    assert answer.status == 200
    assert (seen["id"], seen["size"], seen["q"]) == ("a b", 3, "çay")
    assert seen["now"] == NOW.isoformat().replace("+00:00", "Z")


async def test_of_a_repeated_query_parameter_the_last_counts(client: Client) -> None:
    answer = await client.get("/v1/things/x?size=3&size=4")
    assert (await answer.json())["size"] == 4


async def test_a_wrong_query_names_every_parameter_and_what_would_be_right(client: Client) -> None:
    for query, errors in (
        ("", {"size": "This field is required."}),
        ("size=0", {"size": "Must be at least 1."}),
        ("size=21", {"size": "Must be at most 20."}),
        ("size=many", {"size": "Must be a whole number."}),
        ("size=" + "9" * 30, {"size": "Must be at most 20."}),
        ("size=" + "9" * 5000, {"size": "This number is too large."}),
        ("size=1&near=nan", {"near": "This number is too large."}),
        ("size=1&near=inf", {"near": "This number is too large."}),
        ("size=1&q=%00", {"q": "Must not contain a NUL character."}),
        (
            "size=x&day=2027-02-30&near=y",
            {
                "size": "Must be a whole number.",
                "day": "Must be a date, such as 2027-03-01.",
                "near": "Must be a number.",
            },
        ),
    ):
        document = await problem(await client.get(f"/v1/things/x?{query}"), 422)
        assert {each["field"]: each["message"] for each in document["errors"]} == errors


async def test_a_good_body_is_read_and_answered_with_the_status_of_its_row(client: Client) -> None:
    answer = await order(client, {**GOOD, "covers": 4.0, "near": 2, "stray": 1})
    assert answer.status == 201
    assert (await answer.json())["order"] == {
        "covers": 4,
        "name": "Leyla",
        "scope": "full",
        "auto": False,
        "items": [],
        "near": 2.0,
    }


async def test_a_wrong_body_names_every_field_and_what_would_be_right(client: Client) -> None:
    for body, errors in (
        ({"covers": 2}, {"name": "This field is required."}),
        ({**GOOD, "covers": True}, {"covers": "Must be a whole number."}),
        ({**GOOD, "covers": "21"}, {"covers": "Must be at most 20."}),
        ({**GOOD, "covers": "9" * 5000}, {"covers": "Must be a whole number."}),
        ({**GOOD, "covers": 2**70}, {"covers": "This number is too large."}),
        ({**GOOD, "name": "x" * 9}, {"name": "May have at most 8 characters or entries."}),
        ({**GOOD, "name": "a\0b"}, {"name": "Must not contain a NUL character."}),
        ({**GOOD, "stray": [{"x": "\0"}]}, {"stray[0].x": "Must not contain a NUL character."}),
        ({**GOOD, "scope": "mains"}, {"scope": "Must be one of: starters, full."}),
        ({**GOOD, "notes": 1}, {"notes": "Must be text."}),
        ({**GOOD, "items": ["a", 1]}, {"items[1]": "Must be text."}),
        ([], {"": "Must be an object."}),
        (None, {"": "Must be an object."}),
        (
            {"covers": 0, "name": 5, "scope": "x"},
            {
                "covers": "Must be at least 1.",
                "name": "Must be text.",
                "scope": "Must be one of: starters, full.",
            },
        ),
    ):
        document = await problem(await order(client, body), 422)
        assert {each["field"]: each["message"] for each in document["errors"]} == errors
        if len(errors) == 1:
            assert document["detail"] == next(iter(errors.values()))
        else:
            assert document["code"] == "fields_wrong"


async def test_numbers_in_a_body_may_come_as_text(client: Client) -> None:
    for covers, near in (("2", "40"), ("2.0", "40.25"), ("02", "-0.5")):
        answer = await order(client, {**GOOD, "covers": covers, "near": near, "notes": "7"})
        assert answer.status == 201
        seen = (await answer.json())["order"]
        assert (seen["covers"], seen["near"], seen["notes"]) == (2, float(near), "7")


async def test_a_misspelt_field_is_refused_with_its_right_name(client: Client) -> None:
    for sent, right in (
        ("Covers", "covers"),
        ("cov_ers", "covers"),
        ("NA-ME", "name"),
        ("__notes", "notes"),
    ):
        document = await problem(await order(client, {**GOOD, sent: 3}), 422)
        assert document["code"] == "field_misspelt"
        assert document["errors"] == [
            {"field": sent, "message": f"There is no such field here. Did you mean {right}?"}
        ]
    document = await problem(await client.get("/v1/things/x?size=3&NEAR=1"), 422)
    assert [each["field"] for each in document["errors"]] == ["NEAR"]


async def test_fields_that_mean_nothing_here_are_ignored_and_named(client: Client) -> None:
    answer = await order(client, {"allergy": "nuts", **GOOD, "utm_source": "x"})
    assert answer.status == 201
    assert answer.headers["Ignored-Fields"] == "allergy, utm_source"
    asked = await client.get("/v1/things/x?size=3&more=1")
    assert asked.headers["Ignored-Fields"] == "more"
    elsewhere = await client.get("/v1/tagged?more=1&q=2")
    assert elsewhere.headers["Ignored-Fields"] == "more, q"


async def test_at_most_twenty_are_named_and_only_what_a_header_can_hold(client: Client) -> None:
    odd = {"": 1, "ə": 1, "a b": 1, "x" * 65: 1, "a\r\nb": 1, "a,b": 1}
    many = {f"f{number}": 1 for number in range(30)}
    answer = await order(client, odd | GOOD | many)
    assert answer.status == 201
    assert answer.headers["Ignored-Fields"] == ", ".join(list(many)[:20])
    assert "Ignored-Fields" not in (await order(client, odd | GOOD)).headers


async def test_a_body_that_cannot_be_read_is_a_bad_request(client: Client) -> None:
    for raw, code in (
        (b"{", "body_not_json"),
        (b"{'covers': 2}", "body_not_json"),
        (b'{"covers": NaN}', "body_not_json"),
        (b'{"covers": 1e999}', "body_not_json"),
        (b'{"name": "\\ud800"}', "body_not_json"),
        (b'{"name": "\xff"}', "body_not_json"),
        (b'{"name": "\xed\xa0\x80"}', "body_not_json"),
        (b"\xef\xbb\xbf{}", "body_not_json"),
        (b"{} {}", "body_not_json"),
        (b"[" * 60_000, "body_too_deep"),
        (b'{"a":' * 40 + b"1" + b"}" * 40, "body_too_deep"),
        (b"", "body_missing"),
    ):
        assert (await problem(await order(client, raw), 400))["code"] == code


async def test_a_body_is_read_by_its_media_type(client: Client) -> None:
    for media_type in (
        "text/plain",
        "application/x-www-form-urlencoded",
        "application/json; charset=latin-1",
        "x",
    ):
        answer = await client.post("/v1/orders", data=b"{}", headers={"Content-Type": media_type})
        assert (await problem(answer, 415))["code"] == "media_type_unsupported"
    for media_type in ("application/json; charset=UTF-8", "application/merge-patch+json"):
        raw = json.dumps(GOOD).encode()
        answer = await client.post("/v1/orders", data=raw, headers={"Content-Type": media_type})
        assert answer.status == 201


async def test_an_optional_body_may_be_empty_without_a_media_type(client: Client) -> None:
    answer = await client.post("/v1/maybe", skip_auto_headers=["Content-Type"])
    assert answer.status == 200
    assert (await answer.json())["order"] is None


async def test_a_body_over_the_limit_is_refused_whether_announced_or_not(client: Client) -> None:
    raw = b'"' + b"x" * 65_536 + b'"'

    async def pieces() -> Any:
        yield raw

    announced = await client.post("/v1/orders", data=raw, headers=JSON)
    streamed = await client.post("/v1/orders", data=pieces(), headers=JSON)
    for answer in (announced, streamed):
        document = await problem(answer, 413)
        assert document["code"] == "body_too_large"
        assert "65536" in document["detail"]


async def test_one_sound_idempotency_key_reaches_the_handler(client: Client) -> None:
    for key in ("a", "!" * 255):
        answer = await client.post("/v1/orders", json=GOOD, headers={"Idempotency-Key": key})
        assert (await answer.json())["key"] == key
    for unsound in ([""], ["a b"], ["!" * 256], ["açar"], ["a", "b"]):
        keys: Any = [("Idempotency-Key", key) for key in unsound]
        answer = await client.post("/v1/orders", json=GOOD, headers=keys)
        assert (await problem(answer, 400))["code"] == "idempotency_key_malformed"


async def test_a_caller_without_a_token_is_asked_for_one_where_it_is_needed(client: Client) -> None:
    for path in ("/v1/token", "/v1/staff", "/v1/admin"):
        answer = await client.get(path)
        assert (await problem(answer, 401))["code"] == "token_missing"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")


async def test_a_token_that_proves_nothing_is_ignored_where_none_is_needed(client: Client) -> None:
    for path, status in (
        ("/v1/tagged", 200),
        ("/restaurants", 301),
        ("/", 307),
        ("/nowhere", 404),
        ("/docs", 200),
    ):
        for times in (1, 2):
            bad = [("Authorization", "Bearer x")] * times
            answer = await client.get(path, headers=bad, allow_redirects=False)  # type: ignore[arg-type]
            assert answer.status == status


GUEST = Actor(kind="guest", subject="g")
HOST = Actor(kind="staff", subject="h", restaurants=frozenset({"v"}))
ADMIN = Actor(kind="guest", subject="a", scopes=frozenset({"admin"}))
READER = Actor(kind="guest", subject="r", scopes=frozenset({"reservations:admin"}))


async def test_each_may_do_what_their_scopes_say(make_client: MakeClient) -> None:
    who = GUEST

    async def identify(_authorization: str | None) -> Actor:
        return who

    client = await make_client(identify=identify)
    for who, statuses in (  # noqa: B007 - `identify` reads it
        (GUEST, [200, 403, 403]),
        (HOST, [200, 200, 403]),
        (READER, [200, 200, 403]),
        (ADMIN, [200, 200, 200]),
    ):
        answers = [await client.get(path) for path in ("/v1/token", "/v1/staff", "/v1/admin")]
        assert [answer.status for answer in answers] == statuses


async def test_in_development_everybody_is_the_local_guest_under_the_requests_id(
    make_client: MakeClient,
) -> None:
    client = await make_client(identify=dev_identity())
    seen = await (await client.get("/v1/admin", headers={"X-Request-ID": "r-1"})).json()
    assert (seen["actor"], seen["request_id"]) == ("local-dev-user", "r-1")


async def test_ready_bytes_go_out_as_they_are_and_304_to_who_has_them(client: Client) -> None:
    first = await client.get("/v1/tagged")
    assert await first.read() == b'{"ready":"made"}'
    assert first.headers["ETag"] == '"v1"'
    for known in ('"v1"', 'W/"v1"', '"v0", "v1"', "*"):
        again = await client.get("/v1/tagged", headers={"If-None-Match": known})
        assert (again.status, await again.read()) == (304, b"")
        assert again.headers["ETag"] == '"v1"'
    other = await client.get("/v1/tagged", headers={"If-None-Match": '"v0"'})
    assert other.status == 200
    nothing = await client.delete("/v1/nothing")
    assert (nothing.status, await nothing.read()) == (204, b"")


async def test_a_client_who_hung_up_before_its_body_came_has_sent_it_incompletely() -> None:
    request = make_mocked_request("POST", "/", payload=_half_a_body())
    request._protocol.transport = None

    with pytest.raises(BadRequest, match="body_incomplete"):
        await read_json(request)


def _half_a_body() -> StreamReader:
    """Of a connection that is closed, so that the other half will not come."""
    return StreamReader(BaseProtocol(asyncio.get_running_loop()), 2**16)
