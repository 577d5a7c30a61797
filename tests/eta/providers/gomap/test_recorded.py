"""Answers of GoMap's as other programs have recorded them, read over HTTP from first to last."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from bakureserve.domain.places.estimate import Leg
from bakureserve.domain.places.geo import Coordinates
from bakureserve.eta.factory import MapServices
from bakureserve.eta.providers.gomap.traffic import tile_of
from tests.eta.conftest import OpenMaps
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
ROUTES: dict[str, dict[str, Any]] = {
    "labelled": {"distance": "Ümumi məsafə: 5.29 km.", "time": "Ümumi vaxt: 00 s. 06dəq."},
    "hours_minutes": {"distance": "5.29 km", "time1": "0_6"},
    "ISO": {"length": 5290, "duration": "PT6M"},
    "upper case": {"distance": "5.29 KM", "time": "6 DƏQİQƏ"},
    "unreadable first": {"distance": "-", "ttllength": "5.29", "time1": "-", "time": "00:06:00"},
}


@pytest.fixture
def there(home: Coordinates) -> Coordinates:
    """Four kilometres north of home."""
    return Coordinates(home.latitude + 0.036, home.longitude)


@pytest.fixture(params=["form", "json"])
async def asking(open_town: OpenMaps, request: pytest.FixtureRequest) -> AsyncIterator[MapServices]:
    """Map services that ask GoMap in either way."""
    async with open_town(gomap_format=request.param) as maps:
        yield maps


async def route(maps: MapServices, home: Coordinates, there: Coordinates) -> Leg:
    """What GoMap said of the way."""
    estimate = await maps.engine.estimate(home, there, language="az")
    return next(leg for leg in estimate.diagnosis.legs if leg.name == "gomap")


@pytest.mark.parametrize("said", ROUTES.values(), ids=ROUTES)
@pytest.mark.parametrize("dress", DRESSES.values(), ids=DRESSES)
async def test_a_route_is_read(
    maps: MapServices, gomap: GoMap, home: Coordinates, there: Coordinates, said: Any, dress: Dress
) -> None:
    gomap.wrap, gomap.answers["getRoute"] = dress, said | {"success": True}
    leg = await route(maps, home, there)
    assert (leg.outcome, leg.distance_km, leg.seconds) == ("ok", 5.29, 360)


@pytest.mark.parametrize(
    "text",
    [
        WORDS,
        WORDS.replace(":", "\u00a0:\u00a0"),
        WORDS + '{"d":null}',
        WORDS.replace(" Ü", "<br/>Ü"),
        WORDS.upper(),
    ],
)
@pytest.mark.parametrize("dress", [as_text, as_json])
async def test_a_route_in_words_is_read(
    maps: MapServices, gomap: GoMap, home: Coordinates, there: Coordinates, text: str, dress: Dress
) -> None:
    gomap.wrap, gomap.answers["getRoute"] = dress, text
    leg = await route(maps, home, there)
    assert (leg.outcome, leg.distance_km, leg.seconds) == ("ok", 5.29, 360)


async def test_it_is_asked_by_a_form_or_by_json(
    asking: MapServices, gomap: GoMap, home: Coordinates, there: Coordinates
) -> None:
    gomap.places = [{"nm": "Park Bulvar", "x": 49.84, "y": 40.37}]
    assert (await route(asking, home, there)).outcome == "ok"
    assert asking.places is not None
    found = await asking.places.find("park", language="az", near=None, limit=3)
    assert [place.name for place in found] == ["Park Bulvar"]
    assert {call.form["guid"] for call in gomap.calls} == {GUID}
    assert len({call.content_type for call in gomap.calls}) == 1


@pytest.mark.parametrize(
    ("format_", "content_type"),
    [("form", "application/x-www-form-urlencoded"), ("json", "application/json")],
)
async def test_the_setting_chooses_how_it_is_asked(
    open_town: OpenMaps,
    gomap: GoMap,
    home: Coordinates,
    there: Coordinates,
    format_: str,
    content_type: str,
) -> None:
    async with open_town(gomap_format=format_) as maps:
        await route(maps, home, there)
    assert {call.content_type for call in gomap.calls} == {content_type}


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("utf-8", "Gənclik"),
        ("utf-16", "Gənclik"),
        ("windows-1254", "Çırağ"),
        ("iso-8859-9", "Çırağ"),
        ("windows-1251", "Низами"),
        ("koi8-r", "Низами"),
    ],
)
async def test_names_are_read_in_the_charset_of_the_answer(
    maps: MapServices, gomap: GoMap, charset: str, name: str
) -> None:
    assert maps.places is not None
    gomap.wrap = in_charset(charset)
    gomap.places = [{"nm": name, "x": 49.84, "y": 40.37}]
    found = await maps.places.find(name.lower(), language="az", near=None, limit=3)
    assert [place.name for place in found] == [name]


@pytest.mark.parametrize("charset", ["", "hex", "klingon"])
async def test_a_charset_that_is_none_is_utf_8(
    maps: MapServices, gomap: GoMap, charset: str
) -> None:
    assert maps.places is not None
    gomap.trouble = answering(
        '{"rows":[{"nm":"Gənclik","x":49.84,"y":40.37}]}',
        content_type=f"text/plain; charset={charset}" if charset else "text/plain",
    )
    (place,) = await maps.places.find("gənclik", language="az", near=None, limit=3)
    assert place.name == "Gənclik"


async def test_an_xml_declaration_tells_the_charset_where_the_header_does_not(
    maps: MapServices, gomap: GoMap
) -> None:
    assert maps.places is not None
    xml = (
        '<?xml version="1.0" encoding="windows-1254"?>\n<string xmlns="http://tempuri.org/">'
        '{"rows":[{"nm":"Çırağ","x":49.84,"y":40.37}]}</string>'
    )
    gomap.trouble = answering(xml.encode("cp1254"), content_type="text/xml")
    (place,) = await maps.places.find("çırağ", language="az", near=None, limit=3)
    assert place.name == "Çırağ"


async def test_traffic_is_read_in_every_dress(gomap: GoMap, open_town: OpenMaps) -> None:
    here = Coordinates(40.37, 49.83)
    gomap.severity = 3
    for dress in DRESSES.values():
        gomap.wrap = dress
        async with open_town() as maps:
            estimate = await maps.engine.estimate(here, tile_of(here))
        assert estimate.traffic_condition == "heavy"


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
async def test_what_failed_or_says_more_than_one_thing_is_no_answer(
    maps: MapServices, gomap: GoMap, home: Coordinates, there: Coordinates, body: str
) -> None:
    gomap.trouble = answering(body, content_type="text/html")
    leg = await route(maps, home, there)
    assert (leg.outcome, leg.detail) in {("error", "refused"), ("error", "garbled")}
