"""Map services, Redis, mail servers and webhooks in trouble: guests book, and nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from msgspec.structs import replace

from tests.faults.box import Box, Json, box_on
from tests.faults.peers import TROUBLES, standing_before
from tests.faults.register import each_fault
from tests.kit.houses import SAHIL
from tests.kit.post_office import PostOffice, open_office
from tests.kit.processes import command
from tests.kit.redis_server import redis_running
from tests.kit.roads.fixtures import Roads
from tests.kit.waiting import wait_for

NOTHING_BEHIND = 9
WAY = {"origin": "40.3700,49.8372", "destination": "40.3800,49.8500"}


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port is not None
    return port


@each_fault("redis", TROUBLES, short=["refused"])
def test_without_redis_each_process_limits_by_itself(case: str, tmp_path: Path) -> None:
    with redis_running(tmp_path) as redis, standing_before(port_of(redis.url), case) as peer:
        url = f"redis://127.0.0.1:{peer.port}/0"
        with box_on(tmp_path, REDIS_URL=url) as box:
            assert box.books("Aysel") == 201
            found = box.health_when("redis", "error")
            assert found["status"] == "degraded"
            assert found["checks"]["limiter"]["details"]["decides"] == "this process"
            assert url not in json.dumps(found)

            peer.turn("")
            box.health_when("redis", "ok")
            found = box.health_when("limiter", "ok")
            assert found["checks"]["limiter"]["details"]["decides"] == "redis"
            assert box.names() == ["Aysel"]


@each_fault("osrm", TROUBLES, short=["cut"])
def test_without_osrm_ways_are_estimated_from_the_distance(
    case: str, tmp_path: Path, roads: Roads
) -> None:
    osrm = roads.router()
    osrm.start()
    try:
        with standing_before(port_of(osrm.url), case) as peer:
            url = f"http://127.0.0.1:{peer.port}"
            with box_on(tmp_path, OSRM_BASE_URL=url, BREAKER_COOLDOWN_SECONDS="1") as box:
                assert box.books("Aysel") == 201
                assert box.get("/v1/directions", **WAY).status_code == 200
                found = box.health_when("osrm", "error")
                assert found["status"] == "degraded"
                assert "estimated from the distance" in found["checks"]["osrm"]["effect"]

                peer.turn("")
                box.health_when("osrm", "ok")
                assert box.names() == ["Aysel"]
    finally:
        osrm.stop()


@each_fault("gomap", TROUBLES, short=["silent"])
def test_without_gomap_ways_are_told_without_traffic(case: str, tmp_path: Path) -> None:
    with standing_before(NOTHING_BEHIND, case) as peer:
        url = f"http://127.0.0.1:{peer.port}"
        with box_on(tmp_path, GOMAP_BASE_URL=url, GOMAP_GUID="a-secret-key") as box:
            assert box.books("Aysel") == 201
            assert box.get("/v1/directions", **WAY).status_code == 200
            found = box.health_when("gomap", "error")
            assert found["status"] == "degraded"
            assert "a-secret-key" not in json.dumps(found) + box.server.said
            assert box.names() == ["Aysel"]


@each_fault("mail", TROUBLES, short=["cut"])
def test_letters_wait_for_the_mail_server_and_come_once(case: str, tmp_path: Path) -> None:
    office = PostOffice()
    house = replace(SAHIL, notify_email="sahil@example.az")
    with open_office(office) as real, standing_before(real.port, case) as peer:
        way = {"SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(peer.port), "SMTP_SECURITY": "none"}
        with box_on(tmp_path, house, NOTIFY_TIMEOUT_SECONDS="1", **way) as box:
            assert box.books("Aysel") == 201
            [waiting] = failed_deliveries(box, "email")
            assert waiting["status"] != "dead"
            found = box.health_when("mail", "degraded")
            assert found["status"] == "degraded"

            peer.turn("")
            command("outbox", "retry", waiting["id"], data_dir=tmp_path)
            wait_for(lambda: deliveries(box, "email")[0]["status"] == "sent")
            assert len(office.letters) == 1
            assert box.names() == ["Aysel"]


@each_fault("webhook", TROUBLES)
def test_webhooks_wait_for_the_restaurants_machine(case: str, tmp_path: Path) -> None:
    with a_machine() as (port, got), standing_before(port, case) as peer:
        house = replace(SAHIL, webhook_url=f"http://127.0.0.1:{peer.port}/hook")
        way = {"WEBHOOK_SECRET": "a-master-secret-of-the-operator"}
        with box_on(
            tmp_path, house, NOTIFY_TIMEOUT_SECONDS="1", WEBHOOK_PRIVATE_ADDRESSES="on", **way
        ) as box:
            assert box.books("Aysel") == 201
            [waiting] = failed_deliveries(box, "webhook")
            assert waiting["status"] != "dead"

            peer.turn("")
            command("outbox", "retry", waiting["id"], data_dir=tmp_path)
            wait_for(lambda: deliveries(box, "webhook")[0]["status"] == "sent")
            assert got == [waiting["id"]]
            assert box.names() == ["Aysel"]


def deliveries(box: Box, channel: str) -> list[Json]:
    """What was sent by mail, or by webhook, or waits for it."""
    listed = command("outbox", "list", "--json", data_dir=box.folder)
    return [each for each in json.loads(listed.stdout) if each["channel"] == channel]


def failed_deliveries(box: Box, channel: str) -> list[Json]:
    """Those of which an attempt has failed, once there is one."""
    found: list[Json] = []

    def failed() -> bool:
        found[:] = [each for each in deliveries(box, channel) if each["error"]]
        return bool(found)

    wait_for(failed)
    return found


@contextmanager
def a_machine(status: int = 204) -> Iterator[tuple[int, list[str]]]:
    """A restaurant's that answers webhooks with this: its port, and the ids it got."""
    got: list[str] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            got.append(self.headers["webhook-id"])
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_port, got
        finally:
            server.shutdown()
