"""Who may call what: a row for every call of the API, with the status that each of eight gets.

The columns, always in this order:

    nobody      no token
    bad         a token that was tampered with
    expired     the owner's, from yesterday
    other       another guest
    owner       the guest whose reservation or device it is
    staff       staff of the reservation's restaurant
    elsewhere   staff of another restaurant
    admin       an administrator

A new call gets one row here. `test_access.py` makes each call eight times, each time about a fresh
reservation of the owner's: in its path `{restaurant}` is its restaurant, `{reservation}` its id and
`{session}` a device of the owner's; other names are filled from `path`. `before` brings the
reservation into the state that the call needs. A `body` may be made for the scene it is sent in.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from typing import Any, Literal

from tests.kit.houses import SAHIL
from tests.kit.people import PASSWORD, a_newcomer, email_of

Json = dict[str, Any]
Who = Literal["nobody", "bad", "expired", "other", "owner", "staff", "elsewhere", "admin"]


@dataclass(frozen=True)
class Scene:
    """What a call is about: the `number` of the caller's column, a day of its own, and more."""

    number: int
    day: dt.date
    restaurant: str
    reservation: str
    session: str
    refresh_token: str


@dataclass(frozen=True)
class Step:
    """A call that must succeed before: POST `…/{reservation}/<path>` by `who`."""

    who: Who
    path: str
    body: Json | None = None


@dataclass(frozen=True)
class Row:
    """One call, and its eight statuses in the order of the columns."""

    call: str
    statuses: str
    _: KW_ONLY
    body: Json | Callable[[Scene], Json] | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    before: tuple[Step, ...] = ()
    is_now: bool = False
    """Whether the reservation's time has come."""


PUBLIC = "200 200 200 200 200 200 200 200"
"""Where no token is needed, one that is no good is not even looked at."""
ANYBODY = "401 401 401 200 200 200 200 200"
ANYBODY_204 = "401 401 401 204 204 204 204 204"
ANYBODY_202 = ANYBODY_204.replace("204", "202")
ACCEPTED = "202 202 202 202 202 202 202 202"
NO_LINK = "422 422 422 422 422 422 422 422"
"""What a link does is tested with letters, in `tests/server/accounts/test_proofs.py`."""
ITS_GUEST_AND_STAFF = "401 401 401 404 200 200 404 200"
"""Another's reservation does not exist, whoever asks for it."""
ITS_STAFF = "401 401 401 404 403 200 404 200"
ADMIN_ONLY = "401 401 401 403 403 403 403 200"
NO_HANDSHAKE = "426 401 401 426 426 426 426 426"
"""Who may read a stream is tested where handshakes are made, in `tests/server/streams/`."""
OWN_DEVICE = "401 401 401 404 204 404 404 404"

_ONE = "/v1/reservations/{reservation}"
_RAUF = {"user": email_of("Rauf")}
_SEAT = Step("admin", "seat")


def _booking(scene: Scene) -> Json:
    return {
        "restaurant_id": SAHIL.id,
        "party_size": 2,
        "start": f"{scene.day}T13:00:00+04:00",
        "guest_name": "Aysel",
    }


def _newcomer(scene: Scene) -> Json:
    return a_newcomer("Yeni", email=f"yeni-{scene.number}@example.az")


def _forgotten(scene: Scene) -> Json:
    return {"email": f"yeni-{scene.number}@example.az"}


A_WAY = {"origin": "40.37,49.84", "destination": "40.40,49.87"}
COMING: Json = {"lead_minutes": 20, "prep_scope": "full"}
_COMING = Step("owner", "arrival_intent", COMING | {"share_location": True})
PREORDER = {"minutes_away": 20, "scope": "starters"}

#                                                nob bad exp oth own sta els adm
ROWS: tuple[Row, ...] = (
    Row("GET /v1/restaurants", PUBLIC),
    Row("GET /v1/restaurants/{restaurant}", PUBLIC),
    Row("GET /v1/restaurants/{restaurant}/floorplan", PUBLIC),
    Row(
        "GET /v1/restaurants/{restaurant}/availability",
        PUBLIC,
        query={"date": "2027-03-02", "party_size": "2"},
    ),
    Row("GET /v1/reservations", ANYBODY),
    Row("POST /v1/reservations", "401 401 401 201 201 201 201 201", body=_booking),
    Row(f"GET {_ONE}", ITS_GUEST_AND_STAFF),
    Row(f"PATCH {_ONE}", ITS_GUEST_AND_STAFF, body={"guest_name": "Aysel Q"}),
    Row(f"DELETE {_ONE}", ITS_GUEST_AND_STAFF),
    Row(f"POST {_ONE}/cancel", ITS_GUEST_AND_STAFF),
    Row(f"POST {_ONE}/confirm", ITS_GUEST_AND_STAFF, before=(Step("owner", "cancel"),)),
    Row(f"POST {_ONE}/seat", ITS_STAFF, is_now=True),
    Row(f"POST {_ONE}/complete", ITS_STAFF, before=(_SEAT,), is_now=True),
    Row(f"POST {_ONE}/no-show", ITS_STAFF, is_now=True),
    Row(f"POST {_ONE}/undo", ITS_STAFF, before=(_SEAT,), is_now=True),
    Row(f"POST {_ONE}/preorder/quote", ITS_GUEST_AND_STAFF, body=PREORDER),
    Row(f"POST {_ONE}/preorder/confirm", ITS_GUEST_AND_STAFF, body=PREORDER),
    Row("GET /v1/directions", PUBLIC, query=A_WAY),
    Row("GET /v1/maps/geocode", PUBLIC, query={"query": "sahil"}),
    Row(f"GET {_ONE}/arrival_intent/suggestions", ITS_GUEST_AND_STAFF, query={"q": "sahil"}),
    Row("GET /v1/admin/eta", ADMIN_ONLY, query=A_WAY),
    Row(f"GET {_ONE}/arrival_intent/stream", NO_HANDSHAKE),
    Row("GET /v1/restaurants/{restaurant}/arrivals", "401 401 401 403 403 200 403 200"),
    Row("GET /v1/restaurants/{restaurant}/arrivals/stream", NO_HANDSHAKE),
    Row(
        "POST /v1/restaurants/{restaurant}/day/close",
        "401 401 401 403 403 200 403 200",
        body={"date": "2020-01-01"},
    ),
    Row(f"POST {_ONE}/arrival_intent", ITS_GUEST_AND_STAFF, body=COMING),
    Row(
        f"POST {_ONE}/arrival_intent/decision",
        ITS_STAFF,
        body={"action": "approve"},
        before=(_COMING,),
    ),
    Row(
        f"POST {_ONE}/arrival_intent/location",
        "401 401 401 404 200 403 404 403",
        body={"latitude": 40.38, "longitude": 49.84},
        before=(_COMING,),
    ),
    Row(f"DELETE {_ONE}/arrival_intent/location", "401 401 401 404 200 403 404 403"),
    Row(
        f"POST {_ONE}/arrival_intent/eta",
        ITS_GUEST_AND_STAFF,
        body={"eta_minutes": 20},
        before=(_COMING,),
    ),
    Row(f"POST {_ONE}/arrival_intent/arrived", ITS_STAFF),
    Row(
        f"DELETE {_ONE}/arrival_intent/arrived",
        ITS_STAFF,
        before=(Step("staff", "arrival_intent/arrived"),),
    ),
    Row("GET /v1/restaurants/{restaurant}/arrivals/board", "401 401 401 403 403 200 403 200"),
    Row("GET /v1/admin/outbox", ADMIN_ONLY),
    Row("POST /v1/auth/signup", "201 201 201 201 201 201 201 201", body=_newcomer),
    Row("POST /v1/auth/login", PUBLIC, body={"email": email_of("Aysel"), "password": PASSWORD}),
    Row("POST /v1/auth/refresh", PUBLIC, body=lambda scene: {"refresh_token": scene.refresh_token}),
    Row("POST /v1/auth/logout", ANYBODY_204),
    Row("POST /v1/auth/password", ANYBODY_204, body={"current": PASSWORD, "new": PASSWORD}),
    Row("POST /v1/auth/verify", NO_LINK, body={"token": "x"}),
    Row("POST /v1/auth/verify/request", ANYBODY_202),
    Row("POST /v1/auth/password/forgot", ACCEPTED, body=_forgotten),
    Row("POST /v1/auth/password/reset", NO_LINK, body={"token": "x", "password": PASSWORD}),
    Row("GET /v1/auth/session", ANYBODY),
    Row("GET /v1/auth/sessions", ANYBODY),
    Row("DELETE /v1/auth/sessions/{session}", OWN_DEVICE),
    Row("GET /v1/auth/export", ANYBODY),
    Row("DELETE /v1/auth/account", ANYBODY_204),
    Row("GET /v1/admin/users", ADMIN_ONLY),
    Row("GET /v1/admin/users/{user}", ADMIN_ONLY, path=_RAUF),
    Row("PATCH /v1/admin/users/{user}", ADMIN_ONLY, path=_RAUF, body={"disabled": True}),
    Row("PUT /v1/admin/users/{user}/restaurants/{restaurant}", ADMIN_ONLY, path=_RAUF),
    Row("DELETE /v1/admin/users/{user}/restaurants/{restaurant}", ADMIN_ONLY, path=_RAUF),
    Row("GET /v1/admin/caches", ADMIN_ONLY),
    Row("POST /v1/admin/caches/sweep", ADMIN_ONLY),
    Row("DELETE /v1/admin/caches", ADMIN_ONLY),
    Row("DELETE /v1/admin/caches/{cache}", ADMIN_ONLY, path={"cache": "availability"}),
    Row("GET /v1/admin/breakers", ADMIN_ONLY),
    Row("POST /v1/admin/breakers/reset", ADMIN_ONLY),
    Row("POST /v1/admin/breakers/{breaker}/reset", ADMIN_ONLY, path={"breaker": "osrm"}),
    Row("GET /v1/admin/limiter", ADMIN_ONLY),
    Row("GET /v1/admin/limiter/clients", ADMIN_ONLY),
    Row("GET /v1/admin/limiter/clients/{client}", ADMIN_ONLY, path={"client": "203.0.113.9"}),
    Row("DELETE /v1/admin/limiter/clients/{client}", ADMIN_ONLY, path={"client": "203.0.113.9"}),
    Row("DELETE /v1/admin/limiter/clients", ADMIN_ONLY),
    Row("GET /v1/admin/audit", ADMIN_ONLY),
    Row("GET /v1/admin/imports", ADMIN_ONLY),
    Row("GET /v1/config/features", PUBLIC),
    Row("GET /v1/admin/status", ADMIN_ONLY),
    Row("GET /v1/admin/settings", ADMIN_ONLY),
    Row("GET /health", PUBLIC),
    Row("GET /livez", PUBLIC),
    Row("GET /readyz", PUBLIC),
    Row("GET /metrics", PUBLIC),
    Row("GET /openapi.json", PUBLIC),
    Row("GET /", "307 307 307 307 307 307 307 307"),
)
