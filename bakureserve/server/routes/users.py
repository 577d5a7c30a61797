"""Calls about the accounts of others, for administrators."""

from __future__ import annotations

from bakureserve.server.api import users
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.shapes import accounts as wire

_ONE = "/v1/admin/users/{user}"
_WORK = f"{_ONE}/restaurants/{{restaurant}}"

USERS = (
    Endpoint(
        "GET",
        "/v1/admin/users",
        users.list_all,
        tag="Administration",
        summary="Every account, by e-mail address",
        query=wire.UsersQuery,
        reply=list[wire.AccountOut],
        auth="admin",
    ),
    Endpoint(
        "GET",
        _ONE,
        users.show,
        tag="Administration",
        summary="One account, by id or e-mail address",
        reply=wire.AccountOut,
        auth="admin",
        problems=(404,),
    ),
    Endpoint(
        "PATCH",
        _ONE,
        users.change,
        tag="Administration",
        summary="Make somebody an administrator or not, keep them out or let them in",
        body=wire.AccountPatch,
        reply=wire.AccountOut,
        auth="admin",
        problems=(404, 409, 503),
    ),
    Endpoint(
        "PUT",
        _WORK,
        users.grant,
        tag="Administration",
        summary="Make somebody staff of a restaurant",
        body=wire.Grant,
        body_required=False,
        reply=wire.AccountOut,
        auth="admin",
        problems=(404, 409, 503),
    ),
    Endpoint(
        "DELETE",
        _WORK,
        users.revoke,
        tag="Administration",
        summary="End somebody's work for a restaurant",
        reply=wire.AccountOut,
        auth="admin",
        problems=(404, 503),
    ),
)
