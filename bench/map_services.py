"""Map services for benchmarks: a real OSRM and a GoMap, with trouble on request.

`python -m bench.map_services` runs them; `GET /be/NAME` puts both into a trouble of `TROUBLES`.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import uvloop
from aiohttp import web

from bench.bare import serve
from tests.kit.roads.gomap import GoMap
from tests.kit.roads.grid import StreetGrid
from tests.kit.roads.osrm import Osrm, build_roads, osrm_home
from tests.kit.roads.trouble import (
    Front,
    Trouble,
    answering,
    any_of,
    delaying,
    hanging,
    huge,
    resetting,
    trickling,
)

TOWN = StreetGrid()
_TROUBLED: dict[str, Trouble] = {
    "slow": delaying(2.0),
    "hanging": hanging(),
    "refusing": answering("no", status=503),
    "garbage": answering("<html>busy</html>"),
    "huge": huge(5),
    "resetting": resetting(),
    "trickling": trickling(),
}
TROUBLES: dict[str, Trouble | None] = {
    "well": None,
    "at 300 ms": delaying(0.3),
    **_TROUBLED,
    "mixed": any_of(*_TROUBLED.values(), delaying(0.1)),
}


def services_app(front: Front, gomap: GoMap) -> web.Application:
    """OSRM at `/route`, GoMap at `/Main.asmx`, and the switch."""

    async def be(request: web.Request) -> web.Response:
        front.trouble = gomap.trouble = TROUBLES[request.match_info["name"]]
        front.asked.clear()
        gomap.calls.clear()
        return web.Response()

    app = web.Application()
    app.router.add_get("/be/{name}", be)
    app.router.add_get("/route/{rest:.*}", front.answer)
    app.router.add_post("/Main.asmx/{method}", gomap.answer)
    return app


async def run(osrm: Osrm) -> None:
    front = Front(osrm.url)
    await front.open()
    await serve(services_app(front, GoMap()))


def main() -> None:
    home = osrm_home()
    if home is None:
        raise SystemExit("there is no OSRM: `make install` fetches it")
    with tempfile.TemporaryDirectory() as folder:
        osrm = Osrm(home, build_roads(home, TOWN, Path(folder)))
        osrm.start()
        try:
            uvloop.run(run(osrm))
        finally:
            osrm.stop()


if __name__ == "__main__":
    main()
