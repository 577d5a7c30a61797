from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import suppress

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bakureserve.auth.issuer import ExternalIssuer
from bakureserve.auth.keys import KeyRing
from bakureserve.auth.tokens import AccessTokens, Authenticator, bearer_token
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated
from tests.auth.forgery import claims_in, header_in, put_together
from tests.kit.houses import SetClock
from tests.kit.oidc import AUDIENCE, EC, Issuer, signed

LEYLA = Actor(kind="guest", subject="leyla", rights=0)


@pytest.fixture
async def both(
    tokens: AccessTokens, issuer: Issuer, http: aiohttp.ClientSession, clock: SetClock
) -> AsyncIterator[Authenticator]:
    external = ExternalIssuer(issuer.url, AUDIENCE, http, clock, dt.timedelta(minutes=1))
    yield Authenticator(tokens, external)
    await external.close()


async def refusal(authenticator: Authenticator, header: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await authenticator.identify(header)
    return refused.value.code


async def test_a_token_of_ours_is_read_and_who_sends_none_is_not_named(
    tokens: AccessTokens,
) -> None:
    ours = Authenticator(tokens)
    assert await ours.identify(None) is None
    for form in ("Bearer {}", "bearer {}", "BEARER   {}", " Bearer {} \t"):
        assert await ours.identify(form.format(tokens.issue(LEYLA))) == LEYLA
    for other in ("", " ", "Bearer", "Bearer ", "Basic bGV5bGE6eA==", "Bearertoken", "Bearer\tx"):
        assert await refusal(ours, other) == "token_missing"


async def test_each_token_goes_to_who_issued_it(
    both: Authenticator, tokens: AccessTokens, issuer: Issuer, clock: SetClock
) -> None:
    assert await both.identify(f"Bearer {tokens.issue(LEYLA)}") == LEYLA
    assert issuer.requested == []
    token = signed(EC, issuer.claims(int(clock().timestamp())))
    actor = await both.identify(f"Bearer {token}")
    assert actor is not None
    assert actor.subject == f"{issuer.url} auth0|5f7c8ec7"
    assert await refusal(Authenticator(tokens), f"Bearer {token}") == "token_bad"


async def test_exactly_one_token_is_taken_and_nothing_like_one(
    both: Authenticator, tokens: AccessTokens, issuer: Issuer
) -> None:
    good = tokens.issue(LEYLA)
    for header in (
        *(f"{good} {good}", f"{good}, Bearer {good}", f"{good},{good}", f"{good} x"),
        *("a.b.c", "x" * 9_000, "ə.ə.ə", "\ud800", "e30.e30.", "a..b"),
    ):
        assert await refusal(both, f"Bearer {header}") == "token_bad"
    assert issuer.requested == []


async def test_naming_the_other_issuer_helps_no_token(
    both: Authenticator, tokens: AccessTokens, ring: KeyRing, issuer: Issuer, clock: SetClock
) -> None:
    ours = tokens.issue(LEYLA)
    foreign = claims_in(ours) | {"iss": f"{issuer.url}/", "aud": AUDIENCE}
    as_theirs = put_together(header_in(ours), foreign, ring.current().secret)
    as_ours = signed(EC, issuer.claims(int(clock().timestamp()), iss="bakureserve"))
    for forged in (as_theirs, as_ours):
        assert await refusal(both, f"Bearer {forged}") == "token_bad"


@given(header=st.text(max_size=80) | st.from_regex(r"Bearer [ -~]{0,60}"))
def test_no_header_breaks_the_parser(header: str) -> None:
    with suppress(Unauthenticated):
        token = bearer_token(header)
        assert token
        assert token in header
