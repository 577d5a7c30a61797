"""A person's own account: sign up, log in and out, password, sessions, export, erasure."""

from __future__ import annotations

from typing import Any

import msgspec

from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group, InputText
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import accounts as shapes
from bakureserve.services.accounts.accounts import Accounts, LoggedIn
from bakureserve.services.accounts.erasure import PersonalData
from bakureserve.services.accounts.proofs import Proofs

api = Group("Accounts")

PRIVATE = {"Cache-Control": "no-store"}
"""For answers with tokens or personal data, which no cache may store."""
DEVICE_HEADER = "Device-Token"
"""The header for a device token where the answer has no body."""
ACCEPTED: Reply[None] = Reply(status=202, headers=PRIVATE)
AS_A_FILE = {"Content-Disposition": 'attachment; filename="baku-reserve-data.json"'}


class SignUp(msgspec.Struct, frozen=True):
    name: InputText
    email: InputText
    phone: InputText
    password: InputText


class LogIn(msgspec.Struct, frozen=True):
    """`device_token` is from the device's last login, so that strangers cannot lock it out."""

    email: InputText
    password: InputText
    device_token: InputText | None = None


class Refresh(msgspec.Struct, frozen=True):
    refresh_token: InputText


class PasswordChange(msgspec.Struct, frozen=True):
    current: InputText
    new: InputText


class Verification(msgspec.Struct, frozen=True):
    token: InputText


class Forgotten(msgspec.Struct, frozen=True):
    email: InputText


class PasswordReset(msgspec.Struct, frozen=True):
    token: InputText
    password: InputText


@api.post("/v1/auth/signup", "Open an account and log in", status=201, problems=(409, 503))
async def sign_up(call: Call[None, SignUp]) -> Reply[shapes.LoggedInOut]:
    body = call.body
    login = await _accounts(call).sign_up(
        name=body.name,
        email=body.email,
        phone=body.phone,
        password=body.password,
        language=call.named_language or "",
        **_origin_of(call),
    )
    return _logged_in(login)


@api.post("/v1/auth/login", "Log in", problems=(401, 503))
async def log_in(call: Call[None, LogIn]) -> Reply[shapes.LoggedInOut]:
    body = call.body
    login = await _accounts(call).log_in(
        email=body.email,
        password=body.password,
        device_token=body.device_token or "",
        **_origin_of(call),
    )
    return _logged_in(login)


@api.post(
    "/v1/auth/refresh",
    "Exchange a refresh token for a new access token and a new refresh token",
    problems=(401, 503),
)
async def refresh(call: Call[None, Refresh]) -> Reply[shapes.LoggedInOut]:
    client = call.exchange.client.key
    return _logged_in(await _accounts(call).refresh(call.body.refresh_token, client=client))


@api.post("/v1/auth/logout", "Log out this device", auth="token", problems=(503,))
async def log_out(call: Call[None, None]) -> None:
    await _accounts(call).log_out(call.actor)


@api.post(
    "/v1/auth/password",
    "Change the password and log out every other device",
    auth="token",
    problems=(404, 409, 503),
)
async def change_password(call: Call[None, PasswordChange]) -> None:
    await _accounts(call).change_password(call.actor, call.body.current, call.body.new)


@api.post(
    "/v1/auth/verify",
    "Verify an e-mail address with the token of the link in an e-mail",
    problems=(503,),
)
async def verify(call: Call[None, Verification]) -> None:
    await _proofs(call).verify(call.body.token, request_id=call.request_id)


@api.post(
    "/v1/auth/verify/request",
    "Request another e-mail with a link that verifies the address",
    status=202,
    auth="token",
    problems=(404, 503),
)
async def ask_to_verify(call: Call[None, None]) -> Reply[None]:
    await _proofs(call).ask_to_verify(call.actor, language=call.named_language or "")
    return ACCEPTED


@api.post(
    "/v1/auth/password/forgot",
    "Request an e-mail with a link to set another password; the answer is always the same",
    status=202,
    problems=(503,),
)
async def forgot_password(call: Call[None, Forgotten]) -> Reply[None]:
    await _proofs(call).forgot(
        call.body.email,
        client=call.exchange.client.key,
        language=call.named_language or "",
        request_id=call.request_id,
    )
    return ACCEPTED


@api.post(
    "/v1/auth/password/reset",
    "Set another password with that link's token; verifies the address and ends all sessions",
    problems=(503,),
)
async def reset_password(call: Call[None, PasswordReset]) -> Reply[None]:
    device_token = await _proofs(call).reset(
        call.body.token, call.body.password, **_origin_of(call)
    )
    return Reply(status=204, headers=PRIVATE | {DEVICE_HEADER: device_token})


@api.get("/v1/auth/session", "Show the account and scopes of the token", auth="token")
async def whoami(call: Call[None, None]) -> Reply[shapes.SessionOut]:
    return Reply(shapes.session_out(call.actor), headers=PRIVATE)


@api.get(
    "/v1/auth/sessions", "List the account's logged-in devices, the last used first", auth="token"
)
async def list_devices(call: Call[None, None]) -> Reply[list[shapes.DeviceOut]]:
    found = await _accounts(call).sessions(call.actor)
    return Reply([shapes.device_out(each, call.actor) for each in found], headers=PRIVATE)


@api.delete(
    "/v1/auth/sessions/{session}",
    "Log out one of the account's devices",
    auth="token",
    problems=(404, 503),
)
async def end_session(call: Call[None, None]) -> None:
    await _accounts(call).end_session(call.actor, call.path["session"])


@api.get("/v1/auth/export", "Export everything stored about the account's owner", auth="token")
async def export(call: Call[None, None]) -> Reply[PersonalData]:
    return Reply(await _accounts(call).export(call.actor), headers=PRIVATE | AS_A_FILE)


@api.delete(
    "/v1/auth/account",
    "Erase the account and its owner's personal data; upcoming bookings are cancelled",
    auth="token",
    problems=(503,),
)
async def erase(call: Call[None, None]) -> None:
    await _accounts(call).erase(call.actor)


def _proofs(call: Call[Any, Any]) -> Proofs:
    return call.runtime.proofs


def _accounts(call: Call[Any, Any]) -> Accounts:
    return call.runtime.accounts


def _origin_of(call: Call[Any, Any]) -> dict[str, str]:
    """The device and client behind a call that proves no identity yet."""
    return {
        "device": call.request.headers.get("User-Agent", ""),
        "client": call.exchange.client.key,
        "request_id": call.request_id,
    }


def _logged_in(login: LoggedIn) -> Reply[shapes.LoggedInOut]:
    return Reply(shapes.logged_in_out(login), headers=PRIVATE)
