"""FastAPI and SQLAlchemy's asyncio, under uvicorn.

With `PEER_CACHE=on` it keeps the bytes of what it has answered, until a booking may have changed
them or the minute is over.
"""

from __future__ import annotations

import datetime as dt
import os
import time
from typing import Annotated, Any

import orjson
from fastapi import FastAPI, HTTPException, Query, Response
from pydantic import AwareDatetime, BaseModel, Field
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import create_async_engine

from bench.peers import models, rules

URL = f"sqlite+aiosqlite:///{models.FILE}"
reading = create_async_engine(URL, pool_size=8, max_overflow=0, **models.READING, **models.JSON_BY)
# One connection: SQLite takes one writer at a time, and waiting for it here is cheaper than there.
writing = create_async_engine(URL, pool_size=1, max_overflow=0, pool_timeout=30, **models.JSON_BY)
models.set_up(reading.sync_engine)
models.set_up(writing.sync_engine)
models.begin_immediately(writing.sync_engine)

app = FastAPI()
cache: dict[object, bytes] | None = {} if os.environ.get("PEER_CACHE") == "on" else None


class NewReservation(BaseModel):
    restaurant_id: str
    party_size: int = Field(ge=1, le=100)
    start: AwareDatetime
    guest_name: str = Field(min_length=1, max_length=200)
    guest_phone: str = Field(max_length=40)


def json_response(answer: Any, key: object = None, status: int = 200) -> Response:
    body = orjson.dumps(answer)
    if cache is not None and key is not None:
        if len(cache) > 10_000:
            cache.clear()
        cache[key] = body
    return Response(body, status, media_type="application/json")


def known(key: object) -> Response | None:
    body = cache.get(key) if cache is not None else None
    return Response(body, media_type="application/json") if body else None


@app.get("/v1/restaurants")
async def restaurants() -> Response:
    if answer := known("list"):
        return answer
    async with reading.connect() as connection:
        rows = (await connection.execute(models.EVERY_RESTAURANT)).mappings().all()
    return json_response([dict(row) for row in rows], "list")


@app.get("/v1/restaurants/{key}")
async def restaurant(key: str) -> Response:
    if answer := known(key):
        return answer
    async with reading.connect() as connection:
        row = (await connection.execute(models.one_restaurant(key))).mappings().one_or_none()
    if row is None:
        raise HTTPException(404)
    return json_response(models.detail(row), key)


@app.get("/v1/restaurants/{key}/availability")
async def availability(
    key: str, date: dt.date, party_size: Annotated[int, Query(ge=1, le=100)]
) -> Response:
    asked = (key, date, party_size, int(time.time()) // 60)
    if answer := known(asked):
        return answer
    async with reading.connect() as connection:
        row = (await connection.execute(models.rules_of(key))).one_or_none()
        if row is None:
            raise HTTPException(404)
        offered = rules.sittings(row.rules, date, party_size, dt.datetime.now(dt.UTC))
        tables = (await connection.scalars(models.tables_for(row.id, party_size))).all()
        held = []
        if offered:
            window = models.held_between(row.id, offered[0].start, offered[-1].held_until)
            held = (await connection.execute(window)).all()
    return json_response(models.availability(row.rules, offered, tables, held), asked)


@app.post("/v1/reservations")
async def book(wanted: NewReservation) -> Response:
    now = dt.datetime.now(dt.UTC)
    async with reading.connect() as connection:
        row = (await connection.execute(models.rules_of(wanted.restaurant_id))).one_or_none()
        if row is None:
            raise HTTPException(404)
        sitting = rules.offered_at(row.rules, wanted.start, wanted.party_size, now)
        if sitting is None:
            raise HTTPException(422)
        tables = (await connection.scalars(models.tables_for(row.id, wanted.party_size))).all()
    async with writing.begin() as connection:
        window = models.held_between(row.id, sitting.start, sitting.held_until)
        taken = {table for table, *_ in await connection.execute(window)}
        free = next((table for table in tables if table not in taken), None)
        if free is None:
            raise HTTPException(409)
        new = models.new_reservation(wanted.model_dump(), free, sitting, now)
        await connection.execute(insert(models.Reservation), new)
        await connection.execute(insert(models.Audit), models.booked_audit(new))
    if cache is not None:
        cache.clear()
    return json_response(models.reservation_out(new, sitting, now), status=201)
