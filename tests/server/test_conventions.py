from __future__ import annotations

import asyncio
import io
import json
import re
from typing import Any

from structlog.testing import capture_logs

from bakureserve.limits.limiter import NANOSECONDS, Limiter, Quota
from bakureserve.settings import Settings
from tests.server.conftest import Client, MakeClient

EVERY_HEADER = (
    "X-Request-ID",
    "X-API-Version",
    "Content-Security-Policy",
    "X-Content-Type-Options",
    "X-Frame-Options",
    "Referrer-Policy",
    "Server",
)


async def test_every_answer_carries_the_common_headers_once(client: Client) -> None:
    for method, path, status in (
        ("GET", "/v1/tagged", 200),
        ("HEAD", "/v1/tagged", 200),
        ("DELETE", "/v1/nothing", 204),
        ("GET", "/", 307),
        ("GET", "/restaurants", 301),
        ("GET", "/nowhere", 404),
        ("POST", "/v1/tagged", 405),
        ("OPTIONS", "/v1/tagged", 405),
        ("GET", "/v1/token", 401),
        ("GET", "/v1/crash", 500),
        ("GET", "/livez", 200),
        ("GET", "/docs", 200),
    ):
        answer = await client.request(method, path, allow_redirects=False)
        assert answer.status == status
        for name in EVERY_HEADER:
            assert len(answer.headers.getall(name)) == 1, name
        assert (answer.headers["X-API-Version"], answer.headers["Server"]) == ("1.0", "bakureserve")


async def test_what_a_browser_shows_comes_with_the_policies_of_a_page(client: Client) -> None:
    for path in ("/book/", "/admin/", "/shared/base.css", "/docs", "/docs/problems"):
        answer = await client.get(path)
        assert answer.status == 200
        assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in answer.headers["Permissions-Policy"]
        for name in EVERY_HEADER:
            assert len(answer.headers.getall(name)) == 1, name


async def test_data_may_load_nothing_wherever_it_is_shown(client: Client) -> None:
    for path in ("/v1/tagged", "/nowhere", "/v1/crash", "/book/nowhere"):
        answer = await client.get(path)
        assert answer.headers["Content-Security-Policy"] == (
            "default-src 'none'; frame-ancestors 'none'"
        )


async def test_a_sane_request_id_is_echoed_and_another_replaced(client: Client) -> None:
    for sent in ("a", "Req_1.2-3", "x" * 64):
        answer = await client.get("/livez", headers={"X-Request-ID": sent})
        assert answer.headers["X-Request-ID"] == sent
    for sent in ("", "x" * 65, "a b", "a;b", "é"):
        answers = [await client.get("/livez", headers={"X-Request-ID": sent}) for _ in range(2)]
        ids = {answer.headers["X-Request-ID"] for answer in answers}
        assert len(ids) == 2
        assert all(re.fullmatch(r"[0-9a-f]+-[0-9a-f]+", each) for each in ids)


async def test_a_wrong_method_is_told_which_are_right(client: Client) -> None:
    answer = await client.put("/v1/tagged")
    document = await answer.json(content_type=None)
    assert (answer.status, document["code"]) == (405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET,HEAD"
    assert "PUT" in document["detail"]


async def test_head_has_the_headers_of_get_and_no_body(client: Client) -> None:
    got, head = await client.get("/v1/tagged"), await client.head("/v1/tagged")
    assert await head.read() == b""
    assert head.headers["ETag"] == got.headers["ETag"]


async def test_a_problem_is_told_in_the_readers_language(client: Client) -> None:
    for accepted, language, title in (
        ("", "en", "Not found"),
        ("az", "az", "Tapılmadı"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru", "Не найдено"),
        ("fr", "en", "Not found"),
    ):
        answer = await client.get("/nowhere", headers={"Accept-Language": accepted})
        document = await answer.json(content_type=None)
        assert document["title"] == title
        assert document["type"] == "/docs/problems#route_not_found"
        assert answer.headers["Content-Language"] == language
        assert "Accept-Language" in answer.headers.getall("Vary")


async def test_an_unexpected_error_is_logged_and_nothing_of_it_leaves(client: Client) -> None:
    with capture_logs() as logs:
        answer = await client.get("/v1/crash?token=secret")
    text = await answer.text()
    assert answer.status == 500
    assert json.loads(text)["code"] == "internal_error"
    assert "swordfish" not in text
    assert "Traceback" not in text
    assert [(log["event"], log["request_id"]) for log in logs] == [
        ("request_failed", answer.headers["X-Request-ID"])
    ]
    assert "swordfish" in str(logs[0]["exc_info"])


async def test_why_something_is_not_available_is_logged_and_no_conflict(client: Client) -> None:
    with capture_logs() as logs:
        assert (await client.get("/v1/taken")).status == 409
        busy = await client.get("/v1/busy")
    assert (busy.status, busy.headers["Retry-After"]) == (503, "5")
    assert logs == [
        {
            "event": "request_unavailable",
            "log_level": "warning",
            "code": "sample_busy",
            "reason": "The request could not be carried out.",
            "request_id": busy.headers["X-Request-ID"],
            "method": "GET",
            "route": "/v1/busy",
        }
    ]


async def test_over_the_limit_is_429_until_the_quota_comes_back(make_client: MakeClient) -> None:
    now = [1000 * NANOSECONDS]
    client = await make_client(limiter=Limiter(Quota(3, 60.0), clock=lambda: now[0]))
    answers = [await client.get("/v1/tagged") for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 200, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["RateLimit-Policy"] == '"default";q=3;w=60'
    assert answers[0].headers["RateLimit"] == '"default";r=2;t=20'
    assert answers[0].headers["X-RateLimit-Limit"] == "3"
    assert answers[3].headers["Retry-After"] == "20"
    assert answers[3].headers["X-RateLimit-Reset"] == "60"
    assert (await answers[3].json(content_type=None))["code"] == "rate_limited"
    now[0] += 20 * NANOSECONDS
    assert (await client.get("/v1/tagged")).status == 200


async def test_a_heavier_call_uses_more_and_a_probe_or_a_page_nothing(
    make_client: MakeClient,
) -> None:
    client = await make_client(limiter=Limiter(Quota(6, 60.0), clock=lambda: 0))
    heavy = await client.get("/v1/heavy")
    assert heavy.headers["X-RateLimit-Remaining"] == "1"
    for path in ("/livez", "/readyz", "/metrics", "/v1/livez", "/book/"):
        probe = await client.get(path)
        assert (probe.status, "RateLimit" in probe.headers) == (200, False)
    assert (await client.get("/v1/tagged")).headers["X-RateLimit-Remaining"] == "0"


async def test_a_limit_that_is_off_limits_no_client(make_client: MakeClient) -> None:
    for off in (
        {"rate_limit_enabled": False},
        {"rate_limit_requests": 0},
        {"rate_limit_window_seconds": 0.0},
    ):
        client = await make_client(settings=Settings(**off), limiter=Limiter(Quota(1, 3600.0)))
        answers = [await client.get("/v1/tagged") for _ in range(3)]
        assert {answer.status for answer in answers} == {200}
        assert "RateLimit" not in answers[0].headers


ORIGIN = "https://app.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST"}


async def test_a_listed_origin_may_call_and_read_the_headers(make_client: MakeClient) -> None:
    client = await make_client(settings=Settings(cors_allow_origins=(ORIGIN,)))
    for path in ("/v1/tagged", "/nowhere"):
        answer = await client.get(path, headers={"Origin": ORIGIN})
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert "ETag" in answer.headers["Access-Control-Expose-Headers"]
        assert "Origin" in answer.headers.getall("Vary")
    preflight = await client.options("/v1/orders", headers={"Origin": ORIGIN, **PREFLIGHT})
    assert preflight.status == 204
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Authorization" in preflight.headers["Access-Control-Allow-Headers"]


async def test_an_unlisted_origin_is_never_reflected(make_client: MakeClient) -> None:
    for origin in ("https://evil.example", "null", f"{ORIGIN}.evil.example"):
        client = await make_client(settings=Settings(cors_allow_origins=(ORIGIN,)))
        answer = await client.get("/v1/tagged", headers={"Origin": origin})
        preflight = await client.options("/v1/orders", headers={"Origin": origin, **PREFLIGHT})
        assert answer.status == 200
        assert "Origin" in answer.headers.getall("Vary")
        for each in (answer, preflight):
            assert "Access-Control-Allow-Origin" not in each.headers


async def test_the_access_log_has_a_line_a_request_and_no_secret(
    make_client: MakeClient, access_stream: io.BytesIO
) -> None:
    client = await make_client()
    headers = {"X-Request-ID": "r-1", "Authorization": "Bearer hush"}
    await client.get("/v1/things/42?size=1&q=secret", headers=headers)
    await client.get("/no/such/place")
    await client.server.close()
    lines = [json.loads(line) for line in access_stream.getvalue().splitlines()]
    assert [(line["route"], line["status"]) for line in lines] == [
        ("/v1/things/{id}", 200),
        ("unmatched", 404),
    ]
    assert lines[0]["request_id"] == "r-1"
    assert lines[0]["client"] == "127.0.0.1"
    assert lines[0]["time"] == "2027-03-01T12:00:00Z"
    assert b"secret" not in access_stream.getvalue()
    assert b"hush" not in access_stream.getvalue()


async def test_the_server_is_ready_when_its_check_says_so(make_client: MakeClient) -> None:
    answers = iter([True, False])

    async def ready() -> bool:
        return next(answers)

    client = await make_client(ready=ready)
    assert await (await client.get("/readyz")).json() == {"status": "ok"}
    refused = await client.get("/readyz")
    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")


async def test_features_tell_the_apps_what_is_offered_and_no_key(make_client: MakeClient) -> None:
    client = await make_client(settings=Settings(maps_api_key="k-123", prep_notify_enabled=True))
    answer = await client.get("/v1/config/features")
    assert await answer.json() == {
        "prep_notify_enabled": True,
        "payments_mode": "off",
        "payment_provider": None,
        "currency": "AZN",
        "maps_api_key_present": True,
        "gomap_ready": False,
        "letters": "files",
    }
    for given, letters in (
        ({"smtp_host": "mail.example.az"}, "mail"),
        ({"smtp_host": "mail.example.az", "notify_enabled": False}, "none"),
        ({"notify_files": False}, "none"),
    ):
        client = await make_client(settings=Settings(**given))
        assert (await (await client.get("/v1/config/features")).json())["letters"] == letters


async def test_a_body_that_breaks_off_is_no_error_of_the_server(client: Client) -> None:
    host, port = client.server.host, client.server.port
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(
        b"POST /v1/orders HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Transfer-Encoding: chunked\r\n\r\nnot a chunk\r\n"
    )
    status: Any = await reader.readline()
    assert b" 400 " in status
    writer.close()
    await writer.wait_closed()
