"""The page that every problem's `type` points to: all codes, with what they say."""

from __future__ import annotations

from html import escape

from aiohttp import web

from bakureserve.locale import codes, say
from bakureserve.server.reply import Reply, respond
from bakureserve.server.static import PAGE_HEADERS


def add_problem_page(app: web.Application) -> None:
    """Serve `/docs/problems`."""
    page: Reply[bytes] = Reply(
        problem_page(), headers=PAGE_HEADERS, content_type="text/html; charset=utf-8"
    )

    async def show(request: web.Request) -> web.StreamResponse:
        return respond(page, request, 200)

    app.router.add_get("/docs/problems", show)


def problem_page() -> bytes:
    """A definition list with an anchor for each code."""
    rows = "\n".join(
        f'<dt id="{escape(code)}"><code>{escape(code)}</code></dt>'
        f"<dd>{escape(say(code, {}, 'en'))}</dd>"
        for code in sorted(codes())
        if not code.startswith("title_")
    )
    return (
        '<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="color-scheme" content="light dark">\n'
        "<title>Problems: Baku Reserve</title>\n"
        '<link rel="icon" href="/shared/icon.svg" type="image/svg+xml">\n'
        '<link rel="stylesheet" href="/shared/base.css">\n'
        '<header class="bar"><a class="brand" href="/docs">'
        '<img src="/shared/icon.svg" alt="" width="28" height="28">Baku Reserve</a>'
        '<a href="/docs">API</a></header>\n'
        "<main>\n<h1>Problems</h1>\n"
        '<p class="quiet">What an answer says under <code>code</code>. Names in braces are filled '
        "in.</p>\n"
        f"<dl>\n{rows}\n</dl>\n</main>\n</html>\n"
    ).encode()
