from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web
from yarl import URL

from tests.server.conftest import Client, MakeClient


@pytest.fixture
async def pages(tmp_path: Path, make_client: MakeClient) -> Client:
    """A server with pages of our own."""
    for name, text in {
        "book/index.html": "<!doctype html><title>Kitab</title>",
        "book/book.js": "let x = 1;",
        "book/plan.svg": "<svg/>",
        "vendor/lib.css": "a{}",
        "docs/index.html": "<!doctype html>",
    }.items():
        file = tmp_path / "pages" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    (tmp_path / "secret.txt").write_text("hush")
    return await make_client(pages=tmp_path / "pages")


async def test_a_file_has_its_type_a_strong_tag_and_a_head(pages: Client) -> None:
    for path, content_type, cache in (
        ("/book/", "text/html; charset=utf-8", "no-cache"),
        ("/book/book.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/book/plan.svg", "image/svg+xml; charset=utf-8", "no-cache"),
        ("/vendor/lib.css", "text/css; charset=utf-8", "public, max-age=86400"),
        ("/docs", "text/html; charset=utf-8", "no-cache"),
        ("/docs/", "text/html; charset=utf-8", "no-cache"),
    ):
        answer = await pages.get(path)
        assert (answer.status, answer.headers["Content-Type"]) == (200, content_type)
        assert answer.headers["Cache-Control"] == cache
        etag = answer.headers["ETag"]
        assert etag.startswith('"')
        assert (await pages.get(path, headers={"If-None-Match": etag})).status == 304
        head = await pages.head(path)
        assert (head.status, await head.read(), head.headers["ETag"]) == (200, b"", etag)


async def test_what_is_not_among_the_pages_does_not_exist(pages: Client) -> None:
    for path in (
        "/book/../../secret.txt",
        "/book/%2e%2e/%2e%2e/secret.txt",
        "/book/..%2f..%2fsecret.txt",
        "/book//etc/passwd",
        "/book/none.html",
        "/vendor/",
        "/host/",
    ):
        target = URL(f"http://{pages.server.host}:{pages.server.port}{path}", encoded=True)
        async with pages.session.get(target) as answer:
            assert answer.status == 404
            assert "hush" not in await answer.text()


async def test_a_page_without_its_slash_leads_to_it_with_the_query(pages: Client) -> None:
    answer = await pages.get("/book?venue=x", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (308, "/book/?venue=x")


async def test_the_root_leads_to_the_booking_page(pages: Client) -> None:
    answer = await pages.get("/", allow_redirects=False)
    assert (answer.status, answer.headers["Location"]) == (307, "/book/")


async def test_the_documentation_needs_nothing_from_elsewhere(client: Client) -> None:
    page = await (await client.get("/docs")).text()
    assert "http:" not in page
    assert "https:" not in page
    assert "<script>" not in page
    for path in (
        "/vendor/swagger-ui/swagger-ui-bundle.js",
        "/vendor/swagger-ui/swagger-ui.css",
        "/docs/docs.js",
        "/openapi.json",
    ):
        assert path in page or path in await (await client.get("/docs/docs.js")).text()
        assert (await client.get(path)).status == 200


async def test_every_problem_has_a_place_in_the_documentation(client: Client) -> None:
    answer = await client.get("/docs/problems")
    page = await answer.text()
    assert answer.status == 200
    assert '<dt id="route_not_found">' in page
    assert "&lt;token&gt;" in page
    assert "{count} rows cannot be imported" in page


def test_pages_are_read_at_the_start_only(tmp_path: Path) -> None:
    from bakureserve.server.static import add_pages

    (tmp_path / "book").mkdir()
    app = web.Application()
    add_pages(app, tmp_path)
    assert [resource.canonical for resource in app.router.resources()] == ["/book/{path}"]
