"""Answers of GoMap's as other programs have recorded them, read over HTTP from first to last."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bakureserve.domain.places.estimate import Leg
from bakureserve.domain.places.geo import Coordinates
from tests.eta.conftest import OpenTown, Town, legs
from tests.kit.roads.gomap import (
    GUID,
    GoMap,
    as_json,
    as_method_wrote,
    as_text,
    as_xml,
    in_charset,
    shouting,
)
from tests.kit.roads.trouble import answering

WORDS = "Ümumi məsafə: 5.29 km. Ümumi vaxt: 00 s. 06dəq."
"""The route of every record here, as the old system met it."""

Dress = Callable[[Any], web.Response]

DRESSES: dict[str, Dress] = {
    "plain": as_json,
    "xml": as_xml,
    "d null": as_method_wrote,
    "d of any kind": partial(as_method_wrote, appended='{"D": {"__type": "{x}"}}'),
    "several": partial(as_method_wrote, appended='{"d":null}\r\nnull\ufeff'),
    "d -1": partial(as_method_wrote, appended='{ "d" : -1 }\r\n'),
    "null": partial(as_method_wrote, appended="\r\nnull\r\n"),
    "-1": partial(as_method_wrote, appended="-1"),
    "capitals": shouting,
}
LABELLED = {"distance": "Ümumi məsafə: 5.29 km.", "time": "Ümumi vaxt: 00 s. 06dəq."}


async def route(town: Town) -> Leg:
    """What GoMap said of a way of four kilometres to the north."""
    there = Coordinates(town.home.latitude + 0.036, town.home.longitude)
    estimate = await town.maps.engine.estimate(town.home, there, language="az")
    return legs(estimate)["gomap"]


async def names(town: Town, query: str) -> list[str]:
    assert town.maps.places is not None
    found = await town.maps.places.find(query, language="az", near=None, limit=3)
    return [place.name for place in found]


def places(*found: str) -> list[dict[str, Any]]:
    return [{"nm": name, "x": 49.84, "y": 40.37} for name in found]


@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
async def test_a_route_and_its_traffic_are_read_in_every_dress(town: Town, dress: Dress) -> None:
    town.gomap.wrap, town.gomap.severity = dress, 3
    town.gomap.answers["getRoute"] = LABELLED | {"success": True}
    leg = await route(town)
    assert (leg.outcome, leg.distance_km, leg.seconds) == ("ok", 5.29, 360)
    assert (await town.estimate()).traffic_condition == "heavy"


@pytest.mark.parametrize("dress", [as_text, as_json])
async def test_a_route_in_words_is_read(open_town: OpenTown, gomap: GoMap, dress: Dress) -> None:
    gomap.wrap = dress
    for text in (
        WORDS,
        WORDS.replace(":", "\u00a0:\u00a0"),
        WORDS + '{"d":null}',
        WORDS.replace(" Ü", "<br/>Ü"),
        WORDS.upper(),
    ):
        gomap.answers["getRoute"] = text
        async with open_town() as town:
            leg = await route(town)
        assert (leg.outcome, leg.distance_km, leg.seconds) == ("ok", 5.29, 360), text


@pytest.mark.parametrize(
    ("format_", "content_type"),
    [("form", "application/x-www-form-urlencoded"), ("json", "application/json")],
)
async def test_the_setting_chooses_how_it_is_asked(
    open_town: OpenTown, gomap: GoMap, format_: str, content_type: str
) -> None:
    gomap.places = places("Park Bulvar")
    async with open_town(gomap_format=format_) as town:
        assert (await route(town)).outcome == "ok"
        assert await names(town, "park") == ["Park Bulvar"]
    assert {call.form["guid"] for call in gomap.calls} == {GUID}
    assert {call.content_type for call in gomap.calls} == {content_type}


async def test_names_are_read_in_the_charset_of_the_answer(town: Town) -> None:
    for charset, name in {
        "utf-8": "Gənclik",
        "utf-16": "Gənclik Mall",
        "windows-1254": "Çırağ",
        "iso-8859-9": "Çırağ Qala",
        "windows-1251": "Низами",
        "koi8-r": "Низами парк",
    }.items():
        town.gomap.wrap = in_charset(charset)
        town.gomap.places = places(name)
        assert await names(town, name.lower()) == [name], charset


async def test_a_charset_that_is_none_is_utf_8_or_what_the_xml_declares(town: Town) -> None:
    for charset in ("", "; charset=", "; charset=hex", "; charset=klingon"):
        name = f"Gənclik {charset.strip(';= ')}".strip()
        body = json.dumps({"rows": places(name)}, ensure_ascii=False)
        town.gomap.trouble = answering(body, content_type=f"text/plain{charset}")
        assert await names(town, name.lower()) == [name], charset
    xml = (
        '<?xml version="1.0" encoding="windows-1254"?>\n<string xmlns="http://tempuri.org/">'
        '{"rows":[{"nm":"Çırağ","x":49.84,"y":40.37}]}</string>'
    )
    town.gomap.trouble = answering(xml.encode("cp1254"), content_type="text/xml")
    assert await names(town, "çırağ") == ["Çırağ"]


@pytest.mark.parametrize(
    "body",
    [
        '{"Success": false, "rows": []}{"d":null}',
        '{"SUCCESS": "False"}',
        '{"rows": []}{"rows": []}',
        '{"rows": []} and more',
        "Ümumi məsafə: 5.29 km.",
        "null{",
    ],
)
async def test_what_failed_or_says_more_than_one_thing_is_no_answer(town: Town, body: str) -> None:
    town.gomap.trouble = answering(body, content_type="text/html")
    leg = await route(town)
    assert (leg.outcome, leg.detail) in {("error", "refused"), ("error", "garbled")}
