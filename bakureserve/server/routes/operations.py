"""Calls for those who look after the server."""

from __future__ import annotations

from bakureserve.server.api import operations
from bakureserve.server.endpoint import Endpoint
from bakureserve.server.wire.operations import SettingOut, StatusOut

OPERATIONS = (
    Endpoint(
        "GET",
        "/v1/admin/status",
        operations.status,
        tag="Administration",
        summary="The server in figures: requests, errors, process, database, the last minutes",
        reply=StatusOut,
        auth="admin",
        problems=(503,),
    ),
    Endpoint(
        "GET",
        "/v1/admin/settings",
        operations.settings,
        tag="Administration",
        summary="The settings that this server goes by; secrets only as set or unset",
        reply=list[SettingOut],
        auth="admin",
    ),
)
