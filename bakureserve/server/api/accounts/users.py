"""Other people's accounts, for administrators."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from bakureserve.domain.accounts.account import Role, User
from bakureserve.server.api.accounts.own_account import PRIVATE
from bakureserve.server.call import Call
from bakureserve.server.endpoint import Group
from bakureserve.server.paging import PageSize, one_more, page_of, place_from
from bakureserve.server.reply import AT_A_TIME, Reply
from bakureserve.server.shapes import accounts as shapes
from bakureserve.server.streamed_list import WholeList, pages_of, whole_list

api = Group("Administration", auth="admin")
_ONE = "/v1/admin/users/{user}"
_WORK = f"{_ONE}/restaurants/{{restaurant}}"


class UsersQuery(msgspec.Struct, frozen=True):
    limit: PageSize | None = None
    cursor: Annotated[str, Meta(max_length=1000)] = ""


class AccountPatch(msgspec.Struct, frozen=True):
    """Only what is given changes. `unverified` allows an address that is not verified."""

    role: Role | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    unverified: bool = False


class Grant(msgspec.Struct, frozen=True):
    """`unverified` allows an address that is not verified."""

    unverified: bool = False


class _After(msgspec.Struct, frozen=True):
    """The last address of the page before."""

    email: str


@api.get("/v1/admin/users", "Every account, by e-mail address")
async def list_all(
    call: Call[UsersQuery, None],
) -> WholeList[shapes.AccountOut]:
    query = call.query

    async def read(after: _After | None, limit: int | None = AT_A_TIME) -> list[User]:
        start = after.email if after else ""
        return await call.runtime.users.page(call.actor, after=start, limit=limit)

    after = place_from(query.cursor, _After)
    if query.limit is None:
        return await whole_list(call, _shown_pages(pages_of(read, _place, after)))
    found = await read(after, one_more(query.limit))
    page, headers = page_of(call.request, found, query.limit, _place)
    return Reply([shapes.account_out(user) for user in page], headers=PRIVATE | headers)


def _place(user: User) -> _After:
    return _After(user.email)


async def _shown_pages(
    found: AsyncIterator[Sequence[User]],
) -> AsyncIterator[list[shapes.AccountOut]]:
    async for page in found:
        yield [shapes.account_out(user) for user in page]


@api.get(_ONE, "One account, by id or e-mail address", problems=(404,))
async def show(call: Call[None, None]) -> Reply[shapes.AccountOut]:
    return _shown(await call.runtime.users.get(call.actor, call.path["user"]))


@api.patch(
    _ONE,
    "Change an account's role, disable it or enable it",
    problems=(404, 409, 503),
)
async def change(call: Call[None, AccountPatch]) -> Reply[shapes.AccountOut]:
    users, actor, patch = call.runtime.users, call.actor, call.body
    changed = await users.get(actor, call.path["user"])
    if patch.role is not UNSET:
        changed = await users.set_role(actor, changed.id, patch.role, unverified=patch.unverified)
    if patch.disabled is not UNSET:
        turn = users.disable if patch.disabled else users.enable
        changed = await turn(actor, changed.id)
    return _shown(changed)


@api.put(_WORK, "Make an account staff of a restaurant", problems=(404, 409, 503))
async def grant(call: Call[None, Grant | None]) -> Reply[shapes.AccountOut]:
    users, person, restaurant = call.runtime.users, call.path["user"], call.path["restaurant"]
    unverified = call.body is not None and call.body.unverified
    return _shown(await users.grant(call.actor, person, restaurant, unverified=unverified))


@api.delete(_WORK, "Remove an account from a restaurant's staff", problems=(404, 503))
async def revoke(call: Call[None, None]) -> Reply[shapes.AccountOut]:
    users = call.runtime.users
    return _shown(await users.revoke(call.actor, call.path["user"], call.path["restaurant"]))


def _shown(user: User) -> Reply[shapes.AccountOut]:
    return Reply(shapes.account_out(user), headers=PRIVATE)
