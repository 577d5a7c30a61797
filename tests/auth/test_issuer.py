from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from itertools import product
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey, RSAKey

from bakureserve.auth.issuer import ExternalIssuer
from bakureserve.domain.accounts.actor import Actor
from bakureserve.domain.errors import Unauthenticated, Unavailable
from tests.auth.forgery import JSON_BOMBS, encoded, put_together
from tests.kit.houses import SetClock
from tests.kit.oidc import AUDIENCE, EC, OTHER_EC, RSA, Issuer, PublishedKey, signed


@pytest.fixture
async def reader(
    issuer: Issuer, http: aiohttp.ClientSession, clock: SetClock
) -> AsyncIterator[ExternalIssuer]:
    opened = ExternalIssuer(issuer.url, AUDIENCE, http, clock, dt.timedelta(minutes=1))
    yield opened
    await opened.close()


@pytest.fixture
def now(clock: SetClock) -> int:
    return int(clock().timestamp())


async def refusal(reader: ExternalIssuer, token: str) -> str:
    with pytest.raises(Unauthenticated) as refused:
        await reader.read(token)
    assert refused.value.params == {}
    return refused.value.code


async def test_a_token_of_the_issuer_tells_who_holds_it(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    holder = Actor(
        kind="guest",
        subject=f"{issuer.url} auth0|5f7c8ec7",
        scopes=frozenset({"openid", "reservations:read"}),
    )
    for key in (RSA, EC):
        assert await reader.read(signed(key, issuer.claims(now))) == holder
    named = issuer.claims(now, permissions=["admin"], name="Rəşad", email="resad@example.az")
    actor = await reader.read(signed(RSA, named, nonce="abc", x5t="def"))
    assert actor.scopes == {"openid", "reservations:read", "admin"}
    assert (actor.name, actor.email, actor.kind) == ("Rəşad", "resad@example.az", "guest")


async def test_scopes_are_read_as_issuers_write_them(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    words = ["openid", "reservations:admin"]
    for claim in ("scope", "scp", "permissions"):
        forms: list[Any] = [words, None]
        if claim != "permissions":
            forms += [" ".join(words), [" ".join(words)]]
        for given in forms:
            claims = issuer.claims(now, scope=None) | {claim: given}
            actor = await reader.read(signed(RSA, claims))
            assert actor.scopes == frozenset(words if given else ())


GOOD: dict[str, dict[str, Any]] = {
    "the issuer without its slash": {"iss": "bare"},
    "one audience": {"aud": AUDIENCE},
    "no scope": {"scope": None},
    "fractions of a second": {"iat": 1.5, "exp": 1e10},
    "ended within the leeway": {"exp": -59},
    "begins within the leeway": {"nbf": 60},
    "made within the leeway": {"iat": 60},
}
BAD: dict[str, dict[str, Any]] = {
    "not yet": {"nbf": 61},
    "made in the future": {"iat": 61},
    "no end": {"exp": None},
    "an end in words": {"exp": "tomorrow"},
    "a true end": {"exp": True},
    "another issuer": {"iss": "https://elsewhere.example/"},
    "a longer issuer": {"iss": "longer"},
    "many issuers": {"iss": ["bare"]},
    "no issuer": {"iss": None},
    "another audience": {"aud": "https://elsewhere.example"},
    "other audiences": {"aud": ["https://elsewhere.example", f"{AUDIENCE}/"]},
    "no audience": {"aud": None},
    "an empty audience": {"aud": []},
    "a number for an audience": {"aud": 1},
    "nobody": {"sub": None},
    "an empty name": {"sub": ""},
    "an endless name": {"sub": "x" * 256},
    "a number": {"sub": 1},
    "a number for a scope": {"scope": ["admin", 1]},
    "an object for a scope": {"scp": {"admin": True}},
    "permissions in a word": {"permissions": "admin"},
    "a number for a permission": {"permissions": [1]},
}


def placed(issuer: Issuer, now: int, change: dict[str, Any]) -> dict[str, Any]:
    """Claims changed; small whole numbers are seconds from now."""
    names = {"bare": issuer.url, "longer": f"{issuer.url}/more"}

    def value(given: Any) -> Any:
        if isinstance(given, int) and not isinstance(given, bool):
            return now + given
        if isinstance(given, list):
            return [names.get(each, each) for each in given]
        return names.get(given, given)

    moments = {"exp", "nbf", "iat"}
    return issuer.claims(
        now,
        **{
            name: value(given) if name in moments | {"iss"} else given
            for name, given in change.items()
        },
    )


async def test_what_issuers_may_write_is_good(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    for change in GOOD.values():
        actor = await reader.read(signed(EC, placed(issuer, now, change)))
        assert actor.subject == f"{issuer.url} auth0|5f7c8ec7"


async def test_claims_that_are_not_for_us_are_bad_and_expired_ones_told_apart(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    for payload in (
        *(placed(issuer, now, change) for change in BAD.values()),
        *JSON_BOMBS.values(),
    ):
        assert await refusal(reader, signed(EC, payload)) == "token_bad"
    for ended in (-60, 0.0):
        expired = placed(issuer, now, {"exp": ended})
        assert await refusal(reader, signed(EC, expired)) == "token_expired"


async def test_a_token_without_a_signature_is_bad(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    for algorithm in ("none", "None", "RS256", "ES256", ""):
        header = {"alg": algorithm, "kid": "rsa-1"}
        forged = put_together(header, issuer.claims(now), None)
        assert await refusal(reader, forged) == "token_bad"


def public_forms(key: PublishedKey) -> list[bytes]:
    """Everything that an attacker may take for the secret of an HMAC."""
    raw = key.public_key
    pem = raw.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    der = raw.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    numbers = key.as_dict(private=False)
    return [pem, pem.strip(), der, str(numbers.get("n", numbers.get("x"))).encode(), b"\0"]


async def test_the_public_key_is_no_shared_secret(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    for key, algorithm in product((RSA, EC), ("HS256", "RS256", "ES256")):
        for secret in public_forms(key):
            forged = put_together({"alg": algorithm, "kid": key.kid}, issuer.claims(now), secret)
            assert await refusal(reader, forged) == "token_bad"


async def test_a_header_that_does_not_fit_the_key_is_bad(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    payload = issuer.claims(now)
    good = signed(RSA, payload).rpartition(".")[2]
    for header in (
        {"kid": "ec-1"},
        {"kid": "rsa-1", "alg": "RS512"},
        {"kid": "rsa-1", "alg": "PS256"},
        {"kid": None},
        {"kid": ""},
        {"kid": "rsa-1", "crit": ["exp2"], "exp2": 1},
    ):
        full = {"alg": "RS256", **header}
        assert await refusal(reader, f"{encoded(full)}.{encoded(payload)}.{good}") == "token_bad"


async def test_a_key_that_comes_with_the_token_is_not_believed(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    own = ECKey.generate_key("P-256", {"kid": "ec-1"})
    claims = issuer.claims(now)
    for header in ({}, {"jwk": {"kty": "EC", "crv": "P-256"}}, {"jku": "http://127.0.0.1:1/"}):
        assert await refusal(reader, signed(own, claims, **header)) == "token_bad"


async def test_a_change_of_any_part_is_noticed(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    token = signed(EC, issuer.claims(now))
    for place, character in enumerate(token):
        other = "A" if character != "A" else "B"
        assert await refusal(reader, token[:place] + other + token[place + 1 :]) == "token_bad"
        assert await refusal(reader, token[:place]) == "token_bad"


async def test_nonsense_is_bad_before_the_issuer_is_even_asked(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    unsigned = put_together({"alg": "none", "kid": "x"}, issuer.claims(now), None)
    for token in ("", "a.b.c", "\ud800", "x" * 1_000_000, unsigned):
        assert await refusal(reader, token) == "token_bad"
    assert issuer.requested == []


async def test_a_rotation_of_the_issuers_keys_is_followed(
    reader: ExternalIssuer, issuer: Issuer, clock: SetClock, now: int
) -> None:
    old = signed(EC, issuer.claims(now))
    new = signed(OTHER_EC, issuer.claims(now))
    await reader.read(old)
    issuer.keys = [EC, OTHER_EC]
    clock.pass_minutes(1)
    assert (await reader.read(new)).subject == f"{issuer.url} auth0|5f7c8ec7"
    issuer.keys = [OTHER_EC]
    clock.pass_minutes(1)
    assert await refusal(reader, signed(RSA, issuer.claims(now), kid="rsa-2")) == "token_bad"
    assert await refusal(reader, old) == "token_bad"


@pytest.mark.parametrize("outage", ["no connection", "errors", "nonsense", "no keys"])
async def test_an_outage_of_the_issuer_is_survived_on_the_last_keys(
    reader: ExternalIssuer, issuer: Issuer, clock: SetClock, now: int, outage: str
) -> None:
    token = signed(RSA, issuer.claims(now, exp=now + 86_400))
    await reader.read(token)
    issuer.answers["/keys"] = {
        "no connection": web.Response(),
        "errors": web.Response(status=503),
        "nonsense": web.Response(text="<html>Back soon"),
        "no keys": web.json_response({"keys": []}),
    }[outage]
    if outage == "no connection":
        await issuer.close()
    for _ in range(3):
        clock.pass_minutes(120)
        assert (await reader.read(token)).subject == f"{issuer.url} auth0|5f7c8ec7"
        assert await refusal(reader, signed(OTHER_EC, issuer.claims(now))) == "token_bad"
    issuer.answers.clear()
    issuer.keys.append(OTHER_EC)
    if outage == "no connection":
        await issuer.open()
    clock.pass_minutes(1)
    later = int(clock().timestamp())
    assert (await reader.read(signed(OTHER_EC, issuer.claims(later)))).kind == "guest"


async def test_an_issuer_that_was_never_there_makes_it_impossible_to_say(
    reader: ExternalIssuer, issuer: Issuer, clock: SetClock, now: int
) -> None:
    await issuer.close()
    token = signed(RSA, issuer.claims(now))
    with pytest.raises(Unavailable) as refused:
        await reader.read(token)
    assert refused.value.code == "issuer_unreachable"
    await issuer.open()
    clock.pass_minutes(1)
    assert (await reader.read(token)).subject == f"{issuer.url} auth0|5f7c8ec7"


async def test_weak_keys_are_not_used_even_if_they_are_published(
    reader: ExternalIssuer, issuer: Issuer, now: int
) -> None:
    with pytest.warns(match="2048"):
        weak = RSAKey.generate_key(1024, {"kid": "weak"})
    issuer.rows = [weak.as_dict(private=False)]
    assert await refusal(reader, signed(weak, issuer.claims(now))) == "token_bad"
