"""OpenID Connect, spoken by authlib: discovery, the authorization code with PKCE, the checks of the ID token.

Imported only where single sign-on is set up; it takes the extra `sso`.
"""

from typing import Any, Final
from urllib.parse import urlsplit

from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OAuthError, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from requests import RequestException

from service.console.signon.sso import ProviderAway, ProviderRefuses, Started

TIMEOUT_SECONDS: Final = 10
"""How long the provider may take for an answer."""

SIGNED: Final = frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"})
"""Signatures that an ID token may have: made with a private key. Neither `none`, nor what our own secret could sign."""


ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint")
"""What discovery sends browsers and us to."""


class _Session(OAuth2Session):
    """authlib's requests, which go where discovery said and nowhere from there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.max_redirects = 0


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    """authlib's client without a web framework; what discovery said and the keys are kept for the process's life."""

    client_cls = _Session

    def __init__(self, issuer: str, client_id: str, client_secret: str, scope: str) -> None:
        self.issuer = issuer
        super().__init__(
            framework=None,
            client_id=client_id,
            client_secret=client_secret,
            server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={"scope": scope, "code_challenge_method": "S256", "default_timeout": TIMEOUT_SECONDS},
        )

    def load_server_metadata(self) -> dict[str, Any]:
        """What discovery says, once it is sure that the issuer said it (OpenID Connect Discovery 1.0, 4.3)."""
        known: dict[str, Any] = super().load_server_metadata()
        if known.get("issuer") != self.issuer:
            said = known.pop("issuer", None)
            known.pop("_loaded_at")  # so that it is asked again
            raise ProviderAway(f"the issuer calls itself {said!r}, not {self.issuer!r}")
        scheme = urlsplit(self.issuer).scheme
        if any(urlsplit(str(known[name])).scheme != scheme for name in ENDPOINTS if name in known):
            known.pop("_loaded_at")
            raise ProviderAway(f"the issuer has an address that is not {scheme}")
        offered = known.get("id_token_signing_alg_values_supported") or ["RS256"]
        known["id_token_signing_alg_values_supported"] = [one for one in offered if one in SIGNED]
        return known


class Provider:
    """One provider, for one client."""

    def __init__(self, issuer: str, client_id: str, client_secret: str, scope: str) -> None:
        self.issuer = issuer
        self._client = _Client(issuer, client_id, client_secret, scope)
        self._expected = {"iss": {"essential": True, "value": issuer}, "aud": {"essential": True, "value": client_id}}

    def start(self, redirect_uri: str) -> Started:
        """Begins a sign-in that comes back to `redirect_uri`, an address of ours that the provider knows.

        :raises ProviderAway: discovery does not answer.
        """
        try:
            made = self._client.create_authorization_url(redirect_uri)
        except (RequestException, RuntimeError) as error:
            raise ProviderAway(str(error)) from error
        return Started(made["url"], made["state"], made["nonce"], made["code_verifier"])

    def claims(self, redirect_uri: str, code: str, *, nonce: str, verifier: str) -> dict[str, Any]:
        """What the provider says of the person: the claims of a checked ID token, and those of `userinfo` beside them.

        :raises ProviderRefuses: the code is not good (any more), or the token does not stand up to the checks.
        :raises ProviderAway: the provider does not answer.
        """
        try:
            token = self._client.fetch_access_token(redirect_uri, code=code, code_verifier=verifier)
            said = self._client.parse_id_token(token, nonce, claims_options=self._expected)
            if said is None:
                raise ProviderRefuses("the provider sent no ID token")
            more = self._more(token)
        except (RequestException, RuntimeError) as error:
            raise ProviderAway(str(error)) from error
        except (OAuthError, JoseError, ValueError) as error:
            raise ProviderRefuses(str(error)) from error
        return {**more, **said} if more.get("sub") == said["sub"] else dict(said)

    def _more(self, token: dict[str, Any]) -> dict[str, Any]:
        """Claims that a provider keeps out of its ID tokens; none where it has no such address."""
        if "userinfo_endpoint" not in self._client.load_server_metadata() or "access_token" not in token:
            return {}
        return dict(self._client.userinfo(token=token))
