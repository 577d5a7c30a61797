from __future__ import annotations

import asyncio
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import msgspec
import pytest
from aiohttp import web
from joserfc.jwk import ECKey

from bakureserve.auth import issuer as issuer_module
from bakureserve.auth.issuer import Unfit, issuer_url, published_keys, usable_keys
from bakureserve.domain.errors import Invalid
from tests.kit.oidc import EC, RSA, Issuer

CONFIGURATION = "/.well-known/openid-configuration"
BOTH = {"rsa-1", "ec-1"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with Issuer(path="/realms/baku") as opened:
        yield opened


@pytest.mark.parametrize(
    ("domain", "url"),
    [
        ("baku.eu.auth0.com", "https://baku.eu.auth0.com"),
        ("https://baku.eu.auth0.com/", "https://baku.eu.auth0.com"),
        ("https://sso.example/realms/baku", "https://sso.example/realms/baku"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://localhost", "http://localhost"),
    ],
)
def test_a_domain_or_a_url_names_the_issuer(domain: str, url: str) -> None:
    assert issuer_url(domain) == url


@pytest.mark.parametrize(
    "address", ["http://baku.eu.auth0.com", "http://10.0.0.1", "ftp://localhost", "file:///keys"]
)
def test_an_issuer_is_never_reached_in_the_clear(address: str) -> None:
    with pytest.raises(Invalid) as refused:
        issuer_url(address)
    assert (refused.value.code, refused.value.field) == ("issuer_not_https", "auth0_domain")


async def test_the_keys_are_where_the_discovery_document_says(
    http: aiohttp.ClientSession, issuer: Issuer
) -> None:
    assert set(await published_keys(http, issuer.url)) == BOTH
    assert issuer.requested == [CONFIGURATION, "/keys"]


async def test_without_a_discovery_document_they_are_at_the_usual_place(
    http: aiohttp.ClientSession,
) -> None:
    issuer = Issuer(discovery=False)
    await issuer.open()
    assert set(await published_keys(http, issuer.url)) == BOTH
    assert issuer.requested == [CONFIGURATION, "/.well-known/jwks.json"]
    await issuer.close()


@pytest.mark.parametrize(
    "changed",
    [
        {"issuer": "https://elsewhere.example"},
        {"jwks_uri": "http://elsewhere.example/keys"},
        {"jwks_uri": "file:///etc/passwd"},
        {"jwks_uri": ""},
    ],
)
async def test_a_discovery_document_that_leads_astray_is_refused(
    http: aiohttp.ClientSession, issuer: Issuer, changed: dict[str, str]
) -> None:
    document = {"issuer": issuer.url, "jwks_uri": issuer.key_set_url} | changed
    issuer.answers[CONFIGURATION] = web.json_response(document)
    with pytest.raises(Unfit):
        await published_keys(http, issuer.url)
    assert issuer.requested == [CONFIGURATION]


ANSWERS = {
    "an error": web.Response(status=500),
    "elsewhere": web.Response(status=302, headers={"Location": "http://127.0.0.1:1/keys"}),
    "not JSON": web.Response(text="<html>"),
    "a bomb": web.Response(body=b'{"x":' + b"[" * 30_000),
    "no keys": web.json_response({}),
    "no key": web.json_response({"keys": []}),
    "no usable key": web.json_response({"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "a"}]}),
    "too much": web.json_response({"keys": [EC.as_dict(private=False)], "x": "y" * 64 * 1024}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
async def test_an_answer_without_usable_keys_is_refused(
    http: aiohttp.ClientSession, issuer: Issuer, answer: web.Response
) -> None:
    issuer.answers["/keys"] = answer
    with pytest.raises(Unfit):
        await published_keys(http, issuer.url)


async def test_an_issuer_that_is_away_or_does_not_answer_is_told_at_once(
    http: aiohttp.ClientSession, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(aiohttp.ClientError):
        await published_keys(http, Issuer().url)
    monkeypatch.setattr(issuer_module, "FETCH_SECONDS", 0.05)
    issuer.gate.clear()
    async with asyncio.timeout(2) as patience:
        with pytest.raises(TimeoutError):
            await published_keys(http, issuer.url)
    assert not patience.expired()
    issuer.gate.set()


def row(**changed: Any) -> dict[str, Any]:
    published: dict[str, Any] = {**EC.as_dict(private=False), "kid": "another"}
    return published | changed


def modulus(number: int, octets: int = 256) -> dict[str, Any]:
    written = urlsafe_b64encode(number.to_bytes(octets, "big")).decode().rstrip("=")
    return RSA.as_dict(private=False) | {"kid": "another", "n": written}


USELESS: dict[str, Any] = {
    "a secret": {"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQ", "kid": "another"},
    "for encryption": row(use="enc"),
    "for signing only": row(key_ops=["sign"]),
    "with its private half": EC.as_dict(private=True) | {"kid": "another"},
    "a short one": modulus(2**2047 - 1),
    "a short one with zeros before it": modulus(2**2047 - 1, octets=300),
    "of no kind": row(kty=None),
    "of many kinds": row(kty=["EC"]),
    "of a new kind": row(kty="AKP"),
    "of an unknown curve": row(crv="P-1"),
    "off its curve": row(y=EC.as_dict(private=False)["x"]),
    "without half of it": row(y=None),
    "with a number for a name": row(kid=5),
    "with a number for a modulus": RSA.as_dict(private=False) | {"kid": "another", "n": 5},
    "not base64": row(x="????"),
    "empty": {},
}


@pytest.mark.parametrize("useless", USELESS.values(), ids=USELESS)
def test_a_key_that_is_not_for_us_is_left_out_and_the_others_are_not(
    useless: dict[str, Any],
) -> None:
    document = {"keys": [useless, RSA.as_dict(private=False), EC.as_dict(private=False)]}
    assert set(usable_keys(msgspec.json.encode(document))) == BOTH


def test_a_key_without_a_name_is_for_tokens_that_name_none() -> None:
    nameless = ECKey.generate_key("P-256").as_dict(private=False)
    nameless.pop("kid", None)
    assert set(usable_keys(msgspec.json.encode({"keys": [nameless]}))) == {""}
