"""A small provider of OpenID Connect: real codes, PKCE, signed tokens; for one person."""

from __future__ import annotations

import base64
import hashlib
import secrets
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.waiting import wait_until

CLIENT, SECRET = "cityreach", "a secret of tests"


@dataclass
class Provider:
    """What it says, and what it was asked."""

    issuer: str
    claims: dict[str, Any] = field(default_factory=dict)
    """In place of what it would say by itself."""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    signs_with: RSAKey | None = None
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def configuration(self, _: Request) -> Response:
        """Where everything is."""
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        paths = ("authorize", "token", "keys")
        found = {n: f"{self.issuer}/{p}" for n, p in zip(names, paths, strict=True)}
        return JSONResponse({"issuer": self.issuer, **found})

    def keys(self, _: Request) -> Response:
        """Its public key."""
        return JSONResponse(KeySet([self.key]).as_dict(private=False))

    def authorize(self, request: Request) -> Response:
        """The person says yes at once."""
        asked = dict(request.query_params)
        assert asked["client_id"] == CLIENT
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return RedirectResponse(f"{asked['redirect_uri']}?code={code}&state={asked['state']}")

    async def token(self, request: Request) -> Response:
        """A signed token for a code, once, to whom it was given."""
        form = await request.form()
        expected = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        basic = request.headers.get("authorization", "").partition(" ")[2]
        asked = self._codes.pop(str(form.get("code")), None)
        if asked is None or basic.replace("+", " ") != expected.replace("+", " "):
            return JSONResponse({"error": "invalid_grant"}, 400)
        proof = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if base64.urlsafe_b64encode(proof).decode().rstrip("=") != asked["code_challenge"]:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": "1",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": "Analyst",
            **self.claims,
        }
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims, self.signs_with or self.key)
        return JSONResponse({"access_token": "none", "token_type": "Bearer", "id_token": token})


@contextmanager
def providing() -> Iterator[Provider]:
    """The provider on a server of its own in this process."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    provider = Provider(f"http://127.0.0.1:{listening.getsockname()[1]}")
    routes = [
        Route("/.well-known/openid-configuration", provider.configuration),
        Route("/keys", provider.keys),
        Route("/authorize", provider.authorize),
        Route("/token", provider.token, methods=["POST"]),
    ]
    config = uvicorn.Config(Starlette(routes=routes), log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
    thread.start()
    try:
        wait_until(lambda: server.started, "the provider serves")
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
