"""Signing in with a provider of OpenID Connect: authorization code, PKCE, state and nonce.

What was sent out with a browser is kept in the collection `sign_ins` for some minutes, under the
hash of a secret that the browser holds as a cookie, and is taken out by the first answer.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from portal.config import OidcSettings
from portal.users.sessions import secret_key
from store.database import Store
from store.keys import instant

SIGN_INS = "sign_ins"
TRIES_LAST = timedelta(minutes=10)
_ALGORITHMS = ["RS256", "PS256", "ES256"]
_LEEWAY = 60
"""Seconds by which the provider's clock may differ."""
_PATIENCE = 10.0


class NotVouched(Exception):
    """The provider did not say who somebody is; the text is for the log, not for them."""


@dataclass(frozen=True, slots=True)
class _Provider:
    authorize: str
    token: str
    keys: str


def begin_outside(db: Store, settings: OidcSettings, back: str, at: datetime) -> tuple[str, str]:
    """Where to send a browser, and the secret that it has to bring back. Raises NotVouched."""
    provider = _provider(settings)
    secret, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(settings, back) as client:
        address, state = client.create_authorization_url(
            provider.authorize, nonce=nonce, code_verifier=verifier
        )
    db[SIGN_INS].delete_many({"expires_at": {"$lte": instant(at)}})
    db[SIGN_INS].insert_one(
        {
            "_id": secret_key(secret),
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "expires_at": instant(at + TRIES_LAST),
        }
    )
    return address, secret


def finish_outside(
    db: Store, settings: OidcSettings, back: str, secret: str, answer: str, at: datetime
) -> str:
    """The name of whom the provider vouches for; `answer` is the address that the browser came
    back to. Raises NotVouched."""
    tried = db[SIGN_INS].find_one_and_delete({"_id": secret_key(secret)})
    if tried is None or tried["expires_at"] <= at:
        raise NotVouched("nobody was sent out with this cookie, or long ago")
    given = parse_qs(urlsplit(answer).query)
    if given.get("state") != [tried["state"]] or "code" not in given:
        raise NotVouched(f"not what was sent out: {given.get('error', ['another state'])[0][:60]}")
    provider = _provider(settings)
    try:
        with _client(settings, back) as client:
            token = client.fetch_token(
                provider.token, code=given["code"][0], code_verifier=tried["verifier"]
            )
        claims = _claims(settings, provider, str(token.get("id_token", "")), tried["nonce"])
    except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError) as error:
        raise NotVouched(f"{type(error).__name__}: {error}") from error
    name = claims.get(settings.claim)
    if not isinstance(name, str) or not name:
        raise NotVouched(f"the token has no {settings.claim}")
    return name.lower()


def _client(settings: OidcSettings, back: str) -> OAuth2Client:
    return OAuth2Client(
        settings.client_id,
        settings.client_secret.get_secret_value(),
        redirect_uri=back,
        scope="openid profile",
        code_challenge_method="S256",
        timeout=_PATIENCE,
    )


def _provider(settings: OidcSettings) -> _Provider:
    address = f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration"
    try:
        found = _fetched(address)
        if found.get("issuer") != settings.issuer:
            raise NotVouched(f"{address} is of another issuer")
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        return _Provider(*(str(found[name]) for name in names))
    except (httpx2.HTTPError, ValueError, KeyError) as error:
        raise NotVouched(f"{address}: {type(error).__name__}: {error}") from error


def _fetched(address: str) -> dict[str, Any]:
    answer = httpx2.get(address, timeout=_PATIENCE).raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def _claims(settings: OidcSettings, provider: _Provider, token: str, nonce: str) -> dict[str, Any]:
    published: Any = _fetched(provider.keys)
    read = jwt.decode(token, KeySet.import_key_set(published), algorithms=_ALGORITHMS)
    claims = CodeIDToken(
        read.claims,
        read.header,
        options={
            "iss": {"essential": True, "value": settings.issuer},
            "aud": {"essential": True, "value": settings.client_id},
        },
        params={"nonce": nonce, "client_id": settings.client_id},
    )
    claims.validate(leeway=_LEEWAY)
    return dict(claims)
