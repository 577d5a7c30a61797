"""Flask and SQLAlchemy, under gunicorn with threads."""

from __future__ import annotations

import datetime as dt
from typing import Any

import orjson
from flask import Flask, Response, abort, request
from sqlalchemy import create_engine, insert

from bench.peers import models, rules

URL = f"sqlite:///{models.FILE}"
reading = create_engine(URL, pool_size=8, max_overflow=0, **models.READING, **models.JSON_BY)
# One connection a process: SQLite takes one writer at a time, and waiting for it here is cheaper.
writing = create_engine(URL, pool_size=1, max_overflow=0, pool_timeout=30, **models.JSON_BY)
models.set_up(reading)
models.set_up(writing)
models.begin_immediately(writing)

app = Flask(__name__)


def json_response(answer: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(answer), status, mimetype="application/json")


@app.get("/v1/restaurants")
def restaurants() -> Response:
    with reading.connect() as connection:
        rows = connection.execute(models.EVERY_RESTAURANT).mappings().all()
    return json_response([dict(row) for row in rows])


@app.get("/v1/restaurants/<key>")
def restaurant(key: str) -> Response:
    with reading.connect() as connection:
        row = connection.execute(models.one_restaurant(key)).mappings().one_or_none()
    return abort(404) if row is None else json_response(models.detail(row))


@app.get("/v1/restaurants/<key>/availability")
def availability(key: str) -> Response:
    try:
        date = dt.date.fromisoformat(request.args["date"])
        party = int(request.args["party_size"])
    except ValueError:
        abort(422)
    with reading.connect() as connection:
        row = connection.execute(models.rules_of(key)).one_or_none()
        if row is None:
            abort(404)
        offered = rules.sittings(row.rules, date, party, dt.datetime.now(dt.UTC))
        tables = connection.scalars(models.tables_for(row.id, party)).all()
        held = []
        if offered:
            window = models.held_between(row.id, offered[0].start, offered[-1].held_until)
            held = connection.execute(window).all()
    return json_response(models.availability(row.rules, offered, tables, held))


@app.post("/v1/reservations")
def book() -> Response:
    wanted, now = checked(request.get_json()), dt.datetime.now(dt.UTC)
    with reading.connect() as connection:
        row = connection.execute(models.rules_of(wanted["restaurant_id"])).one_or_none()
        if row is None:
            abort(404)
        sitting = rules.offered_at(row.rules, wanted["start"], wanted["party_size"], now)
        if sitting is None:
            abort(422)
        tables = connection.scalars(models.tables_for(row.id, wanted["party_size"])).all()
    with writing.begin() as connection:
        window = models.held_between(row.id, sitting.start, sitting.held_until)
        taken = {table for table, *_ in connection.execute(window)}
        free = next((table for table in tables if table not in taken), None)
        if free is None:
            abort(409)
        new = models.new_reservation(wanted, free, sitting, now)
        connection.execute(insert(models.Reservation), new)
        connection.execute(insert(models.Audit), models.booked_audit(new))
    return json_response(models.reservation_out(new, sitting, now), 201)


def checked(body: dict[str, Any]) -> dict[str, Any]:
    """The body with its start as a time; anything else than what is expected is a 422."""
    try:
        start = dt.datetime.fromisoformat(body["start"])
        texts = (body["restaurant_id"], body["guest_name"], body["guest_phone"])
        sound = start.tzinfo and all(isinstance(text, str) for text in texts)
        if not sound or not 1 <= body["party_size"] <= 100:
            abort(422)
    except (KeyError, TypeError, ValueError):
        abort(422)
    return body | {"start": start}
