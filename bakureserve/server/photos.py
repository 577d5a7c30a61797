"""Restaurants' photos over HTTP."""

from __future__ import annotations

from aiohttp import web

from bakureserve.server.keys import RUNTIME
from bakureserve.services.restaurants.photos import ADDRESS, MEDIA_TYPES

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
