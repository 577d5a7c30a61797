"""People with real accounts: they log in, and come with tokens that the server has signed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from argon2 import Parameters, Type

from bakureserve.domain.accounts.account import User
from bakureserve.domain.accounts.actor import Actor, cli_actor
from bakureserve.runtime import Runtime
from bakureserve.services.accounts.accounts import Accounts, LoggedIn, actor_of

CHEAP = Parameters(
    type=Type.ID, version=19, salt_len=16, hash_len=16, time_cost=1, memory_cost=8, parallelism=1
)
"""Costs of password hashes that take next to no time."""
PASSWORD = "correct horse"
OPERATOR = cli_actor("tests")


@dataclass(frozen=True)
class Person:
    """Somebody who is logged in."""

    user: User
    token: str
    refresh_token: str

    @property
    def actor(self) -> Actor:
        """As the services see them."""
        return actor_of(self.user)

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def email_of(name: str) -> str:
    return f"{name.lower()}@example.az"


async def a_person(
    runtime: Runtime, name: str, *, staff_of: str | None = None, **fields: Any
) -> Person:
    """Open an account, maybe as staff of a restaurant or with a `role`, and log in to it."""
    users = runtime.users
    user = await users.add(OPERATOR, name=name, email=email_of(name), password=PASSWORD, **fields)
    if staff_of is not None:
        await users.grant(OPERATOR, user.id, staff_of)
    return person(await log_in(runtime.accounts, email=email_of(name)))


def a_newcomer(name: str = "Aysel", **fields: str) -> dict[str, str]:
    """What a person types to sign up; say what matters."""
    return {
        "name": name,
        "email": email_of(name),
        "phone": "050 123 45 67",
        "password": PASSWORD,
    } | fields


async def sign_up(accounts: Accounts, name: str = "Aysel", **fields: str) -> LoggedIn:
    """Open an account on the page: its address is not proved."""
    return await accounts.sign_up(**a_newcomer(name, **fields))


async def log_in(accounts: Accounts, **fields: str) -> LoggedIn:
    """Log in with one more device: Aysel, if no other address is named."""
    return await accounts.log_in(**({"email": email_of("Aysel"), "password": PASSWORD} | fields))


def person(entered: LoggedIn) -> Person:
    return Person(entered.user, entered.access_token, entered.refresh_token)
