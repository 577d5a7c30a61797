"""Serves what is not the API: our pages and their files, the page of problems, and photos.

Pages are read once at the start; a file that was not there then is not served.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Mapping
from html import escape
from pathlib import Path

import msgspec
from aiohttp import web

from bakureserve.locale import codes, say
from bakureserve.server.app_keys import RUNTIME
from bakureserve.server.call import AioHandler, respond
from bakureserve.server.reply import Reply, etag_of
from bakureserve.services.restaurants.photos import ADDRESS, MEDIA_TYPES

PAGES = Path(__file__).parent / "pages"
INDEX = "index.html"
SERVED_WITHOUT_SLASH = frozenset({"docs"})
"""Folders with absolute links in their page, which answers at `/docs` as well as at `/docs/`."""

PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), payment=(), geolocation=(self)",
}
"""What a browser lets our pages do."""

POLICIES = {
    "docs": (
        "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; "
        "object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}
"""Content security policies of folders that need their own."""


class Asset(msgspec.Struct, frozen=True):
    """One file, ready to be sent."""

    body: bytes
    etag: str
    content_type: str
    headers: Mapping[str, str]


def add_pages(app: web.Application, folder: Path = PAGES) -> None:
    """Serve every folder below `folder` under its own name, its `index.html` at the slash."""
    assets = load_assets(folder)
    for child in sorted(each.name for each in folder.iterdir() if each.is_dir()):
        app.router.add_get(f"/{child}/{{path:.*}}", _serve(assets))
        if child in SERVED_WITHOUT_SLASH:
            app.router.add_get(f"/{child}", _serve(assets))
        elif f"/{child}/" in assets:
            app.router.add_get(f"/{child}", _add_slash)


def load_assets(folder: Path) -> dict[str, Asset]:
    """All files below `folder` by the path of their address."""
    assets = {}
    for file in sorted(each for each in folder.rglob("*") if each.is_file()):
        address = f"/{file.relative_to(folder).as_posix()}"
        assets[address] = asset = _load(file, address)
        if file.name == INDEX:
            page = address.removesuffix(INDEX)
            assets[page] = asset
            if page.strip("/") in SERVED_WITHOUT_SLASH:
                assets[page.rstrip("/")] = asset
    return assets


def _load(file: Path, address: str) -> Asset:
    body = file.read_bytes()
    top = address.split("/")[1]
    cached = "public, max-age=86400" if top == "vendor" else "no-cache"
    headers = PAGE_HEADERS | {"Cache-Control": cached}
    if top in POLICIES:
        headers["Content-Security-Policy"] = POLICIES[top]
    return Asset(body, etag_of(body), _content_type(file), headers)


def _content_type(file: Path) -> str:
    kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/") or kind in {"application/json", "image/svg+xml"}
    return f"{kind}; charset=utf-8" if is_text else kind


def _serve(assets: Mapping[str, Asset]) -> AioHandler:
    async def serve(request: web.Request) -> web.StreamResponse:
        asset = assets.get(request.path)
        if asset is None:
            raise web.HTTPNotFound
        reply: Reply[None] = Reply(
            asset.body, etag=asset.etag, content_type=asset.content_type, headers=asset.headers
        )
        return respond(reply, request, 200)

    return serve


async def _add_slash(request: web.Request) -> web.StreamResponse:
    query = f"?{request.rel_url.raw_query_string}" if request.rel_url.raw_query_string else ""
    raise web.HTTPPermanentRedirect(f"{request.rel_url.raw_path}/{query}")


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


A_WEEK = "public, max-age=604800"
"""How long browsers and proxies keep a photo without asking; a new one gets a new name."""


def add_photos(app: web.Application) -> None:
    """Serve photos; a folder has no list of them."""
    app.router.add_get(f"{ADDRESS}{{name:.*}}", _show)


async def _show(request: web.Request) -> web.StreamResponse:
    path = request.app[RUNTIME].photos.file(request.match_info["name"])
    if path is None:
        raise web.HTTPNotFound
    headers = {"Content-Type": MEDIA_TYPES[path.suffix.lower()], "Cache-Control": A_WEEK}
    return web.FileResponse(path, headers=headers)
