"""What to measure against: aiohttp and sqlite3 with nothing of this project between them."""

from __future__ import annotations

import asyncio
import datetime as dt
import os
import sqlite3
import sys
import time
import uuid
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from aiohttp import web

TURN = 7_200_000_000


class BareStore:
    """Checks one table for an overlap and inserts the same rows as a booking; knows no rules."""

    def __init__(self, path: str) -> None:
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.executescript("pragma journal_mode=wal; pragma synchronous=full")
        triggers = self._all("select name from sqlite_master where type = 'trigger'")
        for (name,) in triggers:
            self._database.execute(f"drop trigger {name}")
        self._keys = {
            (restaurant, table): key
            for restaurant, table, key in self._all(
                "select restaurant_id, id, key from dining_table"
            )
        }
        self._waiting: list[tuple[dict[str, Any], asyncio.Future[str | None]]] = []

    async def book(self, body: dict[str, Any]) -> str | None:
        """The new reservation's id, once it is on disk; None when the table is taken."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[str | None] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._commit_waiting)
        self._waiting.append((body, answer))
        return await answer

    def _commit_waiting(self) -> None:
        batch, self._waiting = self._waiting, []
        self._database.execute("begin immediate")
        results = [self._insert(body) for body, _ in batch]
        self._database.execute("commit")
        for (_, answer), result in zip(batch, results, strict=True):
            if not answer.done():
                answer.set_result(result)

    def _insert(self, body: dict[str, Any]) -> str | None:
        key = self._keys[body["restaurant_id"], body["table_id"]]
        start = int(dt.datetime.fromisoformat(body["start"]).timestamp() * 1e6)
        end, now = start + TURN, int(time.time() * 1e6)
        if self._taken(key, start, end):
            return None
        restaurant = body["restaurant_id"]
        id_ = str(uuid.UUID(int=(now // 1000) << 80 | int.from_bytes(os.urandom(9))))
        execute = self._database.execute
        execute(
            "insert into reservation (id, restaurant_id, table_key, party_size, starts_at, ends_at,"
            " held_until, service_date, guest_name, guest_phone, status, owner_id, created_at,"
            " updated_at, version, source)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'booked', 'local-dev-user', ?, ?, 1, 'api')",
            (
                id_, restaurant, key, body["party_size"], start, end, end, body["start"][:10],
                body["guest_name"], body["guest_phone"], now, now,
            ),
        )  # fmt: skip
        execute("insert into table_occupancy values (?, ?, ?, ?)", (key, start, end, id_))
        execute(
            "update venue_ledger set occupancy_revision = occupancy_revision + 1"
            " where restaurant_id = ?",
            (restaurant,),
        )
        execute(
            "insert into audit (at, actor_kind, actor, action, noun_id, changes, request_id)"
            " values (?, 'guest', 'local-dev-user', 'reservation.booked', ?, '{}', '')",
            (now, id_),
        )
        execute(
            "insert into event (at, kind, restaurant_id, reservation_id, data)"
            " values (?, 'reservation.booked', ?, ?, '{}')",
            (now, restaurant, id_),
        )
        return id_

    def _taken(self, key: int, start: int, end: int) -> bool:
        last = self._database.execute(
            "select ends_at from table_occupancy where table_key = ? and starts_at < ?"
            " order by starts_at desc limit 1",
            (key, end),
        ).fetchone()
        return last is not None and last[0] > start

    def _all(self, sql: str) -> list[tuple[Any, ...]]:
        return self._database.execute(sql).fetchall()


def booking_app(path: str) -> web.Application:
    """POST /v1/reservations on a BareStore."""
    store = BareStore(path)

    async def create(http: web.Request) -> web.Response:
        body = msgspec.json.decode(await http.read())
        id_ = await store.book(body)
        if id_ is None:
            return web.Response(status=409)
        answer = msgspec.json.encode(body | {"id": id_})
        return web.Response(status=201, body=answer, content_type="application/json")

    app = web.Application()
    app.router.add_post("/v1/reservations", create)
    return app


def bytes_app(path: str) -> web.Application:
    """Answers the bytes of a file, whatever is asked."""
    body = Path(path).read_bytes()

    async def answer(_http: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    app = web.Application()
    app.router.add_get("/{any:.*}", answer)
    return app


def streams_app(length: str) -> web.Application:
    """POST /ping/N sends a text of about that many bytes to every WebSocket on /stream/N."""
    padding = "x" * int(length)
    sockets: dict[str, list[web.WebSocketResponse]] = {}

    async def stream(http: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(http)
        sockets.setdefault(http.match_info["n"], []).append(socket)
        async for _ in socket:
            pass
        return socket

    async def ping(http: web.Request) -> web.Response:
        now = dt.datetime.now(dt.UTC).isoformat()
        text = f'{{"id":1,"type":"update","last_signal":"{now}","data":"{padding}"}}'
        for socket in sockets[http.match_info["n"]]:
            await socket.send_str(text)
        return web.Response()

    app = web.Application()
    app.router.add_get("/stream/{n}", stream)
    app.router.add_post("/ping/{n}", ping)
    return app


def pings_app(path: str) -> web.Application:
    """POST anywhere stores that guest's last location, and answers once it is on disk."""
    database = sqlite3.connect(path, isolation_level=None)
    database.executescript(
        "pragma journal_mode=wal; pragma synchronous=full;"
        " create table ping (guest text primary key, place text) without rowid"
    )
    waiting: list[tuple[str, str, asyncio.Future[None]]] = []

    def commit_waiting() -> None:
        batch = waiting.copy()
        waiting.clear()
        database.execute("begin immediate")
        database.executemany("replace into ping values (?, ?)", [each[:2] for each in batch])
        database.execute("commit")
        for *_, answer in batch:
            answer.set_result(None)

    async def ping(http: web.Request) -> web.Response:
        loop = asyncio.get_running_loop()
        place = msgspec.json.encode(msgspec.json.decode(await http.read())).decode()
        if not waiting:
            loop.call_soon(commit_waiting)
        answer: asyncio.Future[None] = loop.create_future()
        waiting.append((http.path, place, answer))
        await answer
        return web.Response(text=place, content_type="application/json")

    app = web.Application()
    app.router.add_post("/{any:.*}", ping)
    return app


async def serve(app: web.Application) -> None:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    print(f"listens on http://127.0.0.1:{runner.addresses[0][1]}", file=sys.stderr, flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    kind, argument = sys.argv[1:3]
    apps = {
        "booking": booking_app,
        "bytes": bytes_app,
        "pings": pings_app,
        "streams": streams_app,
    }
    uvloop.run(serve(apps[kind](argument)))
