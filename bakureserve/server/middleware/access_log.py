"""The access log: one line a request, with neither query, body nor token in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import msgspec
from aiohttp import web

from bakureserve.server.exchange import Exchange
from bakureserve.server.keys import Clock
from bakureserve.server.lines import LineBuffer
from bakureserve.server.middleware.around import Witness


class AccessLine(msgspec.Struct, tag_field="event", tag="request"):
    """What is written of a request. `route` is the template: no id, no query."""

    time: dt.datetime
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    client: str


Writer = Callable[[AccessLine], bytes]


def access_log(lines: LineBuffer, clock: Clock, write: Writer) -> Witness:
    """Log every request when its answer is ready, also one that was cancelled under way."""

    def log(request: web.Request, exchange: Exchange, status: int, seconds: float) -> None:
        line = AccessLine(
            time=clock(),
            request_id=exchange.request_id,
            method=request.method,
            route=exchange.route.template,
            status=status,
            ms=round(seconds * 1000, 3),
            client=exchange.client.address,
        )
        lines.write(write(line))

    return log


def json_line(line: AccessLine) -> bytes:
    return msgspec.json.encode(line) + b"\n"


def human_line(line: AccessLine) -> bytes:
    return (
        f"{line.time:%H:%M:%S} {line.status} {line.method:<6} {line.route} "
        f"{line.ms:.1f} ms {line.client} {line.request_id}\n"
    ).encode()
