"""The OpenAPI 3.1 document, made from what handlers declare."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from apispec import APISpec

from bakureserve import __version__
from bakureserve.server.call import IGNORED_FIELDS, LONGEST_IDEMPOTENCY_KEY
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.problems import PROBLEM_JSON, Problem

REF = "#/components/schemas/{name}"
EVERY_ANSWER = ("X-Request-ID", "X-API-Version", IGNORED_FIELDS)
LIMITED_ANSWER = (
    "RateLimit-Policy",
    "RateLimit",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)
HEADERS: Mapping[str, tuple[str, str]] = {
    "X-Request-ID": ("The id of this request: the client's own, or a new one.", "8f1c2d3e4a5b-1f"),
    "X-API-Version": ("The version of this contract.", "1.0"),
    IGNORED_FIELDS: (
        "Fields of the request that mean nothing here, if there were any: at most 20 of them.",
        "favourite_dish, utm_source",
    ),
    "RateLimit-Policy": ("The quota: q requests in w seconds.", '"default";q=300;w=60'),
    "RateLimit": (
        "What is left: r requests; all are free again in t seconds.",
        '"default";r=299;t=1',
    ),
    "X-RateLimit-Limit": ("Requests a client may make in one window.", "300"),
    "X-RateLimit-Remaining": ("Requests left right now.", "299"),
    "X-RateLimit-Reset": ("Seconds until the whole quota is free again.", "1"),
}
PROBLEM_EXAMPLE = {
    "type": "/docs/problems#route_not_found",
    "title": "Not found",
    "status": 404,
    "detail": "There is nothing at this address.",
    "code": "route_not_found",
    "request_id": "8f1c2d3e4a5b-1f",
}

Json = dict[str, Any]


def openapi_document(endpoints: Iterable[Endpoint]) -> Json:
    """The document that describes exactly these endpoints."""
    table = tuple(endpoints)
    spec = APISpec(
        title="Baku Reserve",
        version=__version__,
        openapi_version="3.1.0",
        info={
            "summary": "Restaurant reservations with a live driving ETA.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        servers=[{"url": "/"}],
        tags=[{"name": tag} for tag in dict.fromkeys(each.tag for each in table)],
    )
    schemas = _schemas(table)
    _add_components(spec)
    for each in table:
        operation = _operation(each, schemas)
        spec.path(path=each.path, operations={each.method.lower(): operation})
    document: Json = spec.to_dict()
    document["components"]["schemas"] = _named(schemas, table)
    _open_tuples(document)
    return document


def _open_tuples(node: Any) -> None:
    """Remove every `"items": false`, which client generators take for a schema and break on.

    It closes a tuple, and so does the `maxItems` beside it.
    """
    if isinstance(node, dict):
        if node.get("items") is False:
            del node["items"]
        for value in node.values():
            _open_tuples(value)
    elif isinstance(node, list):
        for value in node:
            _open_tuples(value)


class _Schemas:
    """The JSON Schema of every type that an endpoint takes or returns."""

    def __init__(self, types: Iterable[Any]) -> None:
        wanted = list(dict.fromkeys(types))
        schemas, self.components = msgspec.json.schema_components(wanted, ref_template=REF)
        self._schemas = dict(zip(wanted, schemas, strict=True))

    def of(self, kind: Any) -> Json:
        schema: Json = self._schemas[kind]
        return schema

    def properties(self, kind: type[msgspec.Struct]) -> Json:
        properties: Json = self.components[kind.__name__]["properties"]
        return properties


def _schemas(table: tuple[Endpoint, ...]) -> _Schemas:
    kinds = [kind for each in table for kind in (each.query, each.body, each.reply) if kind]
    return _Schemas([Problem, *kinds])


def _named(schemas: _Schemas, table: tuple[Endpoint, ...]) -> Json:
    """The components, without the structs of queries, which become parameters."""
    queries = {each.query.__name__ for each in table if each.query}
    return {name: schema for name, schema in schemas.components.items() if name not in queries}


def _add_components(spec: APISpec) -> None:
    for name, (description, example) in HEADERS.items():
        header = {"description": description, "schema": {"type": "string"}, "example": example}
        spec.components.header(name, header)
    spec.components.security_scheme(
        "bearer", {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    )


def _operation(each: Endpoint, schemas: _Schemas) -> Json:
    operation: Json = {
        "operationId": _operation_id(each),
        "summary": each.summary,
        "tags": [each.tag],
        "parameters": list(_parameters(each, schemas)),
        "responses": _responses(each, schemas),
    }
    if each.aliases:
        operation["description"] = f"Also at {', '.join(each.aliases)}."
    if each.body:
        content = {"application/json": {"schema": schemas.of(each.body)}}
        operation["requestBody"] = {"required": each.body_required, "content": content}
    if each.auth == "first message":
        operation["security"] = [{"bearer": []}, {}]
    elif each.auth != "none":
        operation["security"] = [{"bearer": []}]
    return operation


def _operation_id(each: Endpoint) -> str:
    """Unique because method and path are: `get_restaurants_id_floorplan`."""
    words = re.findall(r"\w+", each.path.removeprefix("/v1"))
    return "_".join([each.method.lower(), *words]).replace("-", "_")


def _parameters(each: Endpoint, schemas: _Schemas) -> Iterator[Json]:
    for name in re.findall(r"\{(\w+)\}", each.path):
        yield {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
    if each.query:
        properties = schemas.properties(each.query)
        for field in msgspec.structs.fields(each.query):
            name = field.encode_name
            schema = properties[name]
            yield {"name": name, "in": "query", "required": field.required, "schema": schema}
    if each.idempotent:
        yield {
            "name": "Idempotency-Key",
            "in": "header",
            "description": "The same key and body get the same answer again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_IDEMPOTENCY_KEY},
        }


def _responses(each: Endpoint, schemas: _Schemas) -> Json:
    headers = _headers(each)
    answered: Json = {}
    for status in (each.status, *each.also):
        answered[str(status)] = {"description": HTTPStatus(status).phrase, "headers": headers}
        if each.reply is not None:
            content = {each.reply_media_type: {"schema": schemas.of(each.reply)}}
            answered[str(status)]["content"] = content
    refused = {
        str(status): {
            "description": HTTPStatus(status).phrase,
            "headers": headers,
            "content": {PROBLEM_JSON: {"schema": schemas.of(Problem), "example": PROBLEM_EXAMPLE}},
        }
        for status in sorted(_problem_statuses(each))
    }
    return answered | refused


def _problem_statuses(each: Endpoint) -> set[int]:
    """The errors an endpoint declares, and those that its query, body, path and auth imply."""
    statuses = set(each.problems)
    if each.weight:
        statuses.add(429)
    if each.identifies:
        statuses.add(401)
    if each.auth in {"staff", "admin"}:
        statuses.add(403)
    if each.query:
        statuses.add(422)
    if each.body:
        statuses |= {400, 413, 415, 422}
    if "{" in each.path:
        statuses.add(404)
    return statuses


def _headers(each: Endpoint) -> Json:
    names = (*EVERY_ANSWER, *LIMITED_ANSWER) if each.weight else EVERY_ANSWER
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}
