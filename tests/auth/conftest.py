"""Our own keys and tokens, and another issuer's."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import AccessTokens
from tests.kit.houses import SetClock
from tests.kit.oidc import Issuer


@pytest.fixture
def ring(tmp_path: Path, clock: SetClock) -> KeyRing:
    return KeyRing(tmp_path / "signing-keys.json", clock)


@pytest.fixture
def tokens(ring: KeyRing, clock: SetClock) -> AccessTokens:
    return AccessTokens(ring, clock)


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer() as opened:
        yield opened


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session
