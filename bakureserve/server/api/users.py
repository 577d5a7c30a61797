"""The accounts of others, for administrators."""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from bakureserve.domain.accounts.account import User
from bakureserve.server.api.accounts import PRIVATE
from bakureserve.server.call import Call
from bakureserve.server.keys import RUNTIME
from bakureserve.server.paging import link_to_next, place_from
from bakureserve.server.reply import Reply
from bakureserve.server.shapes import accounts as wire


class _After(msgspec.Struct, frozen=True):
    """A page goes on after this address."""

    email: str


async def list_all(call: Call[wire.UsersQuery, None]) -> Reply:
    query = call.query
    place = place_from(query.cursor, _After)
    # One more than asked for tells whether there is a next page.
    limit = None if query.limit is None else query.limit + 1
    found = await call.app[RUNTIME].users.page(
        call.actor, after=place.email if place else "", limit=limit
    )
    page = found[: query.limit]
    more = len(found) > len(page)
    headers = {"Link": link_to_next(call.request, _After(page[-1].email))} if more else {}
    return Reply([wire.account_out(user) for user in page], headers=PRIVATE | headers)


async def show(call: Call[None, None]) -> Reply:
    return _shown(await call.app[RUNTIME].users.get(call.actor, call.path["user"]))


async def change(call: Call[None, wire.AccountPatch]) -> Reply:
    users, actor, patch = call.app[RUNTIME].users, call.actor, call.body
    changed = await users.get(actor, call.path["user"])
    if patch.role is not UNSET:
        changed = await users.set_role(actor, changed.id, patch.role, unverified=patch.unverified)
    if patch.disabled is not UNSET:
        turn = users.disable if patch.disabled else users.enable
        changed = await turn(actor, changed.id)
    return _shown(changed)


async def grant(call: Call[None, wire.Grant | None]) -> Reply:
    users, person, restaurant = call.app[RUNTIME].users, call.path["user"], call.path["restaurant"]
    unverified = call.body is not None and call.body.unverified
    return _shown(await users.grant(call.actor, person, restaurant, unverified=unverified))


async def revoke(call: Call[None, None]) -> Reply:
    users = call.app[RUNTIME].users
    return _shown(await users.revoke(call.actor, call.path["user"], call.path["restaurant"]))


def _shown(user: User) -> Reply:
    return Reply(wire.account_out(user), headers=PRIVATE)
