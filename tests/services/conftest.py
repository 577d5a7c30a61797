"""The doors to the accounts of a store, with hashes that cost next to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.passwords import Passwords
from bakureserve.auth.tokens import AccessTokens
from bakureserve.runtime import Runtime
from bakureserve.services.accounts.accounts import Accounts
from bakureserve.services.accounts.users import Users
from tests.kit.houses import SetClock
from tests.kit.people import CHEAP


class Reports:
    """Security events, as somebody noted them."""

    def __init__(self) -> None:
        self.noted: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, event: str, facts: dict[str, Any]) -> None:
        self.noted.append((event, facts))

    @property
    def names(self) -> list[str]:
        return [event for event, _ in self.noted]


@pytest.fixture
def passwords() -> Iterator[Passwords]:
    opened = Passwords(CHEAP)
    yield opened
    opened.close()


@pytest.fixture
def tokens(tmp_path: Path, clock: SetClock) -> AccessTokens:
    return AccessTokens(KeyRing(tmp_path / "keys.json", clock), clock)


@pytest.fixture
def reports() -> Reports:
    return Reports()


@pytest.fixture
def accounts(
    runtime: Runtime, passwords: Passwords, tokens: AccessTokens, clock: SetClock, reports: Reports
) -> Accounts:
    return Accounts(runtime.database, passwords, tokens, clock, reports, files=runtime.files)


@pytest.fixture
def users(runtime: Runtime, passwords: Passwords, clock: SetClock, reports: Reports) -> Users:
    return Users(runtime.database, passwords, clock, reports, files=runtime.files)
