"""Error reports, received by a server that speaks Sentry's protocol on loopback."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bakureserve.domain.errors import Unavailable
from bakureserve.server.scrubbing import Scrubber
from bakureserve.server.sentry import report_error, reporting_errors


class Inbox:
    """Takes envelopes (https://develop.sentry.dev/sdk/data-model/envelopes/), and reads events."""

    def __init__(self) -> None:
        self.dsn = ""
        self.events: list[dict[str, Any]] = []

    async def receive(self, request: web.Request) -> web.Response:
        raw = await request.read()
        assert request.match_info["project"] == "7"
        if raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        _, *items = raw.splitlines()
        for head, body in zip(items[::2], items[1::2], strict=True):
            if json.loads(head)["type"] == "event":
                self.events.append(json.loads(body))
        return web.json_response({"id": "0"})


@pytest.fixture
async def inbox() -> AsyncIterator[Inbox]:
    inbox = Inbox()
    app = web.Application()
    app.router.add_post("/api/{project}/envelope/", inbox.receive)
    async with TestServer(app) as server:
        inbox.dsn = f"http://key@{server.host}:{server.port}/7"
        yield inbox


def fail(phone: str) -> None:
    raise ValueError(f"cannot reach {phone} by sesame")


def report(dsn: str) -> None:
    """What a server with this DSN reports of one failed request; blocks until it is sent."""
    with reporting_errors(dsn, Scrubber(["sesame"])):
        try:
            fail("+994 50 123 45 67")
        except ValueError as error:
            event = {"event": "request_failed", "level": "error", "exc_info": error}
            facts = {"request_id": "r-1", "route": "/v1/restaurants", "guest_phone": "12"}
            report_error(None, "error", event | facts)
        report_error(None, "info", {"event": "all_is_well", "level": "info"})
        report_error(None, "error", {"event": "disk_full", "level": "error"})


async def test_errors_are_reported_with_where_they_happened_and_no_secrets(
    inbox: Inbox,
) -> None:
    await asyncio.to_thread(report, inbox.dsn)
    failed, full = inbox.events
    (exception,) = failed["exception"]["values"]
    assert exception["type"] == "ValueError"
    assert exception["value"] == "cannot reach [removed] by [removed]"
    assert exception["stacktrace"]["frames"][-1]["function"] == "fail"
    assert failed["tags"] == {"request_id": "r-1", "route": "/v1/restaurants"}
    assert failed["release"].startswith("bakureserve@")
    assert full["message"] == "disk_full"
    text = json.dumps(inbox.events)
    assert "sesame" not in text
    assert "123 45 67" not in text
    assert '"vars"' not in text


async def test_outside_and_without_a_dsn_nothing_is_reported(inbox: Inbox) -> None:
    await asyncio.to_thread(report, "")
    await asyncio.to_thread(report, inbox.dsn)
    report_error(None, "error", {"event": "too_late", "level": "error"})
    assert [event.get("message") for event in inbox.events] == [None, "disk_full"]


def test_a_dsn_that_is_none_is_refused_in_words() -> None:
    with (
        pytest.raises(Unavailable, match="sentry_dsn_unreadable"),
        reporting_errors("https://nobody/7", Scrubber()),
    ):
        pass
