from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from bakureserve.server.app import ENDPOINTS
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Endpoint, Group
from bakureserve.server.openapi import openapi_document
from bakureserve.server.reply import Reply
from tests.server.conftest import Client
from tests.server.samples import SAMPLES, Order, Search, Seen


def described(endpoints: Iterable[Endpoint]) -> dict[str, Any]:
    """The document as a reader gets it, found valid."""
    document: dict[str, Any] = json.loads(msgspec.json.encode(openapi_document(endpoints)))
    validate(document)
    return document


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return described(ENDPOINTS)


def test_the_whole_table_makes_a_valid_document(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    operations = {
        (method.upper(), path) for path, item in document["paths"].items() for method in item
    }
    assert operations == {(each.method, each.path) for each in ENDPOINTS}


def test_an_operation_says_what_goes_in_who_may_and_what_can_go_wrong() -> None:
    document = described(SAMPLES)
    search = document["paths"]["/v1/things/{id}"]["get"]
    parameters = {each["name"]: each for each in search["parameters"]}
    assert parameters["id"]["in"] == "path"
    assert parameters["size"]["schema"] == {"type": "integer", "minimum": 1, "maximum": 20}
    assert parameters["size"]["required"] is True
    assert parameters["day"]["required"] is False
    assert {"200", "404", "422", "429"} == set(search["responses"])

    order = document["paths"]["/v1/orders"]["post"]
    assert order["requestBody"]["required"] is True
    assert "Idempotency-Key" in {each["name"] for each in order["parameters"]}
    assert {"201", "400", "413", "415", "422"} <= set(order["responses"])

    staff = document["paths"]["/v1/staff"]["get"]
    assert staff["security"] == [{"bearer": []}]
    assert {"401", "403"} <= set(staff["responses"])


def test_a_pair_is_closed_in_words_that_every_client_generator_reads(
    document: dict[str, Any],
) -> None:
    assert '"items": false' not in json.dumps(document)
    position = document["components"]["schemas"]["TableOut"]["properties"]["position"]
    assert (position["minItems"], position["maxItems"]) == (2, 2)
    assert len(position["prefixItems"]) == 2


def test_a_person_works_for_a_restaurant_once(document: dict[str, Any]) -> None:
    venues = document["components"]["schemas"]["User"]["properties"]["venues"]
    assert (venues["type"], venues["uniqueItems"]) == ("array", True)


def test_an_endpoint_takes_and_gives_what_its_handler_is_annotated_with() -> None:
    group = Group("Things", auth="staff")

    @group.patch("/v1/things", "Change", auth="token")
    async def change(_call: Call[Search, Order | None]) -> Reply[list[Seen]]:
        return Reply([])

    @group.delete("/v1/things", "Remove")
    async def remove(_call: Call[None, Order]) -> Reply[None]:
        return Reply()

    changes, removes = group.endpoints
    assert (changes.method, changes.path, changes.handler) == ("PATCH", "/v1/things", change)
    assert (changes.query, changes.body, changes.reply) == (Search, Order, list[Seen])
    assert (changes.body_required, changes.status, changes.auth) == (False, 200, "token")
    assert (removes.query, removes.body, removes.reply) == (None, Order, None)
    assert (removes.body_required, removes.status, removes.auth) == (True, 204, "staff")
    assert {changes.tag, removes.tag} == {"Things"}


async def test_the_document_is_served_at_both_addresses_with_a_tag(client: Client) -> None:
    answers = [await client.get(path) for path in ("/openapi.json", "/v1/openapi.json")]
    bodies = [await answer.read() for answer in answers]
    assert bodies[0] == bodies[1]
    assert "/v1/things/{id}" in json.loads(bodies[0])["paths"]
    again = await client.get("/openapi.json", headers={"If-None-Match": answers[0].headers["ETag"]})
    assert again.status == 304
