"""How the server is doing. Asking often is no load: each check looks only when it has to."""

from __future__ import annotations

from time import monotonic

from bakureserve import __version__
from bakureserve.server.call import Call
from bakureserve.server.control import operator_of
from bakureserve.server.keys import EXAMINER, STARTED
from bakureserve.server.reply import Reply
from bakureserve.server.shapes.health import health_out

STATUS_OF_UNHEALTHY = 503


async def health(call: Call[None, None]) -> Reply:
    found = await call.app[EXAMINER].examine()
    answer = health_out(
        found,
        now=call.now,
        version=__version__,
        uptime=monotonic() - call.app[STARTED],
        language=call.language,
        to_operator=operator_of(call.request) is not None,
    )
    return Reply(
        answer,
        status=STATUS_OF_UNHEALTHY if found.status == "unhealthy" else 200,
        headers={"Cache-Control": "no-store"},
    )
