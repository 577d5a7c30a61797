"""A person's account: coming in, going on, leaving, and what is held about them."""

from __future__ import annotations

from typing import Any

from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import accounts as wire
from bakureserve.services.accounts.accounts import Accounts, LoggedIn
from bakureserve.services.accounts.proofs import Proofs

PRIVATE = {"Cache-Control": "no-store"}
"""On answers with proofs or personal data, which no cache on the way may keep."""
DEVICE_HEADER = "Device-Token"
"""The header with a device token on an answer that has no body."""
ACCEPTED = Reply(status=202, headers=PRIVATE)
AS_A_FILE = {"Content-Disposition": 'attachment; filename="baku-reserve-data.json"'}


async def sign_up(call: Call[None, wire.SignUp]) -> Reply:
    body = call.body
    entered = await _accounts(call).sign_up(
        name=body.name,
        email=body.email,
        phone=body.phone,
        password=body.password,
        language=call.named_language or "",
        **_whence(call),
    )
    return _let_in(entered)


async def log_in(call: Call[None, wire.LogIn]) -> Reply:
    body = call.body
    entered = await _accounts(call).log_in(
        email=body.email,
        password=body.password,
        device_token=body.device_token or "",
        **_whence(call),
    )
    return _let_in(entered)


async def refresh(call: Call[None, wire.Refresh]) -> Reply:
    client = call.exchange.client.key
    return _let_in(await _accounts(call).refresh(call.body.refresh_token, client=client))


async def log_out(call: Call[None, None]) -> None:
    await _accounts(call).log_out(call.actor)


async def change_password(call: Call[None, wire.PasswordChange]) -> None:
    await _accounts(call).change_password(call.actor, call.body.current, call.body.new)


async def verify(call: Call[None, wire.Verification]) -> None:
    await _proofs(call).verify(call.body.token, request_id=call.request_id)


async def ask_to_verify(call: Call[None, None]) -> Reply:
    await _proofs(call).ask_to_verify(call.actor, language=call.named_language or "")
    return ACCEPTED


async def forgot_password(call: Call[None, wire.Forgotten]) -> Reply:
    await _proofs(call).forgot(
        call.body.email,
        client=call.exchange.client.key,
        language=call.named_language or "",
        request_id=call.request_id,
    )
    return ACCEPTED


async def reset_password(call: Call[None, wire.PasswordReset]) -> Reply:
    device_token = await _proofs(call).reset(call.body.token, call.body.password, **_whence(call))
    return Reply(status=204, headers=PRIVATE | {DEVICE_HEADER: device_token})


async def whoami(call: Call[None, None]) -> Reply:
    return Reply(wire.session_out(call.actor), headers=PRIVATE)


async def list_devices(call: Call[None, None]) -> Reply:
    found = await _accounts(call).sessions(call.actor)
    return Reply([wire.device_out(each, call.actor) for each in found], headers=PRIVATE)


async def end_session(call: Call[None, None]) -> None:
    await _accounts(call).end_session(call.actor, call.path["session"])


async def export(call: Call[None, None]) -> Reply:
    return Reply(await _accounts(call).export(call.actor), headers=PRIVATE | AS_A_FILE)


async def erase(call: Call[None, None]) -> None:
    await _accounts(call).erase(call.actor)


def _proofs(call: Call[Any, Any]) -> Proofs:
    return call.app[RUNTIME].proofs


def _accounts(call: Call[Any, Any]) -> Accounts:
    return call.app[RUNTIME].accounts


def _whence(call: Call[Any, Any]) -> dict[str, str]:
    """Where somebody comes from who is not known yet."""
    return {
        "device": call.request.headers.get("User-Agent", ""),
        "client": call.exchange.client.key,
        "request_id": call.request_id,
    }


def _let_in(entered: LoggedIn) -> Reply:
    return Reply(wire.logged_in_out(entered), headers=PRIVATE)
