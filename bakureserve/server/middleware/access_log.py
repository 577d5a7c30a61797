"""The access log: one line a request, with neither query, body nor token in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import msgspec
from aiohttp import web

from bakureserve.server.exchange import Exchange
from bakureserve.server.keys import Clock
from bakureserve.server.lines import LineBuffer
from bakureserve.server.middleware.pipeline import Observer


class AccessLine(msgspec.Struct, tag_field="event", tag="request", gc=False):
    """What is written of a request. `route` is the template: no id, no query."""

    time: dt.datetime
    request_id: str
    method: str
    route: str
    status: int
    ms: float
    client: str


AccessLines = LineBuffer[AccessLine]


def access_log(lines: AccessLines, clock: Clock) -> Observer:
    """Log every request when its answer is ready, also one that was cancelled under way."""

    def log(request: web.Request, exchange: Exchange, status: int, seconds: float) -> None:
        lines.add(
            AccessLine(
                clock(),
                exchange.request_id,
                request.method,
                exchange.route.template,
                status,
                round(seconds * 1000, 3),
                exchange.client.address,
            )
        )

    return log


def json_lines(lines: Sequence[AccessLine]) -> bytes:
    return msgspec.json.Encoder().encode_lines(lines)


def human_lines(lines: Sequence[AccessLine]) -> bytes:
    return "".join(map(_human_line, lines)).encode()


def _human_line(line: AccessLine) -> str:
    return (
        f"{line.time:%H:%M:%S} {line.status} {line.method:<6} {line.route} "
        f"{line.ms:.1f} ms {line.client} {line.request_id}\n"
    )
