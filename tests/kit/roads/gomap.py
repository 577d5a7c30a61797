"""A GoMap on loopback: its protocol over HTTP, true answers by default, any other by script."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.places.geo import Coordinates, straight_line_km
from tests.kit.roads.trouble import Trouble, serve

GUID = "5EC2E7AB-0000-4000-8000-0123456789ab"

Form = Mapping[str, str]
Answer = Any
"""A value to send as JSON, or a function of the form that gives one."""


def as_json(value: Any) -> web.Response:
    """Plain JSON."""
    return web.Response(text=json.dumps(value), content_type="application/json")


def as_xml(value: Any) -> web.Response:
    """JSON inside the wrapper of an ASMX service."""
    inner = escape(json.dumps(value, ensure_ascii=False))
    text = f'<?xml version="1.0" encoding="utf-8"?>\n<string xmlns="http://tempuri.org/">{inner}'
    return web.Response(text=f"{text}</string>", content_type="text/xml")


def as_method_wrote(value: Any, *, appended: str = '{"d":null}') -> web.Response:
    """JSON that a method wrote by itself, and what ASP.NET appends to it."""
    return web.Response(text=json.dumps(value) + appended, content_type="text/html")


def in_charset(charset: str) -> Callable[[Any], web.Response]:
    """JSON in a charset that the header names."""

    def dressed(value: Any) -> web.Response:
        text = json.dumps(value, ensure_ascii=False)
        return web.Response(text=text, content_type="text/plain", charset=charset)

    return dressed


def shouting(value: Any) -> web.Response:
    """JSON whose keys are in capitals throughout."""
    return as_json(_in_capitals(value))


def as_text(value: Any) -> web.Response:
    """A plain message, whatever was to be said."""
    return web.Response(text=str(value), content_type="text/plain")


@dataclass(frozen=True)
class Call:
    """One request as it came: the method of the service, the fields, and what carried them."""

    method: str
    form: Form
    content_type: str


@dataclass
class GoMap:
    """Answers truthfully about a flat country: roads are 1.3 times the line, driven at 30 km/h.

    It is asked by a form or by JSON. `answers` replaces the answer to a method. `wrap` is how
    answers are dressed: a function of those above. `trouble` befalls every method, `troubles` one
    of them. `severity` is the traffic everywhere, `places` what can be found. `calls` are the
    requests that came.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    wrap: Callable[[Any], web.Response] = as_json
    trouble: Trouble | None = None
    troubles: dict[str, Trouble] = field(default_factory=dict)
    severity: int = 1
    places: list[dict[str, Any]] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    _server: TestServer | None = None

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.port}/Main.asmx"

    def asked(self, method: str) -> list[Form]:
        """The forms that came to one method."""
        return [call.form for call in self.calls if call.method == method]

    async def open(self) -> None:
        self._server = await serve(self.answer)

    async def close(self) -> None:
        assert self._server is not None
        await self._server.close()

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Answer one request to any method, or be in trouble."""
        method = request.path.removeprefix("/Main.asmx/")
        by_json = request.content_type == "application/json"
        fields = await (request.json() if by_json else request.post())
        form = {name: str(value) for name, value in fields.items()}
        self.calls.append(Call(method, form, request.content_type))
        trouble = self.troubles.get(method, self.trouble)
        if trouble is not None:
            instead = await trouble(request)
            if instead is not None:
                return instead
        return self.wrap(self._said(method, form))

    def _said(self, method: str, form: Form) -> Any:
        if form.get("guid") != GUID:
            return {"success": False, "msg": f"Unknown guid {form.get('guid')}"}
        if method in self.answers:
            answer = self.answers[method]
            return answer(form) if callable(answer) else answer
        truth = {
            "getRoute": self._route,
            "getTrafficTilesByCoord": self._traffic,
            "searchObj": self._found,
            "searchObjWithDistance": self._found_near,
            "makeSearchCitySettlementFuzzy": self._found_fuzzily,
        }
        return truth[method](form)

    def _route(self, form: Form) -> Any:
        start = Coordinates(float(form["Ay"]), float(form["Ax"]))
        end = Coordinates(float(form["By"]), float(form["Bx"]))
        kilometres = straight_line_km(start, end) * 1.3
        return {
            "success": True,
            "distance": f"{kilometres:.3f} km",
            "time": f"{kilometres * 2:.2f} dəq",
            "route": [[point.longitude, point.latitude] for point in (start, end)],
            "msg": "Neftçilər prospekti",
        }

    def _traffic(self, _form: Form) -> Any:
        return {"success": True, "traffic": {"severity": self.severity}}

    def _found(self, form: Form) -> Any:
        return {"rows": [row for row in self.places if form["name"].lower() in _name(row)]}

    def _found_near(self, form: Form) -> Any:
        here = Coordinates(float(form["lat"]), float(form["lon"]))
        rows = self._found(form)["rows"]
        for row in rows:
            row["distance"] = straight_line_km(here, Coordinates(row["y"], row["x"])) * 1000
        return {"rows": sorted(rows, key=lambda row: row["distance"])[: int(form["limit"])]}

    def _found_fuzzily(self, form: Form) -> Any:
        letters = set(form["q"].lower())
        similar = [
            row | {"similarity": len(letters & set(_name(row))) / len(letters | set(_name(row)))}
            for row in self.places
        ]
        similar.sort(key=lambda row: -row["similarity"])
        return {"result": [row for row in similar if row["similarity"] > 0.5][: int(form["limit"])]}


def _in_capitals(value: Any) -> Any:
    if isinstance(value, list):
        return [_in_capitals(each) for each in value]
    if isinstance(value, dict):
        return {key.upper(): _in_capitals(each) for key, each in value.items()}
    return value


def _name(row: dict[str, Any]) -> str:
    return str(row.get("nm", row.get("name", ""))).lower()
