"""A small OpenID Connect issuer on loopback: signs tokens, publishes keys, and can be away."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self

from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey

AUDIENCE = "https://api.baku.example"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1", "use": "sig", "alg": "RS256"})
EC = ECKey.generate_key("P-256", {"kid": "ec-1", "use": "sig"})
OTHER_EC = ECKey.generate_key("P-256", {"kid": "ec-2", "use": "sig"})

PublishedKey = RSAKey | ECKey


class Issuer:
    """What it publishes is in its attributes and may be changed at any time.

    `answers` replaces the answer of a path; `requested` are the paths that were asked for.
    """

    def __init__(self, *, discovery: bool = True, path: str = "") -> None:
        self.port = unused_port()
        self.path = path
        self.keys: list[PublishedKey] = [RSA, EC]
        self.rows: list[Any] = []
        self.requested: list[str] = []
        self.answers: dict[str, web.Response] = {}
        self.gate = asyncio.Event()
        self.gate.set()
        self._discovery = discovery
        self._server: TestServer | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}{self.path}"

    @property
    def key_set_url(self) -> str:
        return f"{self.url}/keys" if self._discovery else f"{self.url}/.well-known/jwks.json"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_ended: object) -> None:
        await self.close()

    async def open(self) -> None:
        app = web.Application()
        app.router.add_get("/{path:.*}", self._answer)
        self._server = TestServer(app, host="127.0.0.1", port=self.port)
        await self._server.start_server()

    async def close(self) -> None:
        if self._server is not None:
            await self._server.close()
            self._server = None

    def claims(self, now: int, **changed: Any) -> dict[str, Any]:
        claims = {
            "iss": f"{self.url}/",
            "aud": [AUDIENCE, f"{self.url}/userinfo"],
            "sub": "auth0|5f7c8ec7",
            "iat": now,
            "exp": now + 3600,
            "scope": "openid reservations:read",
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    async def _answer(self, request: web.Request) -> web.Response:
        path = request.path.removeprefix(self.path)
        self.requested.append(path)
        await self.gate.wait()
        if path in self.answers:
            answer = self.answers[path]
            return web.Response(body=answer.body, status=answer.status, headers=answer.headers)
        return self._published(path)

    def _published(self, path: str) -> web.Response:
        if self._discovery and path == "/.well-known/openid-configuration":
            return web.json_response({"issuer": f"{self.url}/", "jwks_uri": self.key_set_url})
        if f"{self.url}{path}" == self.key_set_url:
            keys = [key.as_dict(private=False) for key in self.keys]
            return web.json_response({"keys": [*keys, *self.rows]})
        return web.Response(status=404)


def signed(key: PublishedKey, claims: dict[str, Any] | bytes, **header: Any) -> str:
    """A token as the issuer makes it: RS256 or ES256, whichever suits the key."""
    payload = claims if isinstance(claims, bytes) else json.dumps(claims).encode()
    algorithm = "RS256" if isinstance(key, RSAKey) else "ES256"
    full = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **header}
    registry = jws.JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
    return jws.serialize_compact(full, payload, key, registry=registry)
