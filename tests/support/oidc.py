"""An OpenID provider on loopback: discovery, keys, authorization and token, with knobs for what can go wrong."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT, SECRET = "alumnimatch-test", "not-a-secret"


def new_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


@dataclass
class Provider:
    """`claims` are added to every id token; `published` are the keys that can be fetched, `signing` the one in use."""

    url: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    told_elsewhere: dict[str, Any] | None = None
    """The answer of the userinfo endpoint; None: no endpoint."""
    says: dict[str, Any] = field(default_factory=dict)
    """Overrides of the provider's metadata."""
    header: dict[str, Any] = field(default_factory=lambda: {"alg": "RS256"})
    signing: RSAKey = field(default_factory=lambda: new_key("one"))
    published: list[RSAKey] = field(default_factory=list)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """The authorization request of each code."""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self.discovery),
                Route("/keys", self.keys),
                Route("/authorize", self.authorize),
                Route("/token", self.token, methods=["POST"]),
                Route("/userinfo", self.userinfo),
            ]
        )

    def discovery(self, _: Request) -> Response:
        metadata = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["RS256"],
        }
        if self.told_elsewhere is not None:
            metadata["userinfo_endpoint"] = f"{self.url}/userinfo"
        return JSONResponse(metadata | self.says)

    def keys(self, _: Request) -> Response:
        return JSONResponse({"keys": [key.as_dict(private=False) for key in self.published or [self.signing]]})

    def authorize(self, request: Request) -> Response:
        parameters = dict(request.query_params)
        assert parameters["client_id"] == CLIENT
        assert parameters["code_challenge_method"] == "S256"
        code = f"code-{len(self.asked)}"
        self.asked[code] = parameters
        return RedirectResponse(
            f"{parameters['redirect_uri']}?{urlencode({'code': code, 'state': parameters['state']})}", 302
        )

    async def token(self, request: Request) -> Response:
        form = await request.form()
        parameters = self.asked.pop(str(form["code"]), None)
        challenge = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        if (
            parameters is None
            or base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() != parameters["code_challenge"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {"iss": self.url, "aud": CLIENT, "sub": "person-1", "iat": now, "exp": now + 300}
        claims |= {"nonce": parameters["nonce"]} | self.claims
        present = {name: value for name, value in claims.items() if value is not None}
        signed = self.signed({**self.header, "kid": self.signing.kid}, present)
        return JSONResponse({"access_token": "access", "token_type": "Bearer", "id_token": signed})

    def signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        """An id token; unsigned or signed with the public key as a shared secret, if the header says so."""
        if header["alg"] == "RS256":
            return jwt.encode(header, claims, self.signing)
        text = ".".join(
            base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
        )
        if header["alg"] == "none":
            return f"{text}."
        seal = hmac.digest(self.signing.as_pem(private=False), text.encode(), "sha256")
        return f"{text}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"

    def userinfo(self, _: Request) -> Response:
        return JSONResponse(self.told_elsewhere)


@contextmanager
def running(provider: Provider) -> Iterator[Provider]:
    """The provider on a free port of loopback."""
    listener = socket.create_server(("127.0.0.1", 0))
    provider.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = uvicorn.Server(uvicorn.Config(provider.app(), log_level="error", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="provider")
    thread.start()
    try:
        yield provider
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
