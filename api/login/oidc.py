"""Login by OpenID Connect, as SURFconext and most schools offer it: authorization code with PKCE, state and nonce.

Authlib implements the protocol; this module interprets the result. Staff log in as teachers of the school of their
organisation; other roles are granted by `alumnimatch account grant`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.starlette_client import OAuth
from fastapi import Request
from joserfc.errors import JoseError
from starlette.responses import Response

from api.login.access import BACK
from api.settings import Settings, variable
from matcher.errors import ConfigurationError, NotLoggedIn
from matcher.services.access import SchoolLogin

STAFF = frozenset({"employee", "staff", "faculty"})
"""Affiliations (eduPerson) of people who work at a school."""
_AFFILIATIONS = ("eduperson_affiliation", "edu_person_affiliations", "eduperson_affiliations")
_ORGANISATIONS = ("schac_home_organization", "schac_home_organisation")
SIGNATURES = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Accepted signatures of an id token: key pairs only, whatever else the login service offers."""
_ALGORITHMS = "id_token_signing_alg_values_supported"
_LOCAL = {"127.0.0.1", "::1", "localhost"}
_LEEWAY = 60
"""Seconds that two clocks may differ."""


class LoginService:
    """The login service of the settings. Raises ConfigurationError if these are incomplete."""

    def __init__(self, settings: Settings) -> None:
        missing = [
            name
            for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret", "base_url", "secret_key")
            if not getattr(settings, name)
        ]
        if missing:
            raise ConfigurationError("login_incomplete", settings=[variable(name) for name in missing])
        self._issuer = str(settings.oidc_issuer).rstrip("/")
        where = urlsplit(self._issuer)
        if where.scheme != "https" and where.hostname not in _LOCAL:
            raise ConfigurationError("setting_invalid", setting="ALUMNIMATCH_OIDC_ISSUER")
        self._schools = dict(settings.oidc_schools)
        self._alumni = frozenset(settings.oidc_alumni)
        self._back = str(settings.base_url).rstrip("/") + BACK
        secret = settings.oidc_client_secret
        self._client: Any = OAuth().register(
            "school",
            client_id=settings.oidc_client_id,
            client_secret=secret.get_secret_value() if secret else None,
            server_metadata_url=f"{self._issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": "openid", "code_challenge_method": "S256", "timeout": 10},
        )

    @property
    def takes_alumni(self) -> bool:
        """Whether alumni can log in with it too."""
        return bool(self._alumni)

    async def start(self, request: Request) -> Response:
        """Sends the browser to the login service. Raises NotLoggedIn if that cannot be reached."""
        try:
            response: Response = await self._client.authorize_redirect(request, self._back)
        except (httpx2.HTTPError, AuthlibBaseError, ValueError, KeyError):
            raise NotLoggedIn("login_unreachable") from None
        return response

    async def finish(self, request: Request) -> dict[str, Any]:
        """The claims about the returning person: signature, issuer, audience, time, state and nonce are checked.

        Raises NotLoggedIn if anything is wrong; the details are for the log of the login service.
        """
        issuers = [self._issuer, f"{self._issuer}/"]  # services give their address with or without the slash
        options: dict[str, Any] = {"iss": {"essential": True, "values": issuers}, "sub": {"essential": True}}
        options |= {"exp": {"essential": True}, "aud": {"essential": True, "value": self._client.client_id}}
        try:
            metadata = await self._client.load_server_metadata()
            if metadata["issuer"] not in issuers:
                raise NotLoggedIn("login_refused")
            algorithms = metadata.get(_ALGORITHMS) or ["RS256"]
            metadata[_ALGORITHMS] = [name for name in algorithms if name in SIGNATURES]  # Authlib checks by this list
            token = await self._client.authorize_access_token(request, claims_options=options, leeway=_LEEWAY)
            claims: dict[str, Any] = dict(token["userinfo"])
            if "userinfo_endpoint" in metadata:  # where SURFconext has the other claims
                userinfo = await self._client.userinfo(token=token)
                if userinfo["sub"] != claims["sub"]:
                    raise NotLoggedIn("login_refused")
                claims = {**userinfo, **claims}
        except (AuthlibBaseError, JoseError, httpx2.HTTPError, ValueError, KeyError, TypeError):
            raise NotLoggedIn("login_refused") from None
        return claims

    def login(self, claims: Mapping[str, Any]) -> SchoolLogin:
        """The login of these claims: the school by its organisation, and whether the person is on its staff.

        Of an organisation such as eduID the person is an alumnus, whatever else the claims say; who, they do not say.
        """
        organisations = values_of(claims, _ORGANISATIONS)
        if not self._alumni.isdisjoint(organisations):
            return SchoolLogin(self._issuer, str(claims["sub"]), None, staff=False, alumnus=True)
        school = next((self._schools[name] for name in organisations if name in self._schools), None)
        staff = not STAFF.isdisjoint(values_of(claims, _AFFILIATIONS))
        return SchoolLogin(self._issuer, str(claims["sub"]), school, staff)


def values_of(claims: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The values of the claims with any of these names; a claim is one word or a list."""
    values: list[str] = []
    for name in names:
        value = claims.get(name)
        values += [value] if isinstance(value, str) else [item for item in value or () if isinstance(item, str)]
    return values
